/**
 * When to look at a log again: soon after the directory's watch says so, and once a second in any case.
 *
 * Measured: at high rates the watch itself costs most (10 us a line against 2.5 us with a slow poll), because every
 * write of the logger is one callback. So under load the watch is closed and the file is polled.
 */
import { type FSWatcher, watch } from "node:fs";

/** After the first sign of change, to take all records of one event in one read. */
const SETTLE_MS = 8;
/** Between two looks: wake-ups within are taken together. Half of it is what a busy log's alert waits for. */
const GAP_MS = 20;
const SAFETY_MS = 1_000;
/** So many callbacks between two looks are load. */
const BUSY_CALLBACKS = 10;
/** So many looks in vain end the load. */
const CALM_LOOKS = 50;

export class Wakeups {
  readonly #directory: string;
  readonly #file: string;
  #watcher: FSWatcher | undefined;
  #callbacks = 0;
  #vain = 0;
  #closed = false;
  #wake: (() => void) | undefined;
  #lastLook = Number.NEGATIVE_INFINITY;

  constructor(directory: string, file: string) {
    this.#directory = directory;
    this.#file = file;
  }

  /** Begins to watch. Without inotify (limit reached, unsupported) the safety poll remains. */
  open(): void {
    if (this.#closed) return;
    try {
      this.#watcher = watch(this.#directory, { persistent: true }, (_event, name) => {
        if (name !== null && !name.startsWith(this.#file)) return; // a renamed file may still grow
        this.#callbacks++;
        this.#wake?.();
      });
      this.#watcher.on("error", () => this.#unwatch());
    } catch {
      this.#watcher = undefined;
    }
  }

  close(): void {
    this.#closed = true;
    this.#unwatch();
    this.#wake?.();
  }

  /** Resolves when it is time to look again; `grew`: whether the last look found something. */
  async next(grew: boolean): Promise<void> {
    this.#vain = grew ? 0 : this.#vain + 1;
    const polling = this.#watcher === undefined;
    if (!polling && this.#callbacks > BUSY_CALLBACKS) this.#unwatch();
    if (polling && this.#vain === CALM_LOOKS) this.#watchAgain();
    const busy = this.#watcher === undefined && this.#vain < CALM_LOOKS;
    await this.#gap();
    if (this.#callbacks === 0 && !busy) {
      await this.#sleep(SAFETY_MS, true);
      if (this.#callbacks > 0) await this.#sleep(SETTLE_MS, false);
    }
    this.#callbacks = 0;
    this.#lastLook = performance.now();
  }

  /** What came between the last look and the new watch would wait for the safety poll, so one look follows at once. */
  #watchAgain(): void {
    this.open();
    if (this.#watcher) this.#callbacks = 1;
  }

  async #gap(): Promise<void> {
    const left = this.#lastLook + GAP_MS - performance.now();
    if (left > 0) await this.#sleep(left, false);
  }

  #sleep(ms: number, wakeable: boolean): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#wake = () => {
        if (wakeable || this.#closed) done();
      };
    });
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#callbacks = 0;
  }
}
