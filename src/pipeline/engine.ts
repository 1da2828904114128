import type { Context, Detector, Finding, Judge, Match } from "../detectors/detector.ts";
import type { Fact, FactKind, Process } from "../events/fact.ts";
import type { ProcessTable } from "./process-table.ts";
import { Starts } from "./starts.ts";

/** Per-detector counters, for metrics and `bench --detectors`. */
export interface DetectorCount {
  /** Facts that it was shown; a start of which it is known that it has nothing to say is not shown (starts.ts). */
  judged: number;
  found: number;
  faults: number;
  /** Time spent judging, ms: an estimate, one judgement in `timedEvery` is timed. */
  busyMs: number;
  /** The last fault's message, for the log. */
  lastFault?: string;
}

/** A clock is read twice for a timed judgement, about 0.1 us: timing all would cost more than most detectors do. */
const timedEvery = 64;

export interface EngineOptions {
  readonly detectors: readonly Detector[];
  /** Parsed settings of an alert's section; every detector of the alert gets the same object. */
  settingsOf(alert: Detector["alert"]): unknown;
  /** A disabled alert's detectors are not started. */
  enabled(alert: Detector["alert"]): boolean;
  readonly context: Context;
  readonly table: ProcessTable;
  /** Facts of this process and its descendants are dropped: Vedette never alerts on itself. */
  readonly selfPid?: number;
  /** What `memory()` returned before a restart. */
  readonly saved?: Readonly<Record<string, unknown>>;
  /** Told of each fault of a detector; the fault costs that fact for that detector only. */
  onFault?(detector: string, error: unknown): void;
}

interface Seat {
  readonly name: string;
  readonly detector: Detector;
  readonly judge: Judge;
  readonly count: DetectorCount;
  /** The settings it was started with, as text. */
  readonly settings: string;
}

/**
 * Facts in, findings out, synchronously and without I/O: the same engine judges live facts and a replayed log.
 */
export class Engine {
  readonly #options: EngineOptions;
  #seats: readonly Seat[];
  #byKind = new Map<FactKind, readonly Seat[]>();
  readonly #starts: Starts<Seat>;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#starts = new Starts(options.context);
    this.#seats = this.#start(options.saved ?? {});
    this.#group();
  }

  /** Judges one fact by every detector that asked for its kind. */
  push(raw: Fact): readonly Finding[] {
    if (raw.kind === "container.started") this.#options.table.containerStarted(raw.container);
    const fact = this.#enrich(raw);
    if (!fact) return none;
    const seats = fact.kind === "process.started" ? this.#starts.concerned(fact) : this.#byKind.get(fact.kind);
    if (!seats) return none;
    let findings: Finding[] | undefined;
    for (const seat of seats) {
      const matches = this.#judge(seat, fact);
      if (!matches) continue;
      findings ??= [];
      for (const match of matches) findings.push(seal(seat, match, fact.at));
    }
    return findings ?? none;
  }

  /**
   * Shows the last facts of the run before to the correlators whose memory of a few seconds is not stored, so that a
   * join over a restart is seen. What they find was told then.
   */
  warm(facts: readonly Fact[]): void {
    for (const raw of facts) {
      const fact = this.#enrich(raw);
      if (!fact) continue;
      for (const { judge } of this.#byKind.get(fact.kind) ?? []) {
        if (judge.snapshot) continue;
        try {
          judge.judge(fact);
        } catch {
          // from an attacker's disk: costs this fact only
        }
      }
    }
  }

  /**
   * New settings. A detector whose own settings did not change goes on as it is; the others are started anew with the
   * memory they had.
   */
  reconfigure(): void {
    this.#seats = this.#start(this.memory(), new Map(this.#seats.map((seat) => [seat.name, seat])));
    this.#group();
  }

  #group(): void {
    this.#byKind = groupByKind(this.#seats);
    this.#starts.seat(this.#byKind.get("process.started") ?? []);
  }

  /** JSON-safe memory of the correlators, by detector name. */
  memory(): Record<string, unknown> {
    const memory: Record<string, unknown> = {};
    for (const { name, judge } of this.#seats) if (judge.snapshot) memory[name] = judge.snapshot();
    return memory;
  }

  counts(): ReadonlyMap<string, DetectorCount> {
    return new Map(this.#seats.map(({ name, count }) => [name, count]));
  }

  #start(saved: Readonly<Record<string, unknown>>, seated: ReadonlyMap<string, Seat> = new Map()): readonly Seat[] {
    const { detectors, settingsOf, enabled } = this.#options;
    const { context } = this.#starts;
    const names = detectorNames(detectors);
    return detectors.flatMap((detector, index) => {
      if (!enabled(detector.alert)) return [];
      const name = names[index] as string;
      const settings = ownSettings(detector, settingsOf(detector.alert));
      const before = seated.get(name);
      if (before?.settings === settings) return [before];
      const memory = Object.hasOwn(saved, name) ? saved[name] : undefined;
      const judge = detector.start(settingsOf(detector.alert), context, memory);
      return [
        { name, detector, judge, settings, count: before?.count ?? { judged: 0, found: 0, faults: 0, busyMs: 0 } },
      ];
    });
  }

  #judge(seat: Seat, fact: Fact): readonly Match[] | undefined {
    const timed = ++seat.count.judged % timedEvery === 0;
    try {
      const judgement = timed ? judgedOnTheClock(seat, fact) : seat.judge.judge(fact);
      if (!judgement) return undefined;
      const matches: readonly Match[] = Array.isArray(judgement) ? judgement : [judgement as Match];
      if (matches.length === 0) return undefined;
      seat.count.found += matches.length;
      return matches;
    } catch (error) {
      seat.count.faults++;
      seat.count.lastFault = error instanceof Error ? error.message : String(error);
      this.#options.onFault?.(seat.name, error);
      return undefined;
    }
  }

  /** Gives the fact's process its ancestors and container; undefined when it is our own doing. */
  #enrich(fact: Fact): Fact | undefined {
    if (!("process" in fact) || !fact.process) return fact;
    const { table } = this.#options;
    const process = fact.kind === "process.started" ? table.started(fact.process) : table.seen(fact.process);
    if (this.#isSelf(process)) return undefined;
    const named = this.#named(process);
    if (fact.kind !== "process.started") return { ...fact, process: named } as Fact;
    const { kind, at, failed, file } = fact;
    return { kind, at, process: named, failed, file };
  }

  /** Names the account where the source gave the uid only (raw audit logs, /proc). */
  #named(process: Process): Process {
    if (process.user !== undefined || process.uid === undefined) return process;
    const user = this.#options.context.userName(process.uid);
    return user === undefined ? process : { ...process, user };
  }

  #isSelf(process: Process): boolean {
    const { selfPid } = this.#options;
    if (selfPid === undefined) return false;
    return (
      process.pid === selfPid ||
      process.ppid === selfPid ||
      (process.ancestors ?? []).some(({ pid }) => pid === selfPid)
    );
  }
}

const none: readonly Finding[] = [];

function judgedOnTheClock({ judge, count }: Seat, fact: Fact) {
  const from = performance.now();
  try {
    return judge.judge(fact);
  } finally {
    count.busyMs += (performance.now() - from) * timedEvery;
  }
}

/** The part of an alert's section that this detector reads, as text to compare. */
function ownSettings(detector: Detector, section: unknown): string {
  const values = section as Readonly<Record<string, unknown>>;
  return JSON.stringify(Object.keys(detector.settings.shape).map((key) => [key, values[key]]));
}

function seal(seat: Seat, match: Match, at: number): Finding {
  return { ...match, alert: seat.detector.alert, at: match.at ?? at, confidence: match.confidence ?? "medium" };
}

function groupByKind(seats: readonly Seat[]): Map<FactKind, readonly Seat[]> {
  const groups = new Map<FactKind, Seat[]>();
  for (const seat of seats) {
    for (const kind of seat.detector.on) {
      const group = groups.get(kind);
      if (group) group.push(seat);
      else groups.set(kind, [seat]);
    }
  }
  return groups;
}

/** One name per detector, stable over restarts: the alert id, numbered where one alert has several means. */
function detectorNames(detectors: readonly Detector[]): string[] {
  const seen = new Map<string, number>();
  return detectors.map(({ alert }) => {
    const n = (seen.get(alert) ?? 0) + 1;
    seen.set(alert, n);
    return n === 1 ? alert : `${alert}#${n}`;
  });
}
