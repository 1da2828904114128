/**
 * The twin object of Microsoft's classic Defender for IoT agent, so that a fleet can move over: recognised, mapped where
 * a setting has a meaning here, and listed where it has none. Everything about it is in this file.
 *
 * Names and value forms: learn.microsoft.com/azure/defender-for-iot/device-builders/how-to-agent-configuration and
 * "event aggregation" there; values stand wrapped as `{ "value": ... }`. The micro agent's twin (`Process_Disabled`...)
 * is another shape and is not read.
 */
import { type AlertId, alertIds } from "../alerts/catalogue.ts";
import type { Detector } from "../detectors/detector.ts";
import type { FactKind } from "../events/fact.ts";
import { isObject, type Json } from "./canonical.ts";
import { type Problem, problem } from "./problem.ts";

export const classicKey = "ms_iotn:urn_azureiot_Security_SecurityAgentConfiguration";

export interface Mapped {
  /** Desired properties in this module's own shape; own settings beside the classic object win. */
  readonly desired: unknown;
  /** Classic setting -> what became of it; empty where there is no classic object. */
  readonly classic: Readonly<Record<string, string>>;
  readonly problems: readonly Problem[];
}

/**
 * What the classic agent collected as an event, as facts here. `Off` for an event switches those alerts off that are
 * judged from nothing else, as it did there.
 */
const eventFacts: Readonly<Record<string, readonly FactKind[]>> = {
  ProcessCreate: ["process.started"],
  ConnectionCreate: ["socket.connected", "sockets.counted"],
  Login: ["login.succeeded", "login.failed"],
  LocalUsers: ["account.created", "account.deleted", "group.joined", "group.left"],
  ListeningPorts: ["socket.listening", "docker.posture"],
  ConfigurationError: ["configuration.rejected"],
  DroppedEventsStatistics: ["coverage.lost"],
};

/** Why a setting means nothing here. */
const meaningless: Readonly<Record<string, string>> = {
  highPriorityMessageFrequency: "no meaning here: every alert is sent at once",
  lowPriorityMessageFrequency: "no meaning here: every alert is sent at once",
  maxLocalCacheSizeInBytes: "no meaning here: the outbox on disk has its own bounds",
  maxMessageSizeInBytes: "no meaning here: a message holds one alert",
};

const nothingOff = "off, but no alert is judged from this event alone";

class Mapping {
  readonly desired: Json = {};
  readonly classic: Record<string, string> = {};
  readonly problems: Problem[] = [];
  readonly #off = new Set<FactKind>();
  readonly #offBy = new Map<FactKind, string>();
  #aggregation = 0;

  take(name: string, wrapped: unknown): void {
    const value = isObject(wrapped) && Object.hasOwn(wrapped, "value") ? wrapped.value : wrapped;
    this.classic[name] = this.#meaning(name, value);
  }

  #meaning(name: string, value: unknown): string {
    if (name.startsWith("eventPriority")) return this.#priority(name, value);
    if (name.startsWith("aggregationInterval")) return this.#interval(name, value);
    if (name === "snapshotFrequency") return this.#snapshot(name, value);
    return (Object.hasOwn(meaningless, name) ? meaningless[name] : undefined) ?? "no meaning here";
  }

  /** What all settings together mean. */
  finish(detectors: readonly Detector[]): void {
    if (this.#aggregation > 0) this.desired.repeats = { windowMinutes: this.#aggregation };
    const silent = alertIds.filter((alert) => this.#allOff(alert, detectors));
    if (silent.length > 0) this.desired.alerts = Object.fromEntries(silent.map((alert) => [alert, { enabled: false }]));
    for (const name of new Set(this.#offBy.values())) {
      const kinds = [...this.#offBy].filter(([, by]) => by === name).map(([kind]) => kind);
      const of = silent.filter((alert) =>
        detectors.some((d) => d.alert === alert && d.on.some((kind) => kinds.includes(kind))),
      );
      if (of.length > 0) this.classic[name] = `off: ${of.join(", ")}`;
    }
  }

  #allOff(alert: AlertId, detectors: readonly Detector[]): boolean {
    const kinds = detectors.filter((d) => d.alert === alert).flatMap((d) => d.on);
    const real = kinds.filter((kind) => kind !== "clock.ticked");
    return real.length > 0 && real.every((kind) => this.#off.has(kind));
  }

  #priority(name: string, value: unknown): string {
    const priority = String(value).toLowerCase();
    if (!["high", "low", "off"].includes(priority)) return this.#bad(name, 'one of "High", "Low", "Off"', value);
    const event = name.slice("eventPriority".length);
    const facts = Object.hasOwn(eventFacts, event) ? eventFacts[event] : undefined;
    if (!facts) return "no meaning here: this event is not collected";
    if (priority !== "off") return "no meaning here: every alert is sent at once";
    for (const kind of facts) {
      this.#off.add(kind);
      this.#offBy.set(kind, name);
    }
    return nothingOff;
  }

  /** The window in which repeats are one message; of several intervals the longest. */
  #interval(name: string, value: unknown): string {
    const minutes = minutesOf(value);
    if (minutes === undefined) return this.#bad(name, "an ISO 8601 duration, as PT1H", value);
    this.#aggregation = Math.max(this.#aggregation, clamp(minutes, 1, 1440));
    return "repeats.windowMinutes";
  }

  /** The regular sign of life: there the snapshot, here the heartbeat. */
  #snapshot(name: string, value: unknown): string {
    const minutes = minutesOf(value);
    if (minutes === undefined) return this.#bad(name, "an ISO 8601 duration, as PT13H", value);
    const intervalMinutes = clamp(minutes, 1, 1440);
    this.desired.heartbeat = { intervalMinutes };
    return `heartbeat.intervalMinutes = ${intervalMinutes}`;
  }

  #bad(name: string, expected: string, value: unknown): string {
    this.problems.push(problem(`${classicKey}.${name}`, expected, value));
    return "not understood";
  }
}

/** Recognises a classic agent's twin and maps what has a meaning here; any other twin is returned as it is. */
export function fromClassicTwin(desired: unknown, detectors: readonly Detector[]): Mapped {
  if (!isObject(desired) || !Object.hasOwn(desired, classicKey)) return { desired, classic: {}, problems: [] };
  const { [classicKey]: classic, ...own } = desired;
  const mapping = new Mapping();
  if (isObject(classic)) for (const [name, value] of Object.entries(classic)) mapping.take(name, value);
  else mapping.problems.push(problem(classicKey, "an object", classic));
  mapping.finish(detectors);
  return { desired: merged(mapping.desired, own), classic: mapping.classic, problems: mapping.problems };
}

/** Both together; where both name a value, the second one's. */
function merged(base: Json, over: Json): Json {
  const names = [...new Set([...Object.keys(base), ...Object.keys(over)])];
  return Object.fromEntries(
    names.map((name) => {
      const [a, b] = [base[name], over[name]];
      if (!Object.hasOwn(over, name)) return [name, a];
      return [name, Object.hasOwn(base, name) && isObject(a) && isObject(b) ? merged(a, b) : b];
    }),
  );
}

/** Minutes of an ISO 8601 duration without years and months, or of .NET's `hh:mm:ss`; undefined for anything else. */
function minutesOf(value: unknown): number | undefined {
  if (typeof value !== "string" || value.length > 32) return undefined;
  const net = /^(?:(\d{1,4})\.)?(\d{1,2}):(\d{2}):(\d{2})$/.exec(value);
  const iso = /^P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?$/.exec(value);
  if (net) return sum([0, ...net.slice(1, 5)]);
  return iso && value.length > 2 && !value.endsWith("T") ? sum(iso.slice(1, 6)) : undefined;
}

function sum([weeks, days, hours, minutes, seconds]: readonly unknown[]): number {
  const [w, d, h, m, s] = [weeks, days, hours, minutes, seconds].map((n) => Number(n ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return Math.round(((w * 7 + d) * 24 + h) * 60 + m + s / 60);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
