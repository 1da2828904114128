import { createHash } from "node:crypto";

/**
 * JSON with sorted names: the hub may hand the same properties over in another order.
 * Only for plain JSON values of bounded depth.
 */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** SHA-256 of the canonical JSON, first 16 hex digits. */
export function hashOf(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("hex").slice(0, 16);
}

/**
 * The value as the module reads it: `null` means absent (a patch's way to remove a name), `$version` and `$metadata`
 * at the root do not belong to it, and what is nested deeper than any twin can be is a mark that no schema takes.
 * Names such as `__proto__` stay ordinary names.
 */
export function withoutNulls(value: unknown, maxDepth: number): unknown {
  if (value === null || typeof value !== "object") return value;
  if (maxDepth < 0) return "(nested too deep)";
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item, maxDepth - 1));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null && inner !== undefined)
      .map(([name, inner]) => [name, withoutNulls(inner, maxDepth - 1)]),
  );
}

export type Json = Record<string, unknown>;

/** True for an object that is no array. */
export function isObject(value: unknown): value is Json {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
