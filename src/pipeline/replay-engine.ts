import { type AlertId, catalogue } from "../alerts/catalogue.ts";
import type { Configuration } from "../config/configuration.ts";
import type { Context, Detector, Finding } from "../detectors/detector.ts";
import type { Fact } from "../events/fact.ts";
import { Engine } from "./engine.ts";
import { foldLogins } from "./fold-logins.ts";
import { Policy } from "./policy.ts";
import { ProcessTable } from "./process-table.ts";
import { Repeats, type Told } from "./repeats.ts";
import { ReplayClock } from "./replay-clock.ts";

export interface ReplayOptions {
  readonly detectors: readonly Detector[];
  readonly configuration: Configuration;
  readonly context: Context;
  /** Tell each finding, also those below the confidence floor and repeats. */
  readonly every: boolean;
  tell(told: Told): void;
  onFault?(detector: string, error: unknown): void;
}

/** The live pipeline without streams, outbox and limits: facts of a log in, alerts out, in the log's own time. */
export class ReplayEngine {
  readonly #options: ReplayOptions;
  readonly #engine: Engine;
  readonly #fold = foldLogins();
  readonly #policy: Policy;
  readonly #repeats = new Repeats();
  readonly #clock = new ReplayClock();
  #latest = 0;

  constructor(options: ReplayOptions) {
    this.#options = options;
    const { configuration, context, detectors, onFault } = options;
    this.#policy = new Policy((alert: AlertId) => catalogue[alert].severity, context);
    this.#engine = new Engine({
      detectors,
      settingsOf: (alert) => configuration.alerts[alert],
      enabled: (alert) => configuration.alerts[alert].enabled,
      context,
      table: new ProcessTable(),
      onFault,
    });
  }

  push(fact: Fact): void {
    this.#latest = Math.max(this.#latest, fact.at);
    for (const tick of this.#clock.before(fact.at)) this.#fact(tick);
    this.#fact(fact);
  }

  /** Closes every window. */
  end(): void {
    this.#fact(this.#clock.end());
    for (const told of this.#repeats.close(Number.POSITIVE_INFINITY, 0)) this.#options.tell(told);
  }

  #fact(fact: Fact): void {
    for (const folded of this.#fold(fact)) for (const finding of this.#engine.push(folded)) this.#decide(finding);
  }

  #decide(finding: Finding): void {
    const { configuration, every, tell } = this.#options;
    const verdict = this.#policy.judge(finding, configuration);
    if (every) {
      if (verdict.outcome === "excepted") return;
      const severity =
        verdict.outcome === "send" ? verdict.severity : (finding.severity ?? catalogue[finding.alert].severity);
      const seen = {
        count: finding.count ?? 1,
        firstSeen: finding.firstSeen ?? finding.at,
        lastSeen: finding.at,
        opened: finding.at,
      };
      tell({ finding, severity, activity: "create", ...seen });
      return;
    }
    if (verdict.outcome !== "send") return;
    const windowMs = configuration.repeats.windowMinutes * 60_000;
    for (const told of this.#repeats.take(finding, verdict.severity, windowMs)) tell(told);
  }
}
