/** What the source says of itself: live, or live but for some paths, and what it missed before it began. */
import type { SourceReported } from "../../events/fact.ts";
import type { SavedState } from "./saved-state.ts";

/** How long a gap stays in the source's reason. */
const GAP_TOLD_MS = 3_600_000;

export class Sight {
  readonly #now: () => number;
  #told: string | undefined;
  #gap = "";
  #gapUntil = 0;
  #unreachable: readonly string[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** There is no log to read again: what happened in between is not known. */
  missedSince({ at }: SavedState): void {
    const now = this.#now();
    const [from, to] = [Math.min(at, now), now].map((time) => `${new Date(time).toISOString().slice(0, 19)}Z`);
    this.#gap = `what happened between ${from} and ${to}, while Vedette was not running, was not recorded`;
    this.#gapUntil = now + GAP_TOLD_MS;
  }

  watchesAllBut(unreachable: readonly string[]): void {
    this.#unreachable = unreachable;
  }

  /** The report, if it is not what was told last. */
  changed(): SourceReported | undefined {
    const at = this.#now();
    const unseen = this.#unreachable.length > 0;
    const reasons = [
      ...(at < this.#gapUntil ? [this.#gap] : []),
      ...(unseen ? [`not watched, for they cannot be reached from here: ${this.#unreachable.join(", ")}`] : []),
    ];
    const reason = reasons.join("; ");
    if (reason === this.#told) return undefined;
    this.#told = reason;
    return {
      kind: "source.reported",
      at,
      source: "audit-netlink",
      state: unseen ? "degraded" : "live",
      reason,
      ...(unseen && { remedy: "add CapAdd SYS_PTRACE and PidMode host, or bind these paths below the host root" }),
    };
  }
}
