import { createHash } from "node:crypto";
import { z } from "zod";
import { type AlertId, alertIds } from "../alerts/catalogue.ts";
import type { Detector } from "../detectors/detector.ts";
import { type AlertSection, alertSchemas, type ModuleSections, moduleSections } from "./schema.ts";

/** A complete, valid configuration. */
export interface Configuration extends ModuleSections {
  readonly alerts: Readonly<Record<AlertId, AlertSection>>;
}

/** Why a part of the twin was not taken. */
export interface Problem {
  /** Dotted path in the desired properties, e.g. `alerts.brute-force-failed.failures`. */
  readonly path: string;
  readonly expected: string;
  /** What stood there, clipped; values below names that look like secrets are not echoed. */
  readonly got: string;
}

export interface Judged {
  readonly configuration: Configuration;
  readonly problems: readonly Problem[];
  /** Sections that kept their last good value. */
  readonly rejected: readonly string[];
  /** SHA-256 of the effective configuration, first 16 hex digits. */
  readonly hash: string;
}

/** Judges twins section by section: one typing error must not switch off 38 detectors. */
export class ConfigurationReader {
  readonly #schemas: ReadonlyMap<AlertId, z.ZodObject>;

  constructor(detectors: readonly Detector[]) {
    this.#schemas = alertSchemas(detectors);
  }

  /** What an empty twin means. */
  defaults(): Configuration {
    return this.read({}).configuration;
  }

  /**
   * @param desired the full desired properties (not a patch); `$version` and `$metadata` are ignored
   * @param previous where a rejected section takes its last good value from; its default where absent
   */
  read(desired: unknown, previous?: Configuration): Judged {
    const problems: Problem[] = [];
    const rejected: string[] = [];
    const root = object(desired, "", problems) ?? {};
    const alerts = this.#alerts(root.alerts, previous, problems, rejected);
    const sections: Record<string, unknown> = {};
    for (const [name, schema] of Object.entries(moduleSections)) {
      const keep = previous?.[name as keyof ModuleSections];
      sections[name] = judge(schema, root[name], name, keep, problems, rejected);
    }
    for (const key of Object.keys(root)) {
      if (key === "alerts" || key === "schemaVersion" || key.startsWith("$") || Object.hasOwn(moduleSections, key))
        continue;
      problems.push(unknown(key, root[key], ["alerts", ...Object.keys(moduleSections)]));
    }
    const configuration = { ...sections, alerts } as unknown as Configuration;
    return { configuration, problems, rejected, hash: hashOf(configuration) };
  }

  #alerts(given: unknown, previous: Configuration | undefined, problems: Problem[], rejected: string[]) {
    const map = given === undefined ? {} : (object(given, "alerts", problems) ?? {});
    const sections: Partial<Record<AlertId, AlertSection>> = {};
    for (const alert of alertIds) {
      const schema = this.#schemas.get(alert) as z.ZodObject;
      const keep = previous?.alerts[alert];
      sections[alert] = judge(schema, map[alert] ?? {}, `alerts.${alert}`, keep, problems, rejected) as AlertSection;
    }
    for (const key of Object.keys(map)) {
      if (!Object.hasOwn(sections, key)) problems.push(unknown(`alerts.${key}`, map[key], alertIds));
    }
    return sections as Record<AlertId, AlertSection>;
  }
}

/** Parses one section; on failure its last good value, else its default, stays. */
function judge(
  schema: z.ZodType,
  value: unknown,
  path: string,
  keep: unknown,
  problems: Problem[],
  rejected: string[],
): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues.slice(0, 16)) problems.push(...fromIssue(issue, path, value));
  rejected.push(path);
  return keep ?? schema.parse(schema instanceof z.ZodObject ? {} : undefined);
}

function fromIssue(issue: z.core.$ZodIssue, path: string, value: unknown): Problem[] {
  if (issue.code === "unrecognized_keys") {
    const at = [path, ...issue.path.map(String)].join(".");
    return issue.keys.map((key) => ({
      path: `${at}.${key}`,
      expected: "no such key",
      got: clip(at, dig(value, [...issue.path, key])),
    }));
  }
  const at = [path, ...issue.path.map(String)].join(".");
  return [{ path: at, expected: issue.message, got: clip(at, dig(value, issue.path)) }];
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

function object(value: unknown, path: string, problems: Problem[]): Record<string, unknown> | undefined {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>;
  problems.push({ path: path || "(root)", expected: "an object", got: clip(path, value) });
  return undefined;
}

function unknown(path: string, value: unknown, known: readonly string[]): Problem {
  const key = path.slice(path.lastIndexOf(".") + 1);
  const near = known.find((k) => k.toLowerCase() === key.toLowerCase() || distance(k, key) <= 2);
  return { path, expected: near ? `no such key; did you mean "${near}"?` : "no such key", got: clip(path, value) };
}

/** Names below which a value is never repeated in a message. */
const secretName = /pass|secret|token|key|sig|credential|connection/i;
const clipLength = 120;

/** A short, printable form of a value for a problem's text. */
export function clip(path: string, value: unknown): string {
  if (value === undefined) return "nothing";
  if (secretName.test(path.slice(path.lastIndexOf(".") + 1))) return `a ${typeof value} (not shown)`;
  const text = JSON.stringify(value) ?? String(value);
  return text.length > clipLength ? `${text.slice(0, clipLength)}… (${text.length} characters)` : text;
}

/** Edit distance of short names, bounded: longer ones are simply far apart. */
function distance(a: string, b: string): number {
  if (a.length > 48 || b.length > 48 || Math.abs(a.length - b.length) > 2) return 99;
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

function hashOf(configuration: Configuration): string {
  return createHash("sha256").update(JSON.stringify(configuration)).digest("hex").slice(0, 16);
}
