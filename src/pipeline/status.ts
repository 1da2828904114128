import { BehaviorSubject, type Observable, Subject } from "rxjs";
import type { AlertId, SeverityName } from "../alerts/catalogue.ts";
import type { Fact, FactKind, SourceName, SourceReported } from "../events/fact.ts";
import type { HubStatus, OutboxStatus } from "../ports.ts";
import type { DetectorCount } from "./engine.ts";

/** What the module knows of itself; the source of reported properties, metrics, `getStatus` and the local view. */
export class Status {
  readonly startedAt: number;
  readonly #sources = new BehaviorSubject<ReadonlyMap<SourceName, SourceReported>>(new Map());
  readonly facts = new Map<FactKind, number>();
  readonly alerts = new Map<AlertId, number>();
  /** Findings that were not sent, by why. */
  readonly withheld = { observed: 0, "below-confidence": 0, excepted: 0, repeated: 0, limited: 0 };
  /** Alerts told today (UTC), by severity. */
  readonly today: { day: number; bySeverity: Partial<Record<SeverityName, number>> } = { day: 0, bySeverity: {} };
  readonly lost = new Map<SourceName, number>();
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
    this.#changed.next();
  }

  hubReported(status: HubStatus): void {
    const before = this.hub.state;
    this.hub = status;
    if (before !== status.state) this.#changed.next();
  }

  told(alert: AlertId, severity: SeverityName, now: number): void {
    this.alerts.set(alert, (this.alerts.get(alert) ?? 0) + 1);
    const day = Math.floor(now / 86_400_000);
    if (day !== this.today.day) {
      this.today.day = day;
      this.today.bySeverity = {};
    }
    this.today.bySeverity[severity] = (this.today.bySeverity[severity] ?? 0) + 1;
  }
}
