/** The messages of one connection that wait for their acknowledgement, and the watchdog over them. */
import { type HubTiming, within } from "./timing.ts";

export interface InFlightOptions {
  readonly timing: Pick<HubTiming, "send" | "silence" | "hold">;
  onAcknowledged(): void;
  /** Nothing was acknowledged for `timing.silence` ms although something waited. */
  onSilence(reason: string): void;
}

export class InFlight {
  readonly #options: InFlightOptions;
  readonly #waiting = new Set<(error: Error) => void>();
  #watchdog: NodeJS.Timeout | undefined;
  #drained: () => void = () => undefined;

  constructor(options: InFlightOptions) {
    this.#options = options;
  }

  /** Resolves with `sent`. Rejects as it does, at the connection's end, or after `timing.send` ms. */
  async track(sent: Promise<unknown>, what: string): Promise<void> {
    let lost: (error: Error) => void = () => undefined;
    const loss = new Promise<never>((_, reject) => {
      lost = reject;
    });
    this.#waiting.add(lost);
    if (this.#waiting.size === 1) this.#watch();
    try {
      await within(Promise.race([sent, loss]), this.#options.timing.send, what);
      this.#options.onAcknowledged();
      this.#watch();
    } finally {
      this.#waiting.delete(lost);
      if (this.#waiting.size === 0) this.#idle();
    }
  }

  /** Rejects everything that waits. */
  lose(reason: string): void {
    clearTimeout(this.#watchdog);
    for (const lost of this.#waiting) lost(new Error(reason));
  }

  /** Resolves when nothing waits any more, at most after `timing.hold` ms. */
  async drain(): Promise<void> {
    if (this.#waiting.size === 0) return;
    const empty = new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    await within(empty, this.#options.timing.hold, "drain").catch(() => undefined);
  }

  /** Started by the first waiting message, and again by every acknowledgement. */
  #watch(): void {
    const { timing, onSilence } = this.#options;
    clearTimeout(this.#watchdog);
    const speak = () => onSilence(`no acknowledgement for ${timing.silence / 1000} s`);
    this.#watchdog = setTimeout(speak, timing.silence);
  }

  #idle(): void {
    clearTimeout(this.#watchdog);
    this.#drained();
  }
}
