/**
 * The contract of a detector: one alert seen by one means.
 *
 * Deviation from the design text: a correlator is a step function over plain memory, not a chain of operators.
 * Its memory must survive SIGKILL and be checkpointed together with the log positions, which state held inside
 * operator closures cannot. It also costs no hop per fact.
 */
import type { z } from "zod";
import type { AlertId, SeverityName } from "../alerts/catalogue.ts";
import type {
  Container,
  ContainerDetail,
  Endpoint,
  Fact,
  FactKind,
  FactOf,
  FileIdentity,
  Process,
} from "../events/fact.ts";

export type ConfidenceName = "low" | "medium" | "high";

/** What the alert shows for itself. At least one field besides `container` should be given. */
export interface Evidence {
  readonly process?: Process;
  readonly container?: Container | ContainerDetail;
  readonly source?: Endpoint;
  readonly destination?: Endpoint;
  readonly file?: FileIdentity;
  readonly user?: string;
  readonly url?: string;
  /** Anything else, small and JSON-safe. */
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface Match {
  /** What repeats are folded by: stable, without times or pids (`user eve`, `image x/miner`, the command line). */
  readonly subject: string;
  /** One short English clause naming the condition that was met, e.g. `netcat hands a shell to 203.0.113.9`. */
  readonly reason: string;
  /** Default "medium". "low" = dual use, graded instead of dropped. */
  readonly confidence?: ConfidenceName;
  /** Overrides the catalogue's severity, e.g. lower for a private source. */
  readonly severity?: SeverityName;
  readonly evidence: Evidence;
  /** Number of facts behind the match, default 1. */
  readonly count?: number;
  /** Epoch ms of the first of them, default the fact's own time. */
  readonly firstSeen?: number;
  /** Epoch ms of the event that completed the match, where the detector waited for counter-evidence; default the fact's time. */
  readonly at?: number;
}

/** A match sealed with its alert and time; what the stages after detection handle. */
export interface Finding extends Match {
  readonly alert: AlertId;
  readonly at: number;
  readonly confidence: ConfidenceName;
}

/** An entry of a threat list that was hit. */
export interface ThreatHit {
  readonly list: string;
  readonly entry: string;
}

/** Threat intelligence as detectors ask for it; empty lists answer undefined. Synchronous and cheap. */
export interface Threats {
  address(ip: string): ThreatHit | undefined;
  /** Exact or parent domain. */
  domain(name: string): ThreatHit | undefined;
  /** Full URL as seen; its host is tried too. */
  url(url: string): ThreatHit | undefined;
  image(reference: string): ThreatHit | undefined;
}

/** What a detector may ask of the world: nothing that blocks. */
export interface Context {
  readonly threats: Threats;
  /** Account name of a uid in the host's passwd, where known. */
  userName(uid: number): string | undefined;
}

export type Judgement = Match | readonly Match[] | undefined;

export interface Detector {
  readonly alert: AlertId;
  readonly on: readonly FactKind[];
  readonly settings: z.ZodObject;
  /** Builds the judge with its own bounded memory; `saved` is what `snapshot` returned before a restart. */
  start(settings: unknown, context: Context, saved?: unknown): Judge;
}

export interface Judge {
  /** Judges one fact; must not throw on any input, but a throw costs this fact only. */
  judge(fact: Fact): Judgement;
  /** JSON-safe memory worth keeping over a restart; absent for a matcher. */
  snapshot?(): unknown;
  /** A matcher: the answer depends on the fact, the settings and the context only. */
  readonly pure?: true;
  /** See `correlator`. */
  concerns?(fact: Fact): boolean;
  awaits?(fact: Fact): boolean;
}

/** A detector without memory. */
export function matcher<const K extends FactKind, S extends z.ZodObject>(spec: {
  readonly alert: AlertId;
  readonly on: readonly K[];
  readonly settings: S;
  match(fact: FactOf<K>, settings: z.output<S>, context: Context): Judgement;
}): Detector {
  return {
    alert: spec.alert,
    on: spec.on,
    settings: spec.settings,
    start: (settings, context) => ({
      pure: true,
      judge: (fact) => spec.match(fact as FactOf<K>, settings as z.output<S>, context),
    }),
  };
}

/**
 * A detector with memory. `memory` builds it (from `saved`, unchecked JSON of an earlier version or an attacker's
 * disk, when given); every map in it must be bounded (see `operators/bounded.ts`). Windows are measured by `fact.at`;
 * ask for "clock.ticked" to close them.
 */
export function correlator<const K extends FactKind, S extends z.ZodObject, M>(spec: {
  readonly alert: AlertId;
  readonly on: readonly K[];
  readonly settings: S;
  memory(settings: z.output<S>, saved?: unknown): M;
  step(fact: FactOf<K>, memory: M, settings: z.output<S>, context: Context): Judgement;
  /**
   * A word beforehand: false when `step` would find nothing in this fact and leave its memory as it is, unless `awaits`
   * says otherwise. Pure, like a matcher: the pipeline remembers the answer for a command that comes again. Without it
   * every fact is shown.
   */
  concerns?(fact: FactOf<K>, settings: z.output<S>, context: Context): boolean;
  /** The rest of that word: whether the memory, as it is now, makes something of a fact that does not concern by itself. */
  awaits?(fact: FactOf<K>, memory: M): boolean;
  /** Give it when the memory must survive a restart. */
  snapshot?(memory: M): unknown;
}): Detector {
  return {
    alert: spec.alert,
    on: spec.on,
    settings: spec.settings,
    start(settings, context, saved) {
      const chosen = settings as z.output<S>;
      const memory = spec.memory(chosen, saved);
      const judge: Judge = { judge: (fact) => spec.step(fact as FactOf<K>, memory, chosen, context) };
      const { snapshot, concerns, awaits } = spec;
      if (concerns) judge.concerns = (fact) => concerns(fact as FactOf<K>, chosen, context);
      if (awaits) judge.awaits = (fact) => awaits(fact as FactOf<K>, memory);
      return snapshot ? { ...judge, snapshot: () => snapshot(memory) } : judge;
    },
  };
}
