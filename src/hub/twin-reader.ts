/**
 * Keeps the desired properties current over one connection.
 *
 * Read once after the connection, again after every patch and every minute while edgeHub knows no twin. The whole twin
 * is taken each time: a patch cannot be applied when an earlier one was missed (they are QoS 0), and the SDK merges
 * arrays by index (`[1,2,3]` patched with `[9]` became `[9,2,3]`).
 */
import type { Log, TwinUpdate } from "../ports.ts";
import { backoff, Deadline, type HubTiming, pause } from "./timing.ts";
import type { TwinChannel } from "./twin-channel.ts";

/** Reads without an answer before the connection is given up; messages flow meanwhile. */
const MOST_UNANSWERED = 3;
/** A read may be older than the patch that asked for it; so often it is asked again. */
const MOST_STALE = 5;
const STALE_PAUSE = 500;

export interface TwinReaderOptions {
  readonly channel: Pick<TwinChannel, "read" | "onPatch">;
  readonly timing: Pick<HubTiming, "retryFirst" | "twinRetry">;
  readonly log: Log;
  /** Ends the reader. */
  readonly signal: AbortSignal;
  onTwin(update: TwinUpdate): void;
  /** Three reads in a row were not answered. */
  onDead(reason: string): void;
}

/** Runs until the signal; never rejects. */
export async function followTwin(options: TwinReaderOptions): Promise<void> {
  const { channel, signal } = options;
  const reader = new Reader(options);
  channel.onPatch = (version) => reader.patched(version);
  while (!signal.aborted) await pause(await reader.read(), reader.wake());
}

class Reader {
  readonly #options: TwinReaderOptions;
  #wake = new AbortController();
  #known = 0;
  #unanswered = 0;
  #failed = 0;
  #stale = 0;

  constructor(options: TwinReaderOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", () => this.#wake.abort());
  }

  patched(version: number): void {
    this.#known = version;
    this.#wake.abort();
  }

  /** Ends the next pause at a patch; one that came during the read ends it at once. */
  wake(): AbortSignal {
    return this.#wake.signal;
  }

  /** Returns how long to wait before the next read, ms. */
  async read(): Promise<number> {
    if (!this.#options.signal.aborted) this.#wake = new AbortController();
    try {
      const { desired, reported } = await this.#options.channel.read();
      this.#unanswered = 0;
      this.#failed = 0;
      return this.#options.signal.aborted ? 0 : this.#took(desired, reported);
    } catch (error) {
      return this.#options.signal.aborted ? 0 : this.#missed(error as Error);
    }
  }

  #took({ $version, $metadata: _, ...desired }: Readonly<Record<string, unknown>>, reported: unknown): number {
    const { log, timing, onTwin } = this.#options;
    if (typeof $version !== "number" || $version < 1) {
      log.info("edgeHub knows no twin of this module yet (offline); the last known settings stay");
      return timing.twinRetry;
    }
    if ($version < this.#known && ++this.#stale <= MOST_STALE) return STALE_PAUSE;
    this.#stale = 0;
    this.#known = $version;
    onTwin({ desired, version: $version, reported });
    return NEVER;
  }

  #missed(error: Error): number {
    const { log, timing, onDead } = this.#options;
    log.warn(`${error.message}; trying again`);
    if (error instanceof Deadline && ++this.#unanswered >= MOST_UNANSWERED) onDead("twin reads are not answered");
    return backoff(this.#failed++, timing.retryFirst, timing.twinRetry);
  }
}

/** setTimeout's limit, 24.8 days: an unneeded read then does no harm. */
const NEVER = 2 ** 31 - 1;
