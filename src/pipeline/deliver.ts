import { merge, type Subscription } from "rxjs";
import { filter } from "rxjs/operators";
import { type Hub, HubAway, type HubState, type Log, type Outbox, type OutboxEntry } from "../ports.ts";

/** Measured knee of the SDK's throughput: more only adds latency (prototype measurements, section 2). */
const maxInFlight = 10;
/** Failures of a message sent alone, while others get through, after which it is set aside as poison. */
const maxAloneFailures = 6;
/** Failures after which a message is only sent alone: what fails beside others may be their victim. */
const victimFailures = 2;
const longestPause = 30_000;
const unreadablePause = 5_000;

interface Trouble {
  failures: number;
  /** Failures with nothing else in flight: the connection that broke can only be its own doing. */
  aloneFailures: number;
  /** Messages acknowledged since its first failure: proof that the hub takes others. */
  othersAcknowledged: number;
  notBefore: number;
}

export interface DeliverOptions {
  readonly outbox: Outbox;
  readonly hub: Pick<Hub, "send" | "status">;
  readonly log: Log;
  /** Told of each acknowledgement. */
  acknowledged(entry: OutboxEntry): void;
  /** ms of a clock that nobody sets: a pause must not become a day when the host's clock is set back. */
  readonly now?: () => number;
}

/**
 * Moves messages from the outbox to the hub: at most ten in flight, off the disk only after the acknowledgement,
 * tried again for ever. A message that keeps failing when it is sent alone, while others pass, is set aside, so that it
 * blocks nothing; a hub that takes nothing at all, or breaks at random, never makes poison of a message.
 */
export class Deliverer {
  readonly #options: DeliverOptions;
  readonly #inFlight = new Set<number>();
  readonly #troubles = new Map<number, Trouble>();
  readonly #subscription: Subscription;
  #state: HubState = "connecting";
  #pumping = false;
  #again = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DeliverOptions) {
    this.#options = options;
    const connected = options.hub.status.pipe(
      filter((status) => {
        this.#state = status.state;
        return status.state === "connected";
      }),
    );
    this.#subscription = merge(connected, options.outbox.appended).subscribe(() => this.#wake());
    this.#wake();
  }

  /** Stops taking new messages; what is in flight is left to the outbox. */
  close(): void {
    this.#closed = true;
    this.#subscription.unsubscribe();
    clearTimeout(this.#timer);
  }

  #wake(): void {
    if (this.#pumping) this.#again = true;
    else void this.#pump();
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    do {
      this.#again = false;
      if (this.#closed || this.#state !== "connected") break;
      const { busy, suspect } = this.#busy();
      if (suspect && this.#inFlight.size > 0) break; // the end of the last one in flight wakes us
      for (const entry of await this.#next(suspect ? 1 : maxInFlight - this.#inFlight.size, busy)) {
        if (!this.#closed) void this.#send(entry);
      }
    } while (this.#again);
    this.#pumping = false;
  }

  /** A store that cannot be read now is asked again, and ends nothing. */
  async #next(limit: number, busy: ReadonlySet<number>): Promise<readonly OutboxEntry[]> {
    try {
      return await this.#options.outbox.next(limit, busy);
    } catch (error) {
      this.#options.log.warn(`outbox: cannot be read, trying again: ${String(error)}`);
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#wake(), unreadablePause).unref();
      return [];
    }
  }

  /**
   * `busy`: what must not be taken now: in flight, or waiting after a failure. `suspect`: one of those that may go has
   * failed before, so that the next is sent alone, suspects and others in turn by the outbox's order.
   */
  #busy(): { busy: ReadonlySet<number>; suspect: boolean } {
    const busy = new Set(this.#inFlight);
    const now = this.#now();
    let soonest = Number.POSITIVE_INFINITY;
    let suspect = false;
    for (const [sequence, { notBefore, failures }] of this.#troubles) {
      if (notBefore <= now) {
        suspect ||= failures >= victimFailures;
        continue;
      }
      busy.add(sequence);
      soonest = Math.min(soonest, notBefore);
    }
    clearTimeout(this.#timer);
    if (soonest < Number.POSITIVE_INFINITY) this.#timer = setTimeout(() => this.#wake(), soonest - now).unref();
    return { busy, suspect };
  }

  async #send(entry: OutboxEntry): Promise<void> {
    this.#inFlight.add(entry.sequence);
    const alone = this.#inFlight.size === 1;
    try {
      await this.#options.hub.send(entry);
      this.#troubles.delete(entry.sequence);
      for (const trouble of this.#troubles.values()) trouble.othersAcknowledged++;
      await this.#options.outbox.acknowledge(entry.sequence);
      this.#options.acknowledged(entry);
    } catch (error) {
      await this.#failed(entry, error, alone && this.#isAlone());
    } finally {
      this.#inFlight.delete(entry.sequence);
      this.#wake();
    }
  }

  #isAlone(): boolean {
    return this.#inFlight.size === 1;
  }

  async #failed(entry: OutboxEntry, error: unknown, alone: boolean): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error);
    const trouble = this.#troubles.get(entry.sequence) ?? fresh();
    // Not sent at all: no word against the message, it only waits.
    if (error instanceof HubAway) {
      trouble.notBefore = this.#now() + 500;
      this.#troubles.set(entry.sequence, trouble);
      return;
    }
    trouble.failures++;
    if (alone) trouble.aloneFailures++;
    trouble.notBefore = this.#now() + Math.min(500 * 2 ** Math.min(trouble.failures, 10), longestPause);
    this.#troubles.set(entry.sequence, trouble);
    if (trouble.aloneFailures < maxAloneFailures || trouble.othersAcknowledged === 0) return;
    this.#troubles.delete(entry.sequence);
    this.#options.log.error(`hub: message ${entry.id} failed ${trouble.failures} times and is set aside: ${reason}`);
    await this.#options.outbox.setAside(entry.sequence, reason).catch(() => undefined);
  }

  #now(): number {
    return (this.#options.now ?? performance.now.bind(performance))();
  }
}

function fresh(): Trouble {
  return { failures: 0, aloneFailures: 0, othersAcknowledged: 0, notBefore: 0 };
}
