import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

/** The libuv timer behind it wakes ten times a second without running JavaScript. */
const resolutionMs = 100;
const windowMs = 30_000;

/**
 * How late the event loop ran at worst, over the last 30 to 60 s (or since it was last asked, when that is longer). A
 * stall shorter than 100 ms may fall between two looks.
 */
export class EventLoopLag {
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: resolutionMs });
  #windowFrom = performance.now();
  #before = 0;

  constructor() {
    this.#histogram.enable();
  }

  /** Seconds. */
  worst(): number {
    // The histogram holds the whole distance between two looks, nanoseconds; it is empty right after a reset.
    const { count, max } = this.#histogram;
    const current = count === 0 ? 0 : Math.max(0, max / 1e9 - resolutionMs / 1e3);
    const worst = Math.max(current, this.#before);
    if (performance.now() - this.#windowFrom > windowMs) {
      this.#windowFrom = performance.now();
      this.#before = current;
      this.#histogram.reset();
    }
    return worst;
  }

  close(): void {
    this.#histogram.disable();
  }
}
