/** Reads a socket whenever it has something, a bounded piece at a time. */
import { BATCH, BatchReader } from "./batch-reader.ts";
import { Readiness } from "./readiness.ts";
import type { AuditSocket } from "./socket.ts";

/** Batches before others may run. */
const MAX_BATCHES = 8;

export interface Readings {
  /** One datagram, valid until this returns. */
  take(datagram: Buffer): void;
  /** After a piece was taken. */
  taken(): void;
  /** Nothing more is read. */
  failed(error: unknown): void;
}

export class Reading {
  readonly #reader: BatchReader;
  readonly #readiness: Readiness;
  readonly #readings: Readings;
  #stopped = false;

  constructor(socket: AuditSocket, readings: Readings) {
    this.#readings = readings;
    this.#reader = new BatchReader(socket);
    this.#readiness = new Readiness(socket.fd);
  }

  /** How often the kernel said that its records did not fit. */
  get overruns(): number {
    return this.#reader.overruns;
  }

  readonly start = (): void => {
    if (this.#stopped) return;
    const full = this.#piece();
    if (this.#stopped) return;
    if (full) setImmediate(this.start);
    else this.#readiness.wait(this.start);
  };

  /** `closed` is called when the socket may be closed. Reads no more. */
  stop(closed: () => void): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#readiness.close(closed);
  }

  #piece(): boolean {
    try {
      let full = true;
      for (let i = 0; full && i < MAX_BATCHES; i++) full = this.#reader.read(this.#readings.take) === BATCH;
      this.#readings.taken();
      return full;
    } catch (error) {
      this.#readings.failed(error);
      return false;
    }
  }
}
