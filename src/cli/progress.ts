import type { ReadProgress } from "./replay-sources.ts";

const everyMs = 200;

/** One line on a terminal that says how far the reading is; silent elsewhere. */
export class Progress {
  readonly #total: number | undefined;
  readonly #out: NodeJS.WriteStream;
  readonly #startedAt = Date.now();
  #read = 0;
  #file = "";
  #shownAt = 0;
  #shown = false;

  constructor(sizes: readonly (number | undefined)[], out: NodeJS.WriteStream) {
    this.#total = sizes.includes(undefined) ? undefined : sizes.reduce<number>((n, size) => n + (size ?? 0), 0);
    this.#out = out;
  }

  file(name: string): ReadProgress {
    this.#file = name === "-" ? "stdin" : name;
    return { read: (bytes) => this.#add(bytes) };
  }

  /** Takes the line away while something else is printed. */
  around(print: () => void): void {
    this.#clear();
    print();
  }

  end(): void {
    this.#clear();
  }

  #add(bytes: number): void {
    this.#read += bytes;
    if (!this.#out.isTTY || Date.now() - this.#shownAt < everyMs) return;
    this.#shownAt = Date.now();
    this.#shown = true;
    const megabytes = this.#read / 1e6;
    const speed = megabytes / Math.max(0.001, (Date.now() - this.#startedAt) / 1000);
    const share = this.#total
      ? `${Math.floor((100 * this.#read) / this.#total)} % of ${(this.#total / 1e6).toFixed(0)} MB`
      : `${megabytes.toFixed(0)} MB`;
    this.#out.write(`\r\x1b[K${share}, ${speed.toFixed(0)} MB/s, ${this.#file}`);
  }

  #clear(): void {
    if (this.#shown) this.#out.write("\r\x1b[K");
    this.#shown = false;
  }
}
