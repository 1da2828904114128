import type { AlertId } from "./catalogue.ts";
import { textEn } from "./text.en.ts";
import { textJa } from "./text.ja.ts";

/** What an operator reads about an alert, in one language. */
export interface AlertText {
  /** One short line, without a full stop. */
  readonly title: string;
  /** What was seen and why it matters, one to three sentences. */
  readonly meaning: string;
  /** What to look at, what to do, and how to allow it in the twin. */
  readonly remediation: string;
}

export const languages = ["en", "ja"] as const;
export type Language = (typeof languages)[number];

export const texts: Readonly<Record<Language, Readonly<Record<AlertId, AlertText>>>> = { en: textEn, ja: textJa };
