import { manyLines } from "../alerts/visible.ts";

/** Text that is markup already. Only `html` makes it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template; absent and false give nothing. */
export type Shown = string | number | Html | readonly Html[] | false | undefined;

/** Longest single text of a page, UTF-16 units; callers cut what they show much shorter. */
const maxText = 20_000;

const named: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * A template whose every value is made harmless: for markup, and for the reader's eye (control, bidirectional and
 * invisible characters become visible escapes, `alerts/visible.ts`). Values may stand in text and in quoted attributes
 * that hold no URL chosen by others and no script.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Shown[]): Html {
  return new Html(parts.reduce((text, part, i) => text + shown(values[i - 1]) + part));
}

function shown(value: Shown): string {
  if (value === undefined || value === false) return "";
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return (value as readonly Html[]).map(({ text }) => text).join("");
  return escaped(String(value));
}

/** Safe in element content and in a quoted attribute. */
function escaped(text: string): string {
  return manyLines(text, maxText).replace(/[&<>"']/g, (character) => named[character] as string);
}
