import { Subject } from "rxjs";
import { type SeverityName, severityNames } from "../alerts/catalogue.ts";
import type { Outbox, OutboxEntry, OutboxStatus, OutgoingMessage } from "../ports.ts";

/**
 * The queue of last resort, when the data folder cannot be written: alerts still go out, but what was not
 * acknowledged is gone with the process. Holds at most `limit` messages; the lowest severity's oldest leave first.
 */
export class MemoryOutbox implements Outbox {
  readonly appended = new Subject<void>();
  readonly #limit: number;
  readonly #trouble: string | undefined;
  readonly #entries = new Map<number, OutboxEntry>();
  readonly #evicted: Partial<Record<SeverityName, number>> = {};
  #sequence = 0;
  #bytes = 0;
  #setAside = 0;

  /** @param trouble why there is no disk, for the status */
  constructor(limit = 2000, trouble?: string) {
    this.#limit = limit;
    this.#trouble = trouble;
  }

  append(messages: readonly OutgoingMessage[]): Promise<void> {
    for (const message of messages) {
      const entry = { ...message, sequence: ++this.#sequence };
      this.#entries.set(entry.sequence, entry);
      this.#bytes += message.body.length;
    }
    while (this.#entries.size > this.#limit) this.#evict();
    queueMicrotask(() => this.appended.next());
    return Promise.resolve();
  }

  next(limit: number, inFlight: ReadonlySet<number>): Promise<readonly OutboxEntry[]> {
    const free = [...this.#entries.values()].filter(({ sequence }) => !inFlight.has(sequence));
    free.sort((a, b) => rank(b) - rank(a) || a.sequence - b.sequence);
    return Promise.resolve(free.slice(0, limit));
  }

  acknowledge(sequence: number): Promise<void> {
    this.#bytes -= this.#entries.get(sequence)?.body.length ?? 0;
    this.#entries.delete(sequence);
    return Promise.resolve();
  }

  setAside(sequence: number): Promise<void> {
    this.#setAside++;
    return this.acknowledge(sequence);
  }

  status(): OutboxStatus {
    return {
      depth: this.#entries.size,
      bytes: this.#bytes,
      evicted: { ...this.#evicted },
      setAside: this.#setAside,
      ...(this.#trouble !== undefined && { trouble: this.#trouble }),
    };
  }

  close(): Promise<void> {
    this.appended.complete();
    return Promise.resolve();
  }

  #evict(): void {
    const all = [...this.#entries.values()];
    const lowest = all.reduce((a, b) => (rank(b) < rank(a) ? b : a));
    this.#evicted[lowest.severity] = (this.#evicted[lowest.severity] ?? 0) + 1;
    void this.acknowledge(lowest.sequence);
  }
}

function rank({ severity }: OutgoingMessage): number {
  return severityNames.indexOf(severity);
}
