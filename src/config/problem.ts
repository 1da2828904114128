import type { z } from "zod";
import { oneLine } from "../alerts/visible.ts";
import { isObject } from "./canonical.ts";
import { shown } from "./shown.ts";

/** Why a part of the twin was not taken. */
export interface Problem {
  /** Dotted path in the desired properties, e.g. `alerts.brute-force-failed.fastAttempts`; `(root)` for all of them. */
  readonly path: string;
  readonly expected: string;
  /** What stood there, clipped; values below names that look like secrets are not echoed. */
  readonly got: string;
}

/** Problems told of one section; more would only repeat the first ones. */
const mostOfOne = 16;

export function problem(path: string, expected: string, value: unknown): Problem {
  return { path: place(path), expected, got: shown(path, value) };
}

/** Names come from the twin: printable, and not longer than a line. */
function place(path: string): string {
  return oneLine(path === "" ? "(root)" : path, 256);
}

/** What a schema found wrong about the section at `path`. */
export function problemsOf(error: z.ZodError, path: string, value: unknown, schema: z.ZodType): Problem[] {
  return error.issues.flatMap((issue) => fromIssue(issue, path, value, schema)).slice(0, mostOfOne);
}

function fromIssue(issue: z.core.$ZodIssue, path: string, value: unknown, schema: z.ZodType): Problem[] {
  const at = [path, ...issue.path.map(String)].join(".");
  if (issue.code === "unrecognized_keys") {
    const known = namesAt(schema, issue.path);
    return issue.keys.map((key) => unknownName(at, key, dig(value, [...issue.path, key]), known));
  }
  if (issue.code === "invalid_key") {
    return [{ path: place(at), expected: issue.issues[0]?.message ?? "another name", got: "this name" }];
  }
  return [problem(at, expectation(issue), dig(value, issue.path))];
}

/** A name that does not exist, with the one that was probably meant. */
export function unknownName(path: string, key: string, value: unknown, known: readonly string[]): Problem {
  const near = nearest(key, known);
  const expected = near === undefined ? "no such name" : `no such name; did you mean "${near}"?`;
  return problem(path === "" ? key : `${path}.${key}`, expected, value);
}

/** What an issue wants, as the end of the sentence "expected ...". */
function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.expected === "int" ? "a whole number" : article(issue.expected);
    case "too_small":
      return `${amount(issue.origin)}${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}`;
    case "too_big":
      return `${amount(issue.origin)}${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}`;
    case "invalid_value":
      return `one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "invalid_union":
      return [...new Set(issue.errors.flat().map((inner) => expectation(inner)))].join(", or ");
    case "invalid_format":
      return formats[issue.format] ?? issue.message;
    default:
      return issue.message;
  }
}

const formats: Readonly<Record<string, string>> = {
  ipv4: "an IPv4 address",
  ipv6: "an IPv6 address",
  cidrv4: "an IPv4 range (CIDR)",
  cidrv6: "an IPv6 range (CIDR)",
  datetime: "a time with its zone, as 2026-12-31T00:00:00Z",
  url: "an https URL",
};

function article(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function amount(origin: string): string {
  if (origin === "string") return "a text of a length of ";
  return origin === "array" ? "a list with a number of entries of " : "";
}

function dig(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      at !== null && typeof at === "object" && Object.hasOwn(at, key)
        ? (at as Record<PropertyKey, unknown>)[key]
        : undefined,
    value,
  );
}

/** The names that the schema knows at a place inside it; none where that cannot be told. */
function namesAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let at: unknown = unwrapped(schema);
  for (const key of path) {
    const { shape, def } = at as { shape?: Record<PropertyKey, unknown>; def?: { valueType?: unknown } };
    at = unwrapped(shape?.[key] ?? def?.valueType);
  }
  const shape = (at as { shape?: unknown } | undefined)?.shape;
  return isObject(shape) ? Object.keys(shape) : [];
}

/** Below `.default()`, `.optional()` and `.prefault()`. */
function unwrapped(schema: unknown): unknown {
  let at = schema as { def?: { innerType?: unknown } } | undefined;
  while (at?.def?.innerType) at = at.def.innerType as typeof at;
  return at ?? {};
}

function nearest(key: string, known: readonly string[]): string | undefined {
  const same = known.find((name) => name.toLowerCase() === key.toLowerCase());
  const within = Math.max(1, Math.min(3, Math.floor(key.length / 3)));
  const ranked = known.map((name) => ({ name, far: distance(name, key, within) })).sort((a, b) => a.far - b.far);
  return same ?? (ranked[0] && ranked[0].far <= within ? ranked[0].name : undefined);
}

/** Edit distance of short names; longer or clearly different ones are simply far apart. */
function distance(a: string, b: string, within: number): number {
  if (a.length > 48 || b.length > 48 || Math.abs(a.length - b.length) > within) return 99;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
