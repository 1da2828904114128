import { isSecretName, redactText } from "../alerts/redact.ts";
import { oneLine } from "../alerts/visible.ts";

const clipLength = 120;
const maxDepth = 6;
const maxItems = 12;

/**
 * A short, printable form of a value that stood in the twin, for a problem's text: at most about 120 characters, no
 * control characters, nothing below a name that looks like a secret, no secret of a known form. Never throws and does
 * not walk more than it shows, whatever the value.
 *
 * @param path where it stood; the last name decides whether the value may be shown
 */
export function shown(path: string, value: unknown): string {
  if (value === undefined) return "nothing";
  const name = path.slice(path.lastIndexOf(".") + 1);
  if (mayBeSecret(name)) return `${typeName(value)} (not shown)`;
  const text = JSON.stringify(bounded(value, 0)) ?? String(value);
  const masked = oneLine(redactText(text), clipLength);
  return text.length > clipLength ? `${masked} (clipped)` : masked;
}

/** Connection strings carry keys although their name does not say so. */
function mayBeSecret(name: string): boolean {
  return isSecretName(name) || /connection_?string$/i.test(name);
}

/** `a string`, `an object`, `an array`, `null`. */
function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function bounded(value: unknown, depth: number): unknown {
  if (typeof value === "string") return withoutQuery(value.slice(0, 4 * clipLength));
  if (value === null || typeof value !== "object") return value;
  if (depth >= maxDepth) return "…";
  if (Array.isArray(value)) return value.slice(0, maxItems).map((item) => bounded(item, depth + 1));
  const entries = Object.entries(value).slice(0, maxItems);
  return Object.fromEntries(
    entries.map(([name, inner]) => [
      name.slice(0, clipLength),
      mayBeSecret(name) ? "(not shown)" : bounded(inner, depth + 1),
    ]),
  );
}

/** A URL without its user and query: that is where shared access signatures and tokens stand. */
export function withoutQuery(url: string): string {
  return url
    .replace(/^([a-z][a-z0-9+.-]{0,15}:\/\/)(?:[^/@\s]{0,512}@)?([^?#\s]*)[?#].*$/is, "$1$2?…")
    .replace(/^([a-z][a-z0-9+.-]{0,15}:\/\/)[^/@\s]{1,512}@/i, "$1");
}
