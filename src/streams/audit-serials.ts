/**
 * How many events lie between two pieces of a log: the kernel numbers its events without gaps (kernel/audit.c,
 * `audit_serial`), so the number of those that were never read is known although they are gone.
 *
 * Blind spot: over a reboot the numbers begin anew; then nothing is known.
 */
const MARK = Buffer.from("msg=audit(");
/** `1700000000.123:4294967295)` */
const STAMP_BYTES = 32;
/** More is no gap but another count: the kernel's counter is of 32 bits and wraps. */
const MOST_GAP = 100_000_000;

export class AuditSerials {
  #last: number | undefined;

  /** Takes the next piece, whole lines; returns how many events are missing before it, undefined when not known. */
  next(bytes: Buffer): number | undefined {
    const first = serialAt(bytes, bytes.indexOf(MARK));
    const before = this.#last;
    this.#last = serialAt(bytes, bytes.lastIndexOf(MARK)) ?? before;
    if (first === undefined || before === undefined) return undefined;
    const gap = first - before - 1;
    return gap >= 0 && gap < MOST_GAP ? gap : undefined;
  }
}

function serialAt(bytes: Buffer, mark: number): number | undefined {
  if (mark < 0) return undefined;
  const start = mark + MARK.length;
  const serial = /^\d{1,12}\.\d{1,9}:(\d{1,10})\)/.exec(bytes.toString("latin1", start, start + STAMP_BYTES))?.[1];
  return serial === undefined ? undefined : Number(serial);
}
