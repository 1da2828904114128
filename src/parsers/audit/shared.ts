/** Strings that come again and again (programs, directories, terminals), each kept once. */
import { BoundedMap } from "../../operators/bounded.ts";

const MAX_SHARED = 1_024;
/** Longer ones seldom come again. */
const MAX_LENGTH = 256;

const kept = new BoundedMap<string, string>(MAX_SHARED);

/**
 * The same text as its own flat string. Why: a string cut out of a record keeps the whole record alive in V8, and the
 * process table keeps thousands of program names.
 */
export function shared(text: string): string {
  if (text.length > MAX_LENGTH) return text;
  const known = kept.peek(text);
  if (known !== undefined) return known;
  const own = Buffer.from(text).toString();
  kept.set(own, own);
  return own;
}
