import { merge, Subject } from "rxjs";
import { type SeverityName, severityNames } from "../alerts/catalogue.ts";
import type { Log, Outbox, OutboxEntry, OutboxStatus, OutgoingMessage } from "../ports.ts";

export interface SpillOptions {
  readonly disk: Outbox;
  readonly log: Log;
  /** Messages held in memory at most; default 2000. */
  readonly limit?: number;
  /** Pause between two tries of the disk, ms; default 2000. */
  readonly retryMs?: number;
}

/** One call of `append` whose messages the disk refused. */
interface Pending {
  left: number;
  resolve(): void;
  reject(error: unknown): void;
}

interface Held {
  readonly entry: OutboxEntry;
  readonly pending: Pending;
}

/**
 * A disk outbox that is full or failing must not silence the module, or an attacker fills the disk first. What the disk
 * refuses is held in memory, offered to the hub like the rest, and tried on the disk again; `append` resolves when each
 * message is on disk or acknowledged, so that meanwhile no position in a log is stored and a crash reads them again.
 *
 * Blind spot: with a full disk and no hub, more than `limit` messages push out the lowest severity's oldest (counted).
 */
export class SpillOutbox implements Outbox {
  readonly #disk: Outbox;
  readonly #log: Log;
  readonly #limit: number;
  readonly #retryMs: number;
  /** By sequence; below zero, so that they are never taken for the disk's. */
  readonly #held = new Map<number, Held>();
  readonly #spilled = new Subject<void>();
  readonly #evicted: Partial<Record<SeverityName, number>> = {};
  readonly appended = merge(this.#spilled);
  #sequence = 0;
  #setAside = 0;
  #trouble: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #retrying: Promise<void> | undefined;
  #closed = false;

  constructor({ disk, log, limit = 2000, retryMs = 2000 }: SpillOptions) {
    this.#disk = disk;
    this.#log = log;
    this.#limit = limit;
    this.#retryMs = retryMs;
    disk.appended.subscribe(() => this.#spilled.next());
  }

  async append(messages: readonly OutgoingMessage[]): Promise<void> {
    if (messages.length === 0) return;
    try {
      await this.#disk.append(messages);
    } catch (error) {
      if (this.#closed) throw error;
      await this.#hold(messages, error);
    }
  }

  async next(limit: number, inFlight: ReadonlySet<number>): Promise<readonly OutboxEntry[]> {
    const stored = await this.#disk.next(limit, inFlight).catch((error: unknown) => {
      this.#log.warn(`outbox: cannot be read: ${String(error)}`);
      return [];
    });
    if (this.#held.size === 0) return stored;
    const free = [...this.#held.values()].map(({ entry }) => entry).filter(({ sequence }) => !inFlight.has(sequence));
    // A stable sort: what is on disk is older than what came when it was full.
    return [...stored, ...free].sort((a, b) => rank(b) - rank(a)).slice(0, limit);
  }

  acknowledge(sequence: number): Promise<void> {
    if (sequence > 0) return this.#disk.acknowledge(sequence);
    this.#release(sequence);
    return Promise.resolve();
  }

  setAside(sequence: number, reason: string): Promise<void> {
    if (sequence > 0) return this.#disk.setAside(sequence, reason);
    this.#setAside++;
    this.#release(sequence);
    return Promise.resolve();
  }

  status(): OutboxStatus {
    const { depth, bytes, oldestAt, evicted, setAside } = this.#disk.status();
    const all = Object.fromEntries(
      severityNames.flatMap((name) => {
        const sum = (evicted[name] ?? 0) + (this.#evicted[name] ?? 0);
        return sum > 0 ? [[name, sum]] : [];
      }),
    );
    return {
      depth: depth + this.#held.size,
      bytes,
      ...(oldestAt !== undefined && { oldestAt }),
      evicted: all,
      setAside: setAside + this.#setAside,
      ...(this.#trouble !== undefined && { trouble: this.#trouble }),
    };
  }

  /** Tries the disk once more; appends that are still refused reject. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#retrying;
    if (this.#held.size > 0) await this.#retry();
    const error = new Error(`the disk refuses ${this.#held.size} alerts: ${this.#trouble}`);
    for (const { pending } of this.#held.values()) pending.reject(error);
    this.#held.clear();
    await this.#disk.close();
    this.#spilled.complete();
  }

  #hold(messages: readonly OutgoingMessage[], error: unknown): Promise<void> {
    if (this.#trouble === undefined) {
      this.#log.error(`outbox: the disk refuses alerts, they are kept in memory and tried again: ${String(error)}`);
    }
    this.#trouble = String(error);
    const held = new Promise<void>((resolve, reject) => {
      const pending: Pending = { left: messages.length, resolve, reject };
      for (const message of messages) {
        const sequence = --this.#sequence;
        this.#held.set(sequence, { entry: { ...message, sequence }, pending });
      }
    });
    while (this.#held.size > this.#limit) this.#evict();
    this.#retrySoon();
    this.#spilled.next();
    return held;
  }

  #retrySoon(): void {
    if (this.#closed || this.#held.size === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#retrying = this.#retry().finally(() => this.#retrySoon());
    }, this.#retryMs).unref();
  }

  async #retry(): Promise<void> {
    const batch = [...this.#held.values()].slice(0, 256).map(({ entry }) => entry);
    try {
      await this.#disk.append(batch.map(({ sequence: _, ...message }) => message));
    } catch (error) {
      this.#trouble = String(error);
      return;
    }
    for (const { sequence } of batch) this.#release(sequence);
    if (this.#held.size > 0) return this.#retry();
    this.#trouble = undefined;
    this.#log.info("outbox: the disk takes alerts again");
  }

  #release(sequence: number): void {
    const held = this.#held.get(sequence);
    if (!held || !this.#held.delete(sequence)) return;
    if (--held.pending.left === 0) held.pending.resolve();
  }

  #evict(): void {
    const lowest = [...this.#held.values()].reduce((a, b) => (rank(b.entry) < rank(a.entry) ? b : a));
    const { severity, sequence } = lowest.entry;
    this.#evicted[severity] = (this.#evicted[severity] ?? 0) + 1;
    this.#release(sequence);
  }
}

function rank({ severity }: OutgoingMessage): number {
  return severityNames.indexOf(severity);
}
