import type { AlertId, SeverityName } from "../alerts/catalogue.ts";
import type { Told } from "./repeats.ts";

export interface Limits {
  readonly perMinute: number;
  readonly perDay: number;
}

/** What was held back since the last summary. */
export interface HeldBack {
  readonly since: number;
  /** Findings, not messages: a repeat's closing count stands for those that were folded. */
  readonly count: number;
  readonly bySeverity: Readonly<Partial<Record<SeverityName, number>>>;
  /** Most first. */
  readonly byAlert: Readonly<Record<string, number>>;
  /** Some of what was held back, highest severity first, of each alert the first ones. */
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly alert: AlertId;
  readonly severity: SeverityName;
  readonly subject: string;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const samplesOfOne = 3;
const mostSamples = 20;

/** How much of the bounds a severity may use: what it leaves is there for the higher ones. */
const shares = { informational: 0.5, low: 0.5, medium: 0.8, high: 1 } as const satisfies Record<SeverityName, number>;
/** How much one alert may use: a flood of one leaves the other half to all others of its severity. */
const shareOfOne = 0.5;
const rank = { informational: 0, low: 1, medium: 2, high: 3 } as const satisfies Record<SeverityName, number>;

interface Period {
  start: number;
  sent: number;
  byAlert: Map<string, number>;
}

interface Holding {
  readonly since: number;
  count: number;
  readonly bySeverity: Partial<Record<SeverityName, number>>;
  readonly byAlert: Map<string, number>;
  readonly samples: Map<string, Sample[]>;
}

/**
 * Bounds the messages per minute and per day, so that a flood cannot run up the hub's bill nor hide an alert:
 *
 * - low findings may use half of a bound, medium ones 80 %, high ones all of it;
 * - one alert may use half of a bound;
 * - whatever is used up, the first message of an alert in a day goes out, and of a high alert the first in an hour: at
 *   most one for each of the catalogue's ids, above the bounds.
 *
 * What is held back is counted and told in one summary, outside the bounds: a minute after the holding began, then at
 * doubling distances up to an hour.
 *
 * Blind spot: among many findings of one alert that are held back in one flood, only the first subjects are named.
 */
export class Limiter {
  readonly #minute: Period = { start: 0, sent: 0, byAlert: new Map() };
  readonly #day: Period = { start: 0, sent: 0, byAlert: new Map() };
  readonly #lastTold = new Map<string, number>();
  #held: Holding | undefined;
  #summaryAfter = minute;
  #lastSummary = 0;

  /** True when the message may go; otherwise it is counted as held back. `now` is the host's clock, epoch ms. */
  allows(told: Told, limits: Limits, now: number): boolean {
    this.#roll(now);
    const { severity, finding } = told;
    const fits =
      below(this.#minute, limits.perMinute, severity, finding.alert) &&
      below(this.#day, limits.perDay, severity, finding.alert);
    if (!fits && !this.#isFirst(told, now)) {
      this.#hold(told, now);
      return false;
    }
    for (const period of [this.#minute, this.#day]) {
      period.sent++;
      period.byAlert.set(finding.alert, (period.byAlert.get(finding.alert) ?? 0) + 1);
    }
    this.#lastTold.set(finding.alert, now);
    return true;
  }

  /** The summary of what is being held back, when it is due; undefined when there is nothing to tell. */
  summary(now: number): HeldBack | undefined {
    const held = this.#held;
    if (now < this.#lastSummary) this.#lastSummary = now;
    if (!held && now - this.#lastSummary > hour) this.#summaryAfter = minute;
    if (!held || (now >= held.since && now - held.since < this.#summaryAfter)) return undefined;
    this.#held = undefined;
    this.#summaryAfter = Math.min(hour, this.#summaryAfter * 2);
    this.#lastSummary = now;
    const { since, count, bySeverity, byAlert } = held;
    const sorted = [...byAlert].sort((a, b) => b[1] - a[1]);
    return { since, count, bySeverity, byAlert: Object.fromEntries(sorted), samples: samplesOf(held) };
  }

  /**
   * The day's count survives a restart, otherwise restarting would renew the allowance; and what is held back but not
   * told yet, otherwise a flood and a kill would hide it.
   */
  snapshot(): unknown {
    const { start, sent, byAlert } = this.#day;
    const held = this.#held && { ...this.#held, byAlert: [...this.#held.byAlert], samples: samplesOf(this.#held) };
    return { day: { start, sent, byAlert: [...byAlert] }, lastTold: [...this.#lastTold], held };
  }

  /** Takes a snapshot back; anything malformed is left out. */
  restore(saved: unknown): void {
    const {
      day: d,
      lastTold,
      held,
    } = (saved ?? {}) as {
      day?: Record<string, unknown>;
      lastTold?: unknown;
      held?: unknown;
    };
    this.#held = holdingFrom(held);
    if (typeof d?.start === "number" && typeof d.sent === "number") {
      this.#day.start = d.start;
      this.#day.sent = d.sent;
      for (const [alert, sent] of pairs(d.byAlert)) this.#day.byAlert.set(alert, sent);
    }
    for (const [alert, at] of pairs(lastTold)) this.#lastTold.set(alert, at);
  }

  #isFirst({ finding, severity }: Told, now: number): boolean {
    const last = this.#lastTold.get(finding.alert);
    if (last === undefined || last > now) return true;
    return severity === "high" ? now - last >= hour : Math.floor(last / day) !== Math.floor(now / day);
  }

  #roll(now: number): void {
    // A clock that was set back must not freeze the bound: a start in the future begins a new window too.
    if (now - this.#minute.start >= minute || now < this.#minute.start) begin(this.#minute, now);
    const today = Math.floor(now / day) * day;
    if (today !== this.#day.start) begin(this.#day, today);
  }

  #hold({ severity, finding, activity, count }: Told, now: number): void {
    this.#held ??= { since: now, count: 0, bySeverity: {}, byAlert: new Map(), samples: new Map() };
    const held = this.#held;
    // The closing count of a window includes the finding that was told when it opened.
    const untold = Math.max(1, activity === "update" ? count - (finding.count ?? 1) : count);
    held.count += untold;
    held.bySeverity[severity] = (held.bySeverity[severity] ?? 0) + untold;
    held.byAlert.set(finding.alert, (held.byAlert.get(finding.alert) ?? 0) + untold);
    const samples = held.samples.get(finding.alert) ?? [];
    if (samples.length < samplesOfOne)
      held.samples.set(finding.alert, [
        ...samples,
        { alert: finding.alert, severity, subject: finding.subject.slice(0, 200) },
      ]);
  }
}

function below({ sent, byAlert }: Period, bound: number, severity: SeverityName, alert: AlertId): boolean {
  return sent < Math.ceil(bound * shares[severity]) && (byAlert.get(alert) ?? 0) < Math.ceil(bound * shareOfOne);
}

function begin(period: Period, start: number): void {
  period.start = start;
  period.sent = 0;
  period.byAlert.clear();
}

function samplesOf({ samples }: Holding): readonly Sample[] {
  return [...samples.values()]
    .flat()
    .sort((a, b) => rank[b.severity] - rank[a.severity])
    .slice(0, mostSamples);
}

/** Undefined for what is no holding; of the parts what is sound. */
function holdingFrom(saved: unknown): Holding | undefined {
  const { since, count, bySeverity, byAlert, samples } = (saved ?? {}) as Record<string, unknown>;
  if (typeof since !== "number" || typeof count !== "number" || !(count > 0)) return undefined;
  const severities = (bySeverity ?? {}) as Record<string, unknown>;
  const bySample = new Map<string, Sample[]>();
  for (const sample of Array.isArray(samples) ? samples.slice(0, mostSamples) : []) {
    if (!isSample(sample)) continue;
    bySample.set(sample.alert, [...(bySample.get(sample.alert) ?? []), sample]);
  }
  return {
    since,
    count,
    bySeverity: Object.fromEntries(
      (Object.keys(rank) as SeverityName[]).flatMap((name) => {
        const held = severities[name];
        return typeof held === "number" ? [[name, held]] : [];
      }),
    ),
    byAlert: new Map(pairs(byAlert)),
    samples: bySample,
  };
}

function isSample(value: unknown): value is Sample {
  const { alert, severity, subject } = (value ?? {}) as Record<string, unknown>;
  return typeof alert === "string" && typeof subject === "string" && Object.hasOwn(rank, String(severity));
}

function pairs(saved: unknown): [string, number][] {
  if (!Array.isArray(saved)) return [];
  return saved
    .slice(0, 256)
    .filter((p): p is [string, number] => Array.isArray(p) && typeof p[0] === "string" && typeof p[1] === "number");
}
