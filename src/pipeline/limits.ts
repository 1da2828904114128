import type { SeverityName } from "../alerts/catalogue.ts";
import type { Told } from "./repeats.ts";

export interface Limits {
  readonly perMinute: number;
  readonly perDay: number;
}

/** What was held back since the last summary. */
export interface HeldBack {
  readonly since: number;
  readonly count: number;
  readonly bySeverity: Readonly<Partial<Record<SeverityName, number>>>;
  /** The alerts most held back, by count, at most 10. */
  readonly byAlert: Readonly<Record<string, number>>;
}

const minute = 60_000;
const day = 86_400_000;

/**
 * Bounds the messages per minute and per day. A share of both is kept for the higher severities, so that a flood of
 * low ones cannot use up what a high one needs: low may use 50 %, medium 80 %, high all of it. What is held back is
 * counted and told in one summary (which is outside the bound, at most one a minute).
 */
export class Limiter {
  #minute = { start: 0, sent: 0 };
  #day = { start: 0, sent: 0 };
  #held:
    | { since: number; count: number; bySeverity: Partial<Record<SeverityName, number>>; byAlert: Map<string, number> }
    | undefined;

  /** True when the message may go; otherwise it is counted as held back. `now` is the host's clock, epoch ms. */
  allows(told: Told, limits: Limits, now: number): boolean {
    this.#roll(now);
    const share = shares[told.severity];
    if (this.#minute.sent < Math.ceil(limits.perMinute * share) && this.#day.sent < Math.ceil(limits.perDay * share)) {
      this.#minute.sent++;
      this.#day.sent++;
      return true;
    }
    this.#hold(told, now);
    return false;
  }

  /** The summary, once the minute in which the holding began is over; undefined when there is nothing to tell. */
  summary(now: number): HeldBack | undefined {
    const held = this.#held;
    if (!held || now - held.since < minute) return undefined;
    this.#held = undefined;
    const top = [...held.byAlert].sort((a, b) => b[1] - a[1]).slice(0, 10);
    return { since: held.since, count: held.count, bySeverity: held.bySeverity, byAlert: Object.fromEntries(top) };
  }

  /** The day's count survives a restart, otherwise restarting would renew the allowance. */
  snapshot(): unknown {
    return { day: this.#day };
  }

  restore(saved: unknown): void {
    const d = (saved as { day?: { start?: unknown; sent?: unknown } } | undefined)?.day;
    if (typeof d?.start === "number" && typeof d.sent === "number") this.#day = { start: d.start, sent: d.sent };
  }

  #roll(now: number): void {
    // A clock that was set back must not freeze the bound: a start in the future begins a new window too.
    if (now - this.#minute.start >= minute || now < this.#minute.start) this.#minute = { start: now, sent: 0 };
    const today = Math.floor(now / day) * day;
    if (today !== this.#day.start) this.#day = { start: today, sent: 0 };
  }

  #hold({ severity, finding, count }: Told, now: number): void {
    this.#held ??= { since: now, count: 0, bySeverity: {}, byAlert: new Map() };
    this.#held.count += count;
    this.#held.bySeverity[severity] = (this.#held.bySeverity[severity] ?? 0) + count;
    this.#held.byAlert.set(finding.alert, (this.#held.byAlert.get(finding.alert) ?? 0) + count);
  }
}

const shares = { informational: 0.5, low: 0.5, medium: 0.8, high: 1 } as const satisfies Record<SeverityName, number>;
