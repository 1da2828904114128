import { createHash } from "node:crypto";
import { merge, type Subscription } from "rxjs";
import { catalogue } from "../alerts/catalogue.ts";
import type { Configuration } from "../config/configuration.ts";
import type { Context, Detector, Finding } from "../detectors/detector.ts";
import type { Fact, SourceName } from "../events/fact.ts";
import type { Log, Outbox, OutgoingMessage, Stream } from "../ports.ts";
import { type DescribeContext, describe } from "./describe.ts";
import { Engine } from "./engine.ts";
import { foldLogins, type LoginFold } from "./fold-logins.ts";
import { type HeldBack, Limiter } from "./limits.ts";
import { Policy } from "./policy.ts";
import type { ProcessTable } from "./process-table.ts";
import { RecentFacts, savedFacts } from "./recent-facts.ts";
import { Repeats, type Told } from "./repeats.ts";
import type { Status } from "./status.ts";
import { supervise } from "./supervise.ts";

/**
 * What survives a restart: positions together with all memory that belongs to them, of one moment between two turns of
 * the event loop. Streams tell their position in the turn of their facts, so no fact is in the one and not in the other
 * (docs/decisions/durability.md).
 */
export interface GuardState {
  readonly positions: Readonly<Record<string, unknown>>;
  readonly memory: Readonly<Record<string, unknown>>;
  readonly fold: unknown;
  readonly recent: unknown;
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
  /** Stores the state, a GuardState as JSON; rejects with the fs error. */
  checkpoint(state: string): Promise<void>;
  /** Every message as it is put into the outbox, for the local view. */
  onMessage?(message: OutgoingMessage): void;
  readonly now?: () => number;
}

const tickMs = 10_000;
/**
 * A crash reads the logs again from the last stored state, so a state need not be young, and a flash store lives longer:
 * every ten seconds, but a second after an alert, so that few are told twice.
 */
const checkpointMs = 10_000;
const checkpointAfterAlertMs = 1_000;
const closeMs = 2_000;
const evictionToldMs = 3_600_000;

/**
 * The whole module on one page: streams -> fold -> engine -> policy -> repeats -> limits -> describe -> outbox.
 * Everything up to the outbox is synchronous, so a position that a stream reports afterwards covers all its findings;
 * it is stored, with the detectors' memory of that moment, once those findings are on disk.
 */
export class Guard {
  readonly #parts: GuardParts;
  readonly #engine: Engine;
  readonly #fold: LoginFold;
  readonly #recent = new RecentFacts();
  readonly #policy: Policy;
  readonly #repeats = new Repeats();
  readonly #limiter = new Limiter();
  readonly #positions: Map<string, unknown>;
  readonly #warm: () => void;
  #configuration: Configuration;
  #unwritten: OutgoingMessage[] = [];
  #writing: Promise<void> | undefined;
  #dirty = false;
  #saving: Promise<void> | undefined;
  #saveTimer: NodeJS.Timeout | undefined;
  #saveAt = Number.POSITIVE_INFINITY;
  #lastSave = Number.NEGATIVE_INFINITY;
  #refused = false;
  /** Of the state on disk; undefined when that is not known. */
  #storedMark: string | undefined;
  #evictedTold = 0;
  #evictedToldAt = Number.NEGATIVE_INFINITY;
  #subscription: Subscription | undefined;
  #timers: NodeJS.Timeout[] = [];

  constructor(parts: GuardParts) {
    this.#parts = parts;
    this.#configuration = parts.configuration;
    this.#fold = foldLogins(parts.saved?.fold);
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
    const recent = savedFacts(parts.saved?.recent);
    for (const fact of recent) this.#recent.add(fact);
    this.#warm = () => this.#engine.warm(recent);
    parts.status.detectors = () => this.#engine.counts();
    parts.status.outbox = () => parts.outbox.status();
    parts.status.exceptionsApplied = () => this.#policy.applied();
  }

  start(): void {
    this.#parts.table.seed();
    this.#warm();
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
      this.#recent.add(fact);
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
    this.#checkpointWithin(checkpointAfterAlertMs);
    this.#parts.onMessage?.(message);
    this.#writing ??= this.#write().catch((error: unknown) =>
      this.#parts.log.error(`outbox: ${this.#unwritten.length} alerts are not stored: ${String(error)}`),
    );
  }

  /** Ends the streams, writes what is left and stores the last position; at most 2 s. Rejects with the fs error. */
  async close(): Promise<void> {
    this.#subscription?.unsubscribe();
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#saveTimer);
    const stored = (async () => {
      await this.#saving;
      await this.#writing;
      if (this.#dirty) await this.#save();
    })();
    await within(closeMs, stored, () =>
      this.#parts.log.warn("state: the disk does not take it; the next start reads the logs from an earlier place"),
    );
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
    this.#checkpointWithin(checkpointMs);
  }

  #judge(fact: Fact): void {
    for (const finding of this.#engine.push(fact)) this.#decide(finding);
  }

  #decide(finding: Finding): void {
    const { status } = this.#parts;
    const verdict = this.#policy.judge(finding, this.#configuration);
    if (verdict.outcome !== "send") {
      status.withhold(finding.alert, verdict.outcome);
      return;
    }
    const told = this.#repeats.take(finding, verdict.severity, this.#windowMs());
    if (!told.some(({ activity, finding: f }) => activity === "create" && f === finding))
      status.withhold(finding.alert, "repeated");
    for (const each of told) this.#tell(each);
  }

  #tell(told: Told): void {
    if (this.#limiter.allows(told, this.#configuration.limits, this.#now())) {
      this.#send(told);
      return;
    }
    if (told.activity === "create") this.#repeats.forget(told.finding);
    this.#parts.status.withhold(told.finding.alert, "limited");
  }

  /** What the module tells of its own sending is outside the limits, but not outside the operator's settings. */
  #tellOwn(finding: Finding): void {
    const verdict = this.#policy.judge(finding, this.#configuration);
    const { enabled } = this.#configuration.alerts[finding.alert];
    if (verdict.outcome !== "send") this.#parts.status.withhold(finding.alert, verdict.outcome);
    else if (enabled) {
      const { count = 1, firstSeen = finding.at, at } = finding;
      const { severity } = verdict;
      this.#send({ finding, severity, activity: "create", count, firstSeen, lastSeen: at, opened: at });
    }
  }

  #send(told: Told): void {
    const { status, device, version } = this.#parts;
    const { finding, severity, activity, count, firstSeen, lastSeen, opened } = told;
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
          opened,
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
    this.#tellEvictions(now);
    this.#checkpointWithin(checkpointMs);
  }

  /** What the outbox gave up for want of room or for its age: told once an hour, for nobody will see those alerts. */
  #tellEvictions(now: number): void {
    const { evicted } = this.#parts.outbox.status();
    const count = Object.values(evicted).reduce((n, x) => n + x, 0);
    if (count <= this.#evictedTold || Math.abs(now - this.#evictedToldAt) < evictionToldMs) return;
    const fresh = count - this.#evictedTold;
    this.#evictedTold = count;
    this.#evictedToldAt = now;
    this.#tellOwn({
      alert: "alerts-held-back",
      at: now,
      subject: "outbox",
      reason: `${fresh} alerts that could not be sent were given up: the store was full or they were too old`,
      confidence: "high",
      evidence: { data: { count: fresh, bySeverity: evicted } },
      count: fresh,
    });
  }

  #tellHeldBack({ since, count, bySeverity, byAlert, samples }: HeldBack, now: number): void {
    this.#tellOwn({
      alert: "alerts-held-back",
      at: now,
      subject: "limits",
      reason: `${count} findings were held back by the limits of the module's messages`,
      confidence: "high",
      evidence: { data: { count, bySeverity, byAlert, samples } },
      count,
      firstSeen: since,
    });
  }

  /** The outbox keeps trying by itself; a batch that it rejects (it is closed) stays unwritten, and so does the state. */
  async #write(): Promise<void> {
    try {
      while (this.#unwritten.length > 0) {
        const batch = this.#unwritten.slice(0, 256);
        await this.#parts.outbox.append(batch);
        this.#unwritten.splice(0, batch.length);
      }
    } finally {
      this.#writing = undefined;
    }
  }

  /** Stores the state after at most `ms`, counted from the last time. */
  #checkpointWithin(ms: number): void {
    this.#dirty = true;
    const at = Math.max(performance.now(), this.#lastSave + ms);
    if (this.#saving || at >= this.#saveAt) return;
    clearTimeout(this.#saveTimer);
    this.#saveAt = at;
    this.#saveTimer = setTimeout(() => this.#checkpoint(), at - performance.now()).unref();
  }

  #checkpoint(): void {
    this.#saveAt = Number.POSITIVE_INFINITY;
    this.#saving = this.#save()
      .then(() => this.#stored(undefined))
      .catch((error: unknown) => this.#stored(error))
      .finally(() => {
        this.#saving = undefined;
        if (this.#dirty) this.#checkpointWithin(checkpointMs);
      });
  }

  #stored(error: unknown): void {
    if (error !== undefined) this.#dirty = true;
    const refused = error !== undefined;
    if (refused === this.#refused) return;
    this.#refused = refused;
    if (refused) this.#parts.log.warn(`state: cannot be stored, a restart would read further back: ${String(error)}`);
    else this.#parts.log.info("state: is stored again");
  }

  /**
   * The state is taken in one turn of the event loop, as text because its parts live on, and waits until its alerts are
   * on disk.
   */
  async #save(): Promise<void> {
    this.#dirty = false;
    this.#lastSave = performance.now();
    const state: GuardState = {
      positions: Object.fromEntries(this.#positions),
      memory: this.#engine.memory(),
      fold: this.#fold.snapshot(),
      recent: this.#recent.snapshot(),
      repeats: this.#repeats.snapshot(),
      limits: this.#limiter.snapshot(),
    };
    const text = JSON.stringify(state);
    await this.#writing;
    if (this.#unwritten.length > 0 && !this.#writing) throw new Error("its alerts are not on disk");
    // An idle device spares its flash: the state that is stored already is not written again.
    const mark = createHash("sha256").update(text).digest("base64");
    if (mark === this.#storedMark) return;
    this.#storedMark = undefined;
    await this.#parts.checkpoint(text);
    this.#storedMark = mark;
  }

  #windowMs(): number {
    return this.#configuration.repeats.windowMinutes * 60_000;
  }

  #now(): number {
    return (this.#parts.now ?? Date.now)();
  }
}

/** Waits for `work` at most `ms`; `late` is called when it takes longer, and its later fault is nobody's any more. */
async function within(ms: number, work: Promise<void>, late: () => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      late();
      resolve();
    }, ms);
  });
  await Promise.race([work, limit]).finally(() => clearTimeout(timer));
  work.catch(() => undefined);
}
