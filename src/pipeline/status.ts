import { BehaviorSubject, type Observable, Subject } from "rxjs";
import type { AlertId, SeverityName } from "../alerts/catalogue.ts";
import type { Fact, FactKind, SourceName, SourceReported } from "../events/fact.ts";
import type { HubStatus, OutboxStatus } from "../ports.ts";
import type { DetectorCount } from "./engine.ts";

/** How the last load of a threat list went. */
export interface ListReport {
  readonly state: "loaded" | "unchanged" | "failed";
  /** Entries in force. */
  readonly size: number;
  /** Epoch ms. */
  readonly at: number;
  readonly reason?: string;
}

const day = 86_400_000;

/** What the module knows of itself; the source of reported properties, metrics, `getStatus` and the local view. */
export class Status {
  readonly startedAt: number;
  readonly #sources = new BehaviorSubject<ReadonlyMap<SourceName, SourceReported>>(new Map());
  readonly facts = new Map<FactKind, number>();
  readonly alerts = new Map<AlertId, number>();
  /** Messages of each alert by the severity they were sent with, which settings may change. */
  readonly alertsBySeverity = new Map<AlertId, Partial<Record<SeverityName, number>>>();
  /** Findings that were not sent, by why. */
  readonly withheld = { observed: 0, "below-confidence": 0, excepted: 0, repeated: 0, limited: 0 };
  /** Findings in observe mode, by alert. */
  readonly observed = new Map<AlertId, number>();
  /** Alerts told today (UTC), by severity. */
  readonly today: { day: number; bySeverity: Partial<Record<SeverityName, number>> } = { day: 0, bySeverity: {} };
  readonly lost = new Map<SourceName, number>();
  /** Threat lists that are configured, by name. */
  readonly lists = new Map<string, ListReport>();
  readonly #changed = new Subject<void>();
  detectors: () => ReadonlyMap<string, DetectorCount> = () => new Map();
  outbox: () => OutboxStatus = () => ({ depth: 0, bytes: 0, evicted: {}, setAside: 0 });
  hub: HubStatus = { state: "connecting", reason: "not yet connected" };
  lastAcknowledgedAt: number | undefined;
  exceptionsApplied: () => ReadonlyMap<string, number> = () => new Map();

  constructor(now: number) {
    this.startedAt = now;
  }

  /** Health of every source; emits at once and on change. */
  get sources(): Observable<ReadonlyMap<SourceName, SourceReported>> {
    return this.#sources;
  }

  get sourcesNow(): ReadonlyMap<SourceName, SourceReported> {
    return this.#sources.value;
  }

  /** Emits when something changed that an operator should see soon (a source's state, the hub's state). */
  get changed(): Observable<void> {
    return this.#changed;
  }

  count(fact: Fact): void {
    this.facts.set(fact.kind, (this.facts.get(fact.kind) ?? 0) + 1);
    if (fact.kind === "coverage.lost") this.lost.set(fact.source, (this.lost.get(fact.source) ?? 0) + fact.lost);
  }

  sourceReported(report: SourceReported): void {
    const known = this.#sources.value.get(report.source);
    if (known && known.state === report.state && known.reason === report.reason) return;
    this.#sources.next(new Map(this.#sources.value).set(report.source, report));
    // A reason may hold a count that moves all the time: it waits for the next minute.
    if (known?.state !== report.state) this.#changed.next();
  }

  hubReported(status: HubStatus): void {
    const before = this.hub.state;
    this.hub = status;
    if (before !== status.state) this.#changed.next();
  }

  /** A threat list was loaded or failed; undefined: it is no longer configured. */
  listReported(name: string, report: ListReport | undefined): void {
    const before = this.lists.get(name);
    if (report === undefined) this.lists.delete(name);
    else this.lists.set(name, report);
    if (before?.state !== report?.state && report?.state !== "unchanged") this.#changed.next();
  }

  /** A finding was not sent. */
  withhold(alert: AlertId, why: keyof Status["withheld"], count = 1): void {
    this.withheld[why] += count;
    if (why === "observed") this.observed.set(alert, (this.observed.get(alert) ?? 0) + count);
  }

  told(alert: AlertId, severity: SeverityName, now: number): void {
    this.alerts.set(alert, (this.alerts.get(alert) ?? 0) + 1);
    const ofAlert = this.alertsBySeverity.get(alert) ?? {};
    ofAlert[severity] = (ofAlert[severity] ?? 0) + 1;
    this.alertsBySeverity.set(alert, ofAlert);
    const bySeverity = this.alertsToday(now);
    bySeverity[severity] = (bySeverity[severity] ?? 0) + 1;
  }

  /** Alerts told on the UTC day of `now`, since this start. */
  alertsToday(now: number): Partial<Record<SeverityName, number>> {
    const today = Math.floor(now / day);
    if (today !== this.today.day) {
      this.today.day = today;
      this.today.bySeverity = {};
    }
    return this.today.bySeverity;
  }
}
