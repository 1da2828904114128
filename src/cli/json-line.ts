/** Controls beyond those that JSON escapes itself (C1, DEL), invisible formatting, lone surrogates, separators. */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * A value as one line of JSON that is safe on a terminal: what would move a cursor or reorder text is escaped, so the
 * line means the same to a JSON parser.
 */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(unsafe, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}
