/**
 * Makes text from the host safe to store and to show: what an attacker names a file must not move the cursor of the
 * operator who reads about it, break a log line in two, or break a JSON parser that is stricter than ours.
 */

/** Controls (Cc), bidi and invisible formatting (Cf), lone surrogates (Cs), line and paragraph separators. */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return named[character] ?? (code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`);
}

/**
 * One line, at most `limit` UTF-16 units: control, bidi and invisible characters and lone surrogates become
 * visible escapes. What was cut off is marked with `…`.
 */
export function oneLine(text: string, limit: number): string {
  // Cut before the escaping, so that the work is bounded, and after it, because escapes are longer.
  return clip(clip(text, limit).replace(unsafe, escaped), limit);
}

/** Like `oneLine`, but newlines and tabs stay: for scripts and explanations, which keep their lines. */
export function manyLines(text: string, limit: number): string {
  const safe = clip(text, limit).replace(unsafe, (character) =>
    character === "\n" || character === "\t" ? character : escaped(character),
  );
  return clip(safe, limit);
}

/** Cuts to `limit` UTF-16 units without splitting a surrogate pair; the cut is marked with `…`. */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const cut = text.slice(0, Math.max(0, limit - 1));
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}
