/**
 * How many events never came: the kernel numbers its events without gaps (kernel/audit.c `audit_serial`), and not every
 * loss is in its own count of lost records (`kauditd_hold_skb` drops in silence unless booted with audit=1).
 */
const DIGIT_0 = 48;
/** Records of concurrent events come interleaved, some dozen apart. */
const WINDOW = 4_096;

export class SerialGaps {
  /** One byte for each number from `#base` on, in a ring. */
  readonly #seen = new Uint8Array(WINDOW);
  /** Every number below is judged. */
  #base = -1;
  #newest = -1;
  #missing = 0;

  /** `text` begins `audit(1700000000.123:4567): `. */
  saw(datagram: Buffer, start: number): void {
    const serial = serialOf(datagram, start);
    if (serial < 0 || serial === this.#newest) return;
    if (this.#base < 0 || serial < this.#base - WINDOW || serial > this.#newest + 1_000_000) this.#begin(serial);
    if (serial < this.#base) return;
    if (serial - this.#base >= WINDOW) this.#judge(serial - WINDOW + 1);
    this.#seen[serial % WINDOW] = 1;
    if (serial > this.#newest) this.#newest = serial;
  }

  /**
   * How many are missing since the last time.
   *
   * @param quiet nothing came for a while, so what is behind the newest will not come any more
   */
  settle(quiet: boolean): number {
    if (this.#base >= 0) this.#judge(quiet ? this.#newest + 1 : Math.max(this.#base, this.#newest - WINDOW / 2));
    const missing = this.#missing;
    this.#missing = 0;
    return missing;
  }

  #begin(serial: number): void {
    this.#seen.fill(0);
    this.#base = serial;
    this.#newest = serial - 1;
  }

  #judge(to: number): void {
    const cleared = Math.min(to, this.#base + WINDOW);
    for (; this.#base < cleared; this.#base++) {
      const slot = this.#base % WINDOW;
      if (this.#seen[slot] === 0) this.#missing += 1;
      this.#seen[slot] = 0;
    }
    if (to > this.#base) {
      this.#missing += to - this.#base;
      this.#base = to;
    }
  }
}

/** The number between `:` and `)`; -1 where there is none. */
function serialOf(bytes: Buffer, start: number): number {
  const limit = Math.min(bytes.length, start + 48);
  let at = start;
  while (at < limit && bytes[at] !== 58) at++;
  let serial = -1;
  for (at++; at < limit; at++) {
    const digit = (bytes[at] as number) - DIGIT_0;
    if (digit < 0 || digit > 9) break;
    serial = Math.max(serial, 0) * 10 + digit;
  }
  return serial;
}
