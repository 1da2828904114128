/** Makes what is reported fit the hub: names, sizes, and the patch from what it knows to what it should know. */
import { isObject, type Json } from "../config/canonical.ts";

const maxName = 128;

/** Names in reported properties must not hold dots, `$`, `#`, white space or controls (edgeHub, ReportedPropertiesValidator.cs). */
export function reportedName(text: string): string {
  return clipBytes(text.replace(/[.$#\s\p{Cc}\p{Cs}]/gu, "_"), maxName) || "_";
}

/** Cut to so many UTF-8 bytes, the ellipsis included; never inside a character. */
export function clipBytes(text: string, most: number): string {
  const safe = text.replace(/\p{Cs}/gu, "\ufffd");
  if (Buffer.byteLength(safe) <= most) return safe;
  let cut = safe.slice(0, most);
  while (Buffer.byteLength(cut) > most - 3) cut = cut.slice(0, -1);
  return `${cut.replace(/\p{Cs}$/u, "")}…`;
}

/** A list as a map `01`, `02`..., since arrays do not merge. */
export function numbered(texts: readonly string[], most: number): Json {
  return Object.fromEntries(texts.slice(0, most).map((text, i) => [String(i + 1).padStart(2, "0"), text]));
}

/** The merge patch that makes `wanted` of `known`: what differs, and `null` for names that are gone. */
export function patchBetween(known: Json, wanted: Json): Json {
  const patch: [string, unknown][] = [];
  for (const name of Object.keys(known)) if (!Object.hasOwn(wanted, name)) patch.push([name, null]);
  for (const [name, value] of Object.entries(wanted)) {
    const before = Object.hasOwn(known, name) ? known[name] : undefined;
    if (isObject(value) && isObject(before)) {
      const inner = patchBetween(before, value);
      if (Object.keys(inner).length > 0) patch.push([name, inner]);
    } else if (JSON.stringify(value) !== JSON.stringify(before)) patch.push([name, value]);
  }
  return Object.fromEntries(patch);
}

/** Leaves out the named parts one after the other until the document has at most `most` bytes; says so. */
export function fitted(document: Json, most: number, optional: readonly string[]): Json {
  const left: string[] = [];
  let fitting = document;
  for (const name of optional) {
    if (Buffer.byteLength(JSON.stringify(fitting)) <= most) break;
    if (!Object.hasOwn(fitting, name)) continue;
    const { [name]: _, ...rest } = fitting;
    left.push(name);
    fitting = { ...rest, leftOut: left.join(", ") };
  }
  return fitting;
}
