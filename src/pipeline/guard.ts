import { merge, type Subscription } from "rxjs";
import { catalogue } from "../alerts/catalogue.ts";
import type { Configuration } from "../config/configuration.ts";
import type { Context, Detector, Finding } from "../detectors/detector.ts";
import type { Fact, SourceName } from "../events/fact.ts";
import type { Log, Outbox, OutgoingMessage, Stream } from "../ports.ts";
import { type DescribeContext, describe } from "./describe.ts";
import { Engine } from "./engine.ts";
import { foldLogins } from "./fold-logins.ts";
import { type HeldBack, Limiter } from "./limits.ts";
import { Policy } from "./policy.ts";
import type { ProcessTable } from "./process-table.ts";
import { Repeats, type Told } from "./repeats.ts";
import type { Status } from "./status.ts";
import { supervise } from "./supervise.ts";

/** What survives a restart: log positions together with the memory that belongs to them. */
export interface GuardState {
  readonly positions: Readonly<Record<string, unknown>>;
  readonly memory: Readonly<Record<string, unknown>>;
  readonly repeats: unknown;
  readonly limits: unknown;
}

export interface GuardParts {
  readonly streams: readonly Stream[];
  readonly detectors: readonly Detector[];
  readonly configuration: Configuration;
  readonly context: Context;
  readonly table: ProcessTable;
  readonly outbox: Outbox;
  readonly status: Status;
  readonly log: Log;
  readonly device: DescribeContext["device"];
  readonly version: string;
  readonly selfPid?: number;
  readonly saved?: Partial<GuardState>;
  /** Stores the state; rejects with the fs error. */
  checkpoint(state: GuardState): Promise<void>;
  /** An append that the disk refused for longer than the guard can bear: the one fault that ends the process. */
  onDiskRefused(error: unknown): void;
  /** Every message as it is put into the outbox, for the local view. */
  onMessage?(message: OutgoingMessage): void;
  readonly now?: () => number;
}

const tickMs = 10_000;
const checkpointMs = 1_000;
/** Messages held in memory while the disk refuses them; beyond that the process ends and the logs are read again. */
const maxUnwritten = 2_000;
const retryMs = 1_000;

/**
 * The whole module on one page: streams -> fold -> engine -> policy -> repeats -> limits -> describe -> outbox.
 * Everything up to the outbox is synchronous, so a position that a stream reports afterwards covers all its findings;
 * it is stored, with the detectors' memory of that moment, once those findings are on disk.
 */
export class Guard {
  readonly #parts: GuardParts;
  readonly #engine: Engine;
  readonly #fold = foldLogins();
  readonly #policy: Policy;
  readonly #repeats = new Repeats();
  readonly #limiter = new Limiter();
  readonly #positions: Map<string, unknown>;
  #configuration: Configuration;
  #unwritten: OutgoingMessage[] = [];
  #writing: Promise<void> | undefined;
  #dirty = false;
  #saving: Promise<void> | undefined;
  #lastSave = 0;
  #subscription: Subscription | undefined;
  #timers: NodeJS.Timeout[] = [];

  constructor(parts: GuardParts) {
    this.#parts = parts;
    this.#configuration = parts.configuration;
    this.#positions = new Map(Object.entries(parts.saved?.positions ?? {}));
    this.#repeats.restore(parts.saved?.repeats);
    this.#limiter.restore(parts.saved?.limits);
    this.#policy = new Policy((alert) => catalogue[alert].severity, parts.context);
    this.#engine = new Engine({
      detectors: parts.detectors,
      settingsOf: (alert) => this.#configuration.alerts[alert],
      enabled: (alert) => this.#configuration.alerts[alert].enabled,
      context: parts.context,
      table: parts.table,
      selfPid: parts.selfPid,
      saved: parts.saved?.memory,
      onFault: (detector, error) => parts.log.error(`detector ${detector} failed on one fact: ${String(error)}`),
    });
    parts.status.detectors = () => this.#engine.counts();
    parts.status.outbox = () => parts.outbox.status();
    parts.status.exceptionsApplied = () => this.#policy.applied();
  }

  start(): void {
    this.#parts.table.seed();
    const position = (source: SourceName) => () => this.#positions.get(source);
    this.#subscription = merge(
      ...this.#parts.streams.map((stream) => supervise(stream, { position: position(stream.source) })),
    ).subscribe((fact) => this.take(fact));
    this.#timers.push(setInterval(() => this.#tick(), tickMs).unref());
  }

  /** Takes one fact: from a stream, or from the module itself (rejected configuration, hub silence). */
  take(fact: Fact): void {
    const { status } = this.#parts;
    if (fact.kind === "source.reported") this.#reported(fact);
    else if (fact.kind === "source.advanced") this.#advanced(fact.source, fact.position);
    else {
      status.count(fact);
      for (const folded of this.#fold(fact)) this.#judge(folded);
    }
  }

  /** A new configuration: detectors start anew with their memory. */
  configure(configuration: Configuration): void {
    this.#configuration = configuration;
    this.#engine.reconfigure();
  }

  get outbox(): Outbox {
    return this.#parts.outbox;
  }

  get configuration(): Configuration {
    return this.#configuration;
  }

  /** Puts a message of the module itself (heartbeat, test alert) into the outbox, outside the limits. */
  enqueue(message: OutgoingMessage): void {
    this.#unwritten.push(message);
    this.#parts.onMessage?.(message);
    this.#writing ??= this.#write();
  }

  /** Ends the streams, writes what is left and stores the last position. Rejects with the fs error. */
  async close(): Promise<void> {
    this.#subscription?.unsubscribe();
    for (const timer of this.#timers) clearInterval(timer);
    await this.#writing;
    await this.#saving;
    if (this.#dirty) await this.#save();
  }

  #reported(fact: Extract<Fact, { kind: "source.reported" }>): void {
    const before = this.#parts.status.sourcesNow.get(fact.source)?.state;
    if (before !== fact.state) {
      const text = `${fact.source}: ${fact.state}${fact.reason ? `, ${fact.reason}` : ""}${fact.remedy ? ` (${fact.remedy})` : ""}`;
      if (fact.state === "live") this.#parts.log.info(text);
      else this.#parts.log.warn(text);
    }
    this.#parts.status.sourceReported(fact);
  }

  #advanced(source: SourceName, position: unknown): void {
    this.#positions.set(source, position);
    this.#dirty = true;
    this.#checkpointSoon();
  }

  #judge(fact: Fact): void {
    for (const finding of this.#engine.push(fact)) this.#decide(finding);
  }

  #decide(finding: Finding): void {
    const { status } = this.#parts;
    const verdict = this.#policy.judge(finding, this.#configuration);
    if (verdict.outcome !== "send") {
      status.withheld[verdict.outcome]++;
      return;
    }
    const told = this.#repeats.take(finding, verdict.severity, this.#windowMs());
    if (!told.some(({ activity, finding: f }) => activity === "create" && f === finding)) status.withheld.repeated++;
    for (const each of told) this.#tell(each);
  }

  #tell(told: Told): void {
    const now = this.#now();
    if (!this.#limiter.allows(told, this.#configuration.limits, now)) {
      this.#parts.status.withheld.limited++;
      return;
    }
    this.#send(told);
  }

  #send(told: Told): void {
    const { status, device, version } = this.#parts;
    const { finding, severity, activity, count, firstSeen, lastSeen } = told;
    status.told(finding.alert, severity, this.#now());
    this.enqueue(
      describe(
        { ...finding, severity },
        {
          device,
          version,
          language: this.#configuration.language,
          redact: this.#configuration.redact,
          activity,
          count,
          firstSeen,
          lastSeen,
        },
      ),
    );
  }

  #tick(): void {
    const now = this.#now();
    for (const folded of this.#fold({ kind: "clock.ticked", at: now })) this.#judge(folded);
    for (const told of this.#repeats.close(now, this.#windowMs())) this.#tell(told);
    const held = this.#limiter.summary(now);
    if (held) this.#tellHeldBack(held, now);
    this.#dirty = true;
    this.#checkpointSoon();
  }

  #tellHeldBack(held: HeldBack, now: number): void {
    const finding: Finding = {
      alert: "alerts-held-back",
      at: now,
      subject: "limits",
      reason: `${held.count} findings were held back by the limits of the module's messages`,
      confidence: "high",
      evidence: { data: { count: held.count, bySeverity: held.bySeverity, byAlert: held.byAlert } },
      count: held.count,
      firstSeen: held.since,
    };
    this.#send({
      finding,
      severity: "medium",
      activity: "create",
      count: held.count,
      firstSeen: held.since,
      lastSeen: now,
    });
  }

  async #write(): Promise<void> {
    while (this.#unwritten.length > 0) {
      const batch = this.#unwritten.slice(0, 256);
      try {
        await this.#parts.outbox.append(batch);
        this.#unwritten.splice(0, batch.length);
      } catch (error) {
        if (this.#unwritten.length >= maxUnwritten) this.#parts.onDiskRefused(error);
        this.#parts.log.error(
          `outbox: the disk refuses ${this.#unwritten.length} alerts, trying again: ${String(error)}`,
        );
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    }
    this.#writing = undefined;
  }

  #checkpointSoon(): void {
    if (this.#saving) return;
    const wait = Math.max(0, this.#lastSave + checkpointMs - Date.now());
    this.#saving = new Promise<void>((resolve) => setTimeout(resolve, wait).unref())
      .then(() => this.#save())
      .catch((error: unknown) =>
        this.#parts.log.warn(`state: cannot be stored, a restart will read further back: ${String(error)}`),
      )
      .finally(() => {
        this.#saving = undefined;
        if (this.#dirty) this.#checkpointSoon();
      });
  }

  /** The state is taken in one turn of the event loop, then waits until its alerts are on disk. */
  async #save(): Promise<void> {
    this.#dirty = false;
    this.#lastSave = Date.now();
    const state: GuardState = {
      positions: Object.fromEntries(this.#positions),
      memory: this.#engine.memory(),
      repeats: this.#repeats.snapshot(),
      limits: this.#limiter.snapshot(),
    };
    await this.#writing;
    await this.#parts.checkpoint(state);
  }

  #windowMs(): number {
    return this.#configuration.repeats.windowMinutes * 60_000;
  }

  #now(): number {
    return (this.#parts.now ?? Date.now)();
  }
}
