import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Subject } from "rxjs";
import { type SeverityName, severityNames } from "../alerts/catalogue.ts";
import type { Log, Outbox, OutboxEntry, OutboxStatus, OutgoingMessage } from "../ports.ts";
import { readWaiting, SegmentLog } from "./segment-log.ts";

export interface DiskOutboxOptions {
  /** `<data>/outbox`; one log per severity below it. */
  readonly directory: string;
  /** Bytes on disk over all severities; default 32 MiB. */
  readonly maxBytes?: number;
  /** Oldest message kept, ms; default 30 days. Counted on `steady`, see `bornBefore`. */
  readonly maxAge?: number;
  readonly segmentBytes?: number;
  readonly log: Log;
  readonly now?: () => number;
  /** ms since any moment, never set; default `now` where it is given, else performance.now. */
  readonly steady?: () => number;
}

const defaultMaxAge = 30 * 86_400_000;
/** What an earlier run left has this long to be sent, whatever the clock says of its age. */
const graceMs = 3_600_000;
/** Vedette is younger: an earlier stamp is of a clock that was not set yet. */
const notBefore = Date.UTC(2024, 0, 1);

/** Highest first: the order of sending. Eviction goes the other way. */
const highestFirst = [...severityNames].reverse();
const ways = severityNames.length;

interface Waiting {
  readonly messages: readonly OutgoingMessage[];
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * The durable queue. One FIFO log per severity: order is kept within a severity, the highest is sent first, and the
 * lowest severity's oldest messages are the first to go when the disk share is used up. Appends that arrive while a
 * batch is being synced share the next sync.
 */
export class DiskOutbox implements Outbox {
  readonly appended = new Subject<void>();
  readonly #options: DiskOutboxOptions;
  readonly #logs: Map<SeverityName, SegmentLog>;
  readonly #cache = new Map<number, OutgoingMessage>();
  readonly #evicted: Partial<Record<SeverityName, number>> = {};
  #setAside = 0;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #closed = false;
  /** Messages of a batch of which a part was refused: the caller gives the whole batch again. */
  readonly #written = new WeakSet<OutgoingMessage>();

  private constructor(options: DiskOutboxOptions, logs: Map<SeverityName, SegmentLog>) {
    this.#options = options;
    this.#logs = logs;
  }

  /** Opens or creates the store, repairing what a crash left. Rejects when the directory cannot be written. */
  static async open(options: DiskOutboxOptions): Promise<DiskOutbox> {
    const logs = new Map<SeverityName, SegmentLog>();
    const bornOf = bornBefore(options);
    for (const severity of severityNames) {
      const log = await SegmentLog.open({
        directory: join(options.directory, severity),
        damagedDirectory: join(options.directory, "damaged"),
        segmentBytes: options.segmentBytes,
        warn: (text) => options.log.warn(text),
        bornOf,
      });
      logs.set(severity, log);
    }
    return new DiskOutbox(options, logs);
  }

  /** What waits in a store that cannot be written, highest severity first. Never rejects. */
  static async waiting(directory: string): Promise<readonly OutgoingMessage[]> {
    const found: OutgoingMessage[] = [];
    for (const severity of highestFirst) {
      for (const bytes of await readWaiting(join(directory, severity))) found.push(...listed(parse(bytes)));
    }
    return found;
  }

  append(messages: readonly OutgoingMessage[]): Promise<void> {
    if (messages.length === 0) return Promise.resolve();
    if (this.#closed) return Promise.reject(new Error("the outbox is closed"));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ messages, resolve, reject });
      this.#writing ??= this.#write();
    });
  }

  async next(limit: number, inFlight: ReadonlySet<number>): Promise<readonly OutboxEntry[]> {
    const entries: OutboxEntry[] = [];
    for (const severity of highestFirst) {
      const log = this.#log(severity);
      for (const record of [...firstOf(log, severity, inFlight, limit - entries.length)]) {
        const sequence = widen(record, severity);
        const message = this.#cache.get(sequence) ?? (await this.#load(log, record, severity));
        if (message) entries.push({ ...message, sequence });
      }
      if (entries.length >= limit) break;
    }
    return entries;
  }

  async acknowledge(sequence: number): Promise<void> {
    this.#cache.delete(sequence);
    const [severity, inner] = narrow(sequence);
    await this.#log(severity).acknowledge(inner);
  }

  async setAside(sequence: number, reason: string): Promise<void> {
    const [severity, inner] = narrow(sequence);
    const message = await this.#load(this.#log(severity), inner, severity);
    await mkdir(this.#options.directory, { recursive: true });
    const line = `${JSON.stringify({ at: this.#now(), reason, message })}\n`;
    await appendFile(join(this.#options.directory, "set-aside.jsonl"), line, { mode: 0o600 });
    this.#setAside++;
    await this.acknowledge(sequence);
  }

  status(): OutboxStatus {
    const logs = [...this.#logs.values()];
    const oldest = Math.min(...logs.map((log) => log.oldestAt ?? Number.POSITIVE_INFINITY));
    return {
      depth: logs.reduce((n, log) => n + log.depth, 0),
      bytes: this.#bytes(),
      ...(Number.isFinite(oldest) && { oldestAt: oldest }),
      evicted: { ...this.#evicted },
      setAside: this.#setAside,
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
    for (const log of this.#logs.values()) await log.close();
    this.appended.complete();
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#writeBatch(batch.flatMap(({ messages }) => messages));
        for (const { resolve } of batch) resolve();
        this.appended.next();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    // In the turn of the last look: whoever appends as soon as the batch is told as written must find nobody at work.
    this.#writing = undefined;
  }

  async #writeBatch(messages: readonly OutgoingMessage[]): Promise<void> {
    const missing = messages.filter((message) => !this.#written.has(message));
    const payloads = missing.map((message) => ({ message, bytes: Buffer.from(JSON.stringify(message)) }));
    await this.#makeRoom(payloads.reduce((n, { bytes }) => n + bytes.length + 24, 0));
    for (const severity of highestFirst) {
      const mine = payloads.filter(({ message }) => message.severity === severity);
      if (mine.length === 0) continue;
      const log = this.#log(severity);
      const sequences = await log.append(
        mine.map(({ bytes }) => bytes),
        this.#now(),
        steadyOf(this.#options),
      );
      // The common case, a hub that is there, never reads back what was just written.
      for (const [i, { message }] of mine.entries()) {
        this.#written.add(message);
        this.#remember(widen(sequences[i] as number, severity), message);
      }
    }
  }

  #remember(sequence: number, message: OutgoingMessage): void {
    if (this.#cache.size < 64) this.#cache.set(sequence, message);
  }

  async #makeRoom(incoming: number): Promise<void> {
    const oldest = steadyOf(this.#options) - (this.#options.maxAge ?? defaultMaxAge);
    for (const [severity, log] of this.#logs) this.#countEvicted(severity, await log.dropOlderThan(oldest));
    const limit = this.#options.maxBytes ?? 32 << 20;
    for (const severity of severityNames) {
      while (this.#bytes() + incoming > limit) {
        const dropped = await this.#log(severity).dropOldest();
        if (dropped === 0) break;
        this.#countEvicted(severity, dropped);
      }
    }
  }

  #countEvicted(severity: SeverityName, dropped: number): void {
    if (dropped === 0) return;
    this.#evicted[severity] = (this.#evicted[severity] ?? 0) + dropped;
    this.#options.log.warn(
      `outbox: ${dropped} ${severity} messages were dropped, the store is full or they are too old`,
    );
  }

  async #load(log: SegmentLog, inner: number, severity: SeverityName): Promise<OutgoingMessage | undefined> {
    const bytes = await log.read(inner).catch(() => undefined);
    const message = bytes && parse(bytes);
    if (message) return message;
    this.#options.log.warn(`outbox: a ${severity} message is damaged on disk or cannot be read, and was skipped`);
    await log.acknowledge(inner);
    this.#setAside++;
    return undefined;
  }

  #log(severity: SeverityName): SegmentLog {
    return this.#logs.get(severity) as SegmentLog;
  }

  #bytes(): number {
    return [...this.#logs.values()].reduce((n, log) => n + log.bytes, 0);
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}

function steadyOf({ steady, now }: DiskOutboxOptions): number {
  return (steady ?? now ?? performance.now.bind(performance))();
}

/**
 * Ages are not counted on the host's clock: a device without a battery for it boots in the past, and the step to the
 * present would make everything that waits for a hub look too old at once. What an earlier run left is as old as the
 * stamps say, but has an hour to be sent.
 */
function bornBefore(options: DiskOutboxOptions): (at: number) => number {
  const { maxAge = defaultMaxAge, now = Date.now } = options;
  const [opened, openedSteady] = [now(), steadyOf(options)];
  return (at) => {
    const age = at < notBefore || at > opened ? 0 : opened - at;
    return openedSteady - Math.min(age, Math.max(0, maxAge - graceMs));
  };
}

function listed<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}

function parse(bytes: Buffer): OutgoingMessage | undefined {
  try {
    return JSON.parse(bytes.toString("utf8")) as OutgoingMessage;
  } catch {
    return undefined;
  }
}

/** One number for (log, sequence), so that the caller needs to know nothing of the logs. */
function widen(sequence: number, severity: SeverityName): number {
  return sequence * ways + severityNames.indexOf(severity);
}

function narrow(sequence: number): [SeverityName, number] {
  return [severityNames[sequence % ways] as SeverityName, Math.floor(sequence / ways)];
}

function* firstOf(
  log: SegmentLog,
  severity: SeverityName,
  inFlight: ReadonlySet<number>,
  limit: number,
): Generator<number> {
  let left = limit;
  for (const { sequence } of log.records()) {
    if (left <= 0) return;
    if (inFlight.has(widen(sequence, severity))) continue;
    left--;
    yield sequence;
  }
}
