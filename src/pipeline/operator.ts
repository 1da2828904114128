import { merge, Subject, type Subscription, timer } from "rxjs";
import { exhaustMap, throttleTime } from "rxjs/operators";
import type { AlertId } from "../alerts/catalogue.ts";
import { fromClassicTwin } from "../config/classic-twin.ts";
import type { Configuration, ConfigurationReader, Judged } from "../config/configuration.ts";
import { checkSize } from "../config/twin-limits.ts";
import type { Hub, Log, TwinUpdate } from "../ports.ts";
import { type DescribeContext, describe } from "./describe.ts";
import type { Guard } from "./guard.ts";
import { heartbeat } from "./heartbeat.ts";
import { answer } from "./methods.ts";
import { reportedConfiguration, reportedStatus, type TwinOutcome } from "./report.ts";
import type { Status } from "./status.ts";

/** The last good configuration, as kept on disk. */
export interface LastGood {
  readonly desired: unknown;
  readonly version: number;
}

export interface OperatorParts {
  readonly hub: Hub;
  readonly guard: Guard;
  readonly reader: ConfigurationReader;
  readonly status: Status;
  readonly log: Log;
  readonly device: DescribeContext["device"];
  readonly version: string;
  saveLastGood(lastGood: LastGood): Promise<void>;
  recentAlerts(
    limit: number,
    before?: number,
  ): Promise<readonly { readonly number: number; readonly alert: unknown }[]>;
  /** Looks at posture and snapshots again. */
  scanNow(): void;
  /** Told of every configuration that was applied. */
  onConfiguration(configuration: Configuration): void;
  readonly now?: () => number;
}

/** At most one report a minute, plus what changed at once (a source's or the hub's state, a new twin). */
const reportEveryMs = 60_000;
const changeEveryMs = 5_000;

/** The operator's side: twin in, reported properties out, direct methods, heartbeat. */
export class Operator {
  readonly #parts: OperatorParts;
  readonly #subscriptions: Subscription[] = [];
  readonly #twinTaken = new Subject<void>();
  #outcome: TwinOutcome | undefined;
  #heartbeatTimer: NodeJS.Timeout | undefined;
  #heartbeatMinutes = -1;
  #lastReported = "";

  constructor(parts: OperatorParts) {
    this.#parts = parts;
  }

  start(): void {
    const { hub, status } = this.#parts;
    this.#subscriptions.push(
      hub.status.subscribe((s) => status.hubReported(s)),
      hub.twin.subscribe((update) => this.#take(update)),
      hub.methods.subscribe((call) => void answer(call, this.#targets())),
      merge(
        timer(reportEveryMs, reportEveryMs),
        this.#twinTaken,
        status.changed.pipe(throttleTime(changeEveryMs, undefined, { leading: true, trailing: true })),
      )
        .pipe(exhaustMap(() => this.#report()))
        .subscribe(),
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
  #take({ desired, version }: TwinUpdate): void {
    const { guard, log, reader } = this.#parts;
    if (isEmpty(desired) && !(version > 0)) {
      log.info("twin: edgeHub has no copy of it, the last good configuration stays");
      return;
    }
    const { desired: mapped, unmapped } = fromClassicTwin(desired);
    const judged = withSizeProblems(reader.read(mapped, guard.configuration), desired);
    this.#outcome = { version, judged, unmapped };
    this.#rejectProblems(judged, version);
    guard.configure(judged.configuration);
    this.#parts.onConfiguration(judged.configuration);
    log.info(`twin: version ${version} applied, configuration ${judged.hash}, ${judged.problems.length} problems`);
    // What was rejected must not come back from disk as if it were good: the effective sections are what is kept.
    void this.#parts
      .saveLastGood({ desired: judged.rejected.length === 0 ? mapped : judged.configuration, version })
      .catch((error: unknown) => {
        log.warn(`twin: the last good configuration cannot be stored: ${String(error)}`);
      });
    this.#beat();
    this.#twinTaken.next();
  }

  #rejectProblems(judged: Judged, desiredVersion: number): void {
    const at = this.#now();
    for (const { path, expected, got } of judged.problems.slice(0, 16)) {
      this.#parts.log.warn(`twin: ${path}: expected ${expected}, got ${got}`);
      this.#parts.guard.take({ kind: "configuration.rejected", at, path, expected, got, desiredVersion });
    }
  }

  async #report(): Promise<void> {
    const { hub, status, guard, log, version } = this.#parts;
    if (status.hub.state !== "connected") return;
    const patch = {
      ...(this.#outcome && reportedConfiguration(this.#outcome, version)),
      ...reportedStatus(status, guard.configuration),
    };
    const text = JSON.stringify(patch);
    const tooLarge = checkSize(patch)[0];
    if (text === this.#lastReported || tooLarge) {
      if (tooLarge) log.warn(`twin: reported properties would be refused: ${tooLarge.path}: ${tooLarge.got}`);
      return;
    }
    try {
      await hub.report(patch);
      this.#lastReported = text;
    } catch (error) {
      log.debug(`twin: report failed, will be repeated: ${String(error)}`);
    }
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

  #targets() {
    const { guard, status, recentAlerts, scanNow } = this.#parts;
    return {
      status: () => ({
        ...(this.#outcome && reportedConfiguration(this.#outcome, this.#parts.version)),
        ...reportedStatus(status, guard.configuration),
      }),
      recentAlerts,
      scanNow,
      testAlert: (alert: AlertId) => this.#testAlert(alert),
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

function withSizeProblems(judged: Judged, desired: unknown): Judged {
  return { ...judged, problems: [...checkSize(desired), ...judged.problems] };
}
