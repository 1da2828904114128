/** Narrowing of JSON that someone else wrote: a wrong type is as good as absent. */

export function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

export function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The strings of an array (or one bare string), at most `limit` of at most `width` characters. */
export function asTexts(value: unknown, limit = 256, width = 4096): string[] {
  const items = typeof value === "string" ? [value] : Array.isArray(value) ? value : [];
  const texts: string[] = [];
  for (const item of items) {
    if (texts.length >= limit) break;
    if (typeof item === "string") texts.push(item.slice(0, width));
  }
  return texts;
}
