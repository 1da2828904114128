/** Tells when a socket has something to read, without a thread of our own: poll(2) on Node's thread pool. */
import { closeSync, writeSync } from "node:fs";
import { type Libc, libc } from "./libc.ts";

const POLLIN = 1;
const EFD_CLOEXEC_NONBLOCK = 0o2004000;
/** struct pollfd: descriptor, what is asked, what is so. */
const POLLFD = 8;
/** Should waking it ever fail, the thread is free again after this. */
const LONGEST_MS = 5_000;
const FAILED_MS = 100;

/** One wait at a time. After `close` the descriptor that it watched may be closed in `onClosed` only. */
export class Readiness {
  readonly #libc: Libc = libc();
  readonly #wake: number;
  readonly #descriptors = Buffer.alloc(2 * POLLFD);
  #waiting = false;
  #onClosed: (() => void) | undefined;

  constructor(fd: number) {
    this.#wake = this.#libc.eventfd(0, EFD_CLOEXEC_NONBLOCK);
    if (this.#wake < 0) throw new Error(`eventfd failed with error ${this.#libc.errno()}`);
    for (const [i, watched] of [fd, this.#wake].entries()) {
      this.#descriptors.writeInt32LE(watched, i * POLLFD);
      this.#descriptors.writeInt16LE(POLLIN, i * POLLFD + 4);
    }
  }

  /**
   * Calls `ready` once, when there is something to read or a while has passed. When poll(2) itself fails, only after a
   * moment, for it may fail again at once.
   */
  wait(ready: () => void): void {
    this.#waiting = true;
    this.#libc.pollAsync(this.#descriptors, 2, LONGEST_MS, (error, count) => {
      this.#waiting = false;
      if (this.#onClosed) this.#end(this.#onClosed);
      else if (error || count < 0) setTimeout(ready, FAILED_MS);
      else ready();
    });
  }

  close(onClosed: () => void): void {
    if (this.#onClosed) return;
    this.#onClosed = onClosed;
    if (!this.#waiting) this.#end(onClosed);
    else writeSync(this.#wake, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]));
  }

  #end(onClosed: () => void): void {
    closeSync(this.#wake);
    onClosed();
  }
}
