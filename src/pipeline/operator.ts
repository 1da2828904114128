import { merge, Subject, type Subscription, timer } from "rxjs";
import { distinctUntilChanged, filter, map, throttleTime } from "rxjs/operators";
import type { AlertId } from "../alerts/catalogue.ts";
import { hashOf } from "../config/canonical.ts";
import type { Configuration, ConfigurationReader, Judged } from "../config/configuration.ts";
import type { Hub, Log, TwinUpdate } from "../ports.ts";
import { type DescribeContext, describe } from "./describe.ts";
import type { Guard } from "./guard.ts";
import { heartbeat } from "./heartbeat.ts";
import { answer, type MethodTargets } from "./methods.ts";
import { reported, type TwinOutcome } from "./report.ts";
import { Reporter } from "./reporter.ts";
import type { Status } from "./status.ts";

/** The last good configuration, as kept on disk. */
export interface LastGood {
  /** Desired properties that give the configuration in force again. */
  readonly desired: unknown;
  readonly version: number;
  /** Mark of the twin whose problems were told last. */
  readonly told?: string;
}

export interface OperatorParts {
  readonly hub: Hub;
  readonly guard: Guard;
  readonly reader: ConfigurationReader;
  readonly status: Status;
  readonly log: Log;
  readonly device: DescribeContext["device"];
  readonly version: string;
  /** What the module started with: stands in the reported properties until the hub tells its twin. */
  readonly started?: TwinOutcome & { readonly told?: string };
  saveLastGood(lastGood: LastGood): Promise<void>;
  recentAlerts: MethodTargets["recentAlerts"];
  /** Looks at posture and snapshots again. */
  scanNow(): void;
  /** Told of every configuration that was applied. */
  onConfiguration(configuration: Configuration): void;
  readonly now?: () => number;
}

/**
 * What changed at once (a source's or the hub's state, a new twin) is reported soon, counts every ten minutes: the hub
 * bills a patch like a message, and counts change all day while something goes on.
 */
const reportEveryMs = 600_000;
const changeEveryMs = 10_000;
/** Problems of one twin that raise an alert each; all are in the log. */
const mostTold = 16;

/** The operator's side: twin in, reported properties out, direct methods, heartbeat. */
export class Operator {
  readonly #parts: OperatorParts;
  readonly #subscriptions: Subscription[] = [];
  readonly #twinTaken = new Subject<void>();
  readonly #reporter: Reporter;
  #outcome: TwinOutcome | undefined;
  #told: string | undefined;
  #heartbeatTimer: NodeJS.Timeout | undefined;
  #heartbeatMinutes = -1;

  constructor(parts: OperatorParts) {
    this.#parts = parts;
    this.#outcome = parts.started;
    this.#told = parts.started?.told;
    this.#reporter = new Reporter({
      hub: parts.hub,
      log: parts.log,
      document: () => this.#document(),
      isConnected: () => parts.status.hub.state === "connected",
    });
  }

  start(): void {
    const { hub, status } = this.#parts;
    const connected = hub.status.pipe(
      map(({ state }) => state),
      distinctUntilChanged(),
      filter((state) => state === "connected"),
    );
    this.#subscriptions.push(
      // Before the state is passed on: that makes a report.
      connected.subscribe(() => this.#reporter.doubt()),
      hub.status.subscribe((s) => status.hubReported(s)),
      hub.twin.subscribe((update) => this.#take(update)),
      hub.methods.subscribe((call) => void answer(call, this.#targets())),
      merge(
        timer(reportEveryMs, reportEveryMs),
        this.#twinTaken,
        status.changed.pipe(throttleTime(changeEveryMs, undefined, { leading: true, trailing: true })),
      ).subscribe(() => void this.#reporter.report()),
    );
    this.#beat();
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    clearInterval(this.#heartbeatTimer);
  }

  /**
   * Takes the full desired properties. An empty twin without version is what edgeHub answers offline when it knows
   * none (StoringTwinManager.cs): not a reset.
   */
  #take({ desired, version, reported: known }: TwinUpdate): void {
    const { guard, log, reader } = this.#parts;
    if (isEmpty(desired) && !(version > 0)) {
      log.info("twin: edgeHub has no copy of it, the last good configuration stays");
      return;
    }
    this.#reporter.learn(known);
    const judged = reader.read(desired, guard.configuration);
    const told = hashOf([version, judged.problems, judged.hash]);
    if (judged.hash !== hashOf(guard.configuration)) {
      guard.configure(judged.configuration);
      this.#parts.onConfiguration(judged.configuration);
    }
    // The same twin comes again with every start and every new connection: its problems are no news then.
    if (told !== this.#told) this.#tellProblems(judged, version);
    this.#told = told;
    this.#outcome = { version, judged };
    log.info(`twin: version ${version} applied, configuration ${judged.hash}, ${judged.problems.length} problems`);
    this.#save(desired, { version, judged }, told);
    this.#beat();
    this.#twinTaken.next();
  }

  /** What was rejected must not come back from disk as if it were good: then the effective sections are kept. */
  #save(desired: unknown, { version, judged }: TwinOutcome, told: string): void {
    const good = Object.keys(judged.rejected).length === 0 ? desired : judged.configuration;
    void this.#parts.saveLastGood({ desired: good, version, told }).catch((error: unknown) => {
      this.#parts.log.warn(`twin: the last good configuration cannot be stored: ${String(error)}`);
    });
  }

  #tellProblems({ problems }: Judged, desiredVersion: number): void {
    const at = this.#now();
    for (const { path, expected, got } of problems)
      this.#parts.log.warn(`twin: ${path}: expected ${expected}, got ${got}`);
    for (const { path, expected, got } of problems.slice(0, mostTold))
      this.#parts.guard.take({ kind: "configuration.rejected", at, path, expected, got, desiredVersion });
  }

  #document() {
    const { guard, status, version } = this.#parts;
    return reported(this.#outcome, status, guard.configuration, version, this.#now());
  }

  /** Sends a heartbeat now and from then on at the configured interval; an unchanged interval goes on as it was. */
  #beat(): void {
    const { intervalMinutes } = this.#parts.guard.configuration.heartbeat;
    if (intervalMinutes === this.#heartbeatMinutes) return;
    this.#heartbeatMinutes = intervalMinutes;
    clearInterval(this.#heartbeatTimer);
    if (intervalMinutes === 0) return;
    const send = () => {
      const { guard, status, version, device } = this.#parts;
      guard.enqueue(heartbeat(status, intervalMinutes, version, `${device.deviceId}/${device.moduleId}`, this.#now()));
    };
    send();
    this.#heartbeatTimer = setInterval(send, intervalMinutes * 60_000).unref();
  }

  #targets(): MethodTargets {
    const { guard, recentAlerts, scanNow } = this.#parts;
    return {
      status: () => this.#document(),
      recentAlerts,
      scanNow,
      testAlert: (alert) => this.#testAlert(alert),
      configuration: () => guard.configuration,
    };
  }

  #testAlert(alert: AlertId): string {
    const { guard, device, version } = this.#parts;
    const at = this.#now();
    const message = describe(
      {
        alert,
        at,
        subject: "test alert",
        reason: "raised by the direct method testAlert; nothing happened on the device",
        confidence: "high",
        evidence: { data: { test: true } },
      },
      { device, version, language: guard.configuration.language, redact: true, test: true },
    );
    guard.enqueue(message);
    return message.id;
  }

  #now(): number {
    return (this.#parts.now ?? Date.now)();
  }
}

function isEmpty(desired: unknown): boolean {
  return desired === null || typeof desired !== "object" || Object.keys(desired).every((key) => key.startsWith("$"));
}
