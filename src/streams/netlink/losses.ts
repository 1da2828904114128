/** What was not seen: by the kernel's own count of records, and by the gaps in its numbering of events. */
import { HEADER_BYTES } from "./abi.ts";
import { SerialGaps } from "./serial-gaps.ts";

/** Events that are still on their way do not count: after this pause none is. */
const QUIET_MS = 500;
const TOO_FAST = "records came faster than they could be read (ENOBUFS)";
const BACKLOG_FULL = "the kernel lost audit records: its backlog was full";
const MISSING = "events are missing in the kernel's numbering";

export class Losses {
  readonly #gaps = new SerialGaps();
  #lostBefore = 0;
  #overrunsBefore = 0;
  #sawAt = 0;
  #begun = false;

  /** @param lost the kernel's count at the beginning */
  begin(lost: number): void {
    this.#lostBefore = lost;
  }

  saw(datagram: Buffer): void {
    this.#gaps.saw(datagram, HEADER_BYTES);
    this.#sawAt = performance.now();
  }

  /** What was lost since the last time: records or events, whichever are more. */
  since(lost: number, overruns: number): { readonly lost: number; readonly reason: string } | undefined {
    const gaps = this.#gaps.settle(performance.now() - this.#sawAt > QUIET_MS);
    // At first the kernel may send what it had kept from before, with gaps of that time.
    const missing = this.#begun ? gaps : 0;
    this.#begun = true;
    // Set back by `auditctl --reset-lost`.
    const byKernel = lost >= this.#lostBefore ? lost - this.#lostBefore : lost;
    const overrun = overruns > this.#overrunsBefore;
    this.#lostBefore = lost;
    this.#overrunsBefore = overruns;
    const most = Math.max(missing, byKernel);
    if (most === 0) return undefined;
    return { lost: most, reason: overrun ? TOO_FAST : byKernel > 0 ? BACKLOG_FULL : MISSING };
  }
}
