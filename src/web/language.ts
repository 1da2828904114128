import { type Language, languages } from "../alerts/text.ts";

/** `ja;q=0.8` */
const range = /^([a-z]{1,8})(?:-[a-z0-9-]{1,40})?(?:\s*;\s*q=([01](?:\.\d{0,3})?))?$/i;

/**
 * The language of a page: `?lang=`, else what the browser asks for (RFC 9110, section 12.5.4), else `otherwise`.
 *
 * @param accepted the Accept-Language header; only its first 16 ranges count
 */
export function languageFor(asked: string | null, accepted: string | undefined, otherwise: Language): Language {
  const named = languages.find((language) => language === asked);
  if (named) return named;
  const wanted = (accepted ?? "")
    .slice(0, 1000)
    .split(",", 16)
    .flatMap((text) => {
      const [, tag, q] = range.exec(text.trim()) ?? [];
      const language = languages.find((l) => l === tag?.toLowerCase());
      return language ? [{ language, weight: q === undefined ? 1 : Number(q) }] : [];
    })
    .filter(({ weight }) => weight > 0);
  // A stable sort: of two that are wanted alike, the first stays first.
  return wanted.sort((a, b) => b.weight - a.weight)[0]?.language ?? otherwise;
}
