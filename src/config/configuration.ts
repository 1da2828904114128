import { z } from "zod";
import { type AlertId, alertIds } from "../alerts/catalogue.ts";
import type { Detector } from "../detectors/detector.ts";
import { hashOf, isObject, type Json, withoutNulls } from "./canonical.ts";
import { classicKey, fromClassicTwin } from "./classic-twin.ts";
import { type Problem, problem, problemsOf, unknownName } from "./problem.ts";
import { type AlertSection, alertSchemas, type ModuleSections, moduleSections, namedKey } from "./schema.ts";
import { type ThreatListSettings, threatListSettings } from "./threat-list-settings.ts";
import { checkSize, maxTwinDepth } from "./twin-limits.ts";

export type { Problem } from "./problem.ts";

/** A complete, valid configuration. */
export interface Configuration extends ModuleSections {
  readonly alerts: Readonly<Record<AlertId, AlertSection>>;
}

/** A section's fate: taken, or refused, in which case its last good value or, where there is none, its default stays. */
export type SectionState = "applied" | "last good" | "default";

export interface Judged {
  readonly configuration: Configuration;
  readonly problems: readonly Problem[];
  /** Sections that were refused, by dotted path. */
  readonly rejected: Readonly<Record<string, SectionState>>;
  /** What became of a classic agent's settings, by their name. */
  readonly classic: Readonly<Record<string, string>>;
  /** SHA-256 of the effective configuration, first 16 hex digits. */
  readonly hash: string;
}

/** Names at the root that are no section. */
const rootNames = ["alerts", "schemaVersion"];

/** Judges twins section by section: one typing error must not switch off 38 detectors. */
export class ConfigurationReader {
  readonly #detectors: readonly Detector[];
  readonly #schemas: ReadonlyMap<AlertId, z.ZodObject>;

  constructor(detectors: readonly Detector[]) {
    this.#detectors = detectors;
    this.#schemas = alertSchemas(detectors);
  }

  /** What an empty twin means. */
  defaults(): Configuration {
    return this.read({}).configuration;
  }

  /**
   * Never throws, whatever `desired` is.
   *
   * @param desired the full desired properties (not a patch); `$version` and `$metadata` are ignored, `null` is absent
   * @param previous where a rejected section takes its last good value from; its default where absent
   */
  read(desired: unknown, previous?: Configuration): Judged {
    const reading = new Reading(previous);
    reading.problems.push(...checkSize(desired));
    const { desired: own, classic, problems } = fromClassicTwin(withoutNulls(desired, maxTwinDepth), this.#detectors);
    reading.problems.push(...problems);
    const root = isObject(own) ? own : reading.refused("", own);
    if (root !== own && previous) return reading.judged(previous, classic);
    const sections = Object.fromEntries(
      Object.entries(moduleSections)
        .filter(([name]) => name !== "threatLists")
        .map(([name, schema]) => [name, reading.judge(schema, field(root, name), name, keptOf(previous, name))]),
    );
    const threatLists = reading.lists(field(root, "threatLists"));
    const alerts = this.#alerts(field(root, "alerts"), reading);
    reading.names(root);
    const configuration = { ...sections, threatLists, alerts } as unknown as Configuration;
    return reading.judged(configuration, classic);
  }

  #alerts(given: unknown, reading: Reading): Record<AlertId, AlertSection> {
    const whole = given === undefined || isObject(given);
    const map = whole ? ((given ?? {}) as Json) : reading.refused("alerts", given);
    const sections = alertIds.map((alert) => {
      const schema = this.#schemas.get(alert) as z.ZodObject;
      const keep = reading.previous?.alerts[alert];
      const value = field(map, alert) ?? {};
      // Where `alerts` as a whole cannot be read, every alert keeps what it had.
      return [alert, whole || !keep ? reading.judge(schema, value, `alerts.${alert}`, keep) : keep];
    });
    for (const key of Object.keys(map)) {
      if (!(alertIds as string[]).includes(key)) reading.problems.push(unknownName("alerts", key, map[key], alertIds));
    }
    return Object.fromEntries(sections);
  }
}

/** What was found while one twin was read. */
class Reading {
  readonly previous: Configuration | undefined;
  readonly problems: Problem[] = [];
  readonly rejected: Record<string, SectionState> = {};

  constructor(previous: Configuration | undefined) {
    this.previous = previous;
  }

  judged(configuration: Configuration, classic: Judged["classic"]): Judged {
    return { configuration, problems: this.problems, rejected: this.rejected, classic, hash: hashOf(configuration) };
  }

  /** Parses one section; on failure its last good value, else its default, stays. */
  judge(schema: z.ZodType, value: unknown, path: string, keep: unknown): unknown {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    this.problems.push(...problemsOf(parsed.error, path, value, schema));
    this.#reject(path, keep !== undefined);
    return keep ?? schema.parse(schema instanceof z.ZodObject ? {} : undefined);
  }

  /** Each threat list alone: a bad address of one does not cost the others. */
  lists(given: unknown): Record<string, ThreatListSettings> {
    const kept = this.previous?.threatLists ?? {};
    if (given === undefined) return {};
    if (!isObject(given)) {
      this.problems.push(problem("threatLists", "an object", given));
      this.#reject("threatLists", this.previous !== undefined);
      return kept;
    }
    const lists: [string, ThreatListSettings][] = [];
    for (const [name, value] of Object.entries(given)) {
      const path = `threatLists.${name}`;
      const named = namedKey.safeParse(name);
      const parsed = threatListSettings.safeParse(value);
      if (named.success && parsed.success) lists.push([name, parsed.data]);
      else {
        if (!named.success)
          this.problems.push({ ...problem(path, named.error.issues[0]?.message ?? "", ""), got: "this name" });
        else if (parsed.error) this.problems.push(...problemsOf(parsed.error, path, value, threatListSettings));
        const last = Object.hasOwn(kept, name) ? kept[name] : undefined;
        this.#reject(path, last !== undefined);
        if (last) lists.push([name, last]);
      }
    }
    return Object.fromEntries(lists);
  }

  /** Something that should be an object and is not; reads as empty. */
  refused(path: string, value: unknown): Json {
    this.problems.push(problem(path, "an object", value));
    this.#reject(path || "(root)", this.previous !== undefined);
    return {};
  }

  /** Names at the root that do not exist, and a schema version that is not ours. */
  names(root: Json): void {
    const known = [...rootNames, ...Object.keys(moduleSections)];
    for (const [key, value] of Object.entries(root)) {
      if (!key.startsWith("$") && !known.includes(key))
        this.problems.push(unknownName("", key, value, [...known, classicKey]));
    }
    const version = field(root, "schemaVersion");
    if (version !== undefined && !(typeof version === "string" && /^1(?:\.\d{1,4})?$/.test(version)))
      this.problems.push(problem("schemaVersion", 'a version of "1", as "1.0"', version));
  }

  #reject(path: string, kept: boolean): void {
    this.rejected[path.slice(0, 256)] = kept ? "last good" : "default";
  }
}

function field(object: Json, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function keptOf(previous: Configuration | undefined, name: string): unknown {
  return previous?.[name as keyof ModuleSections];
}
