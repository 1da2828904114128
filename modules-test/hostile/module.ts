import { Subject as Emitter } from "rxjs";
import { LineLog } from "../../src/cli/log.ts";
import type { Configuration } from "../../src/config/configuration.ts";
import { ConfigurationReader } from "../../src/config/configuration.ts";
import { detectors } from "../../src/detectors/index.ts";
import type { Fact } from "../../src/events/fact.ts";
import { parseThreatList } from "../../src/parsers/threats/threat-list.ts";
import { ThreatLists } from "../../src/parsers/threats/threat-lists.ts";
import { Guard, type GuardState } from "../../src/pipeline/guard.ts";
import { ProcessTable } from "../../src/pipeline/process-table.ts";
import { Status } from "../../src/pipeline/status.ts";
import type { Log, Outbox, OutgoingMessage } from "../../src/ports.ts";
import type { Subject } from "./kind.ts";

export const device = { hostname: "host", deviceId: "device", moduleId: "vedette", hub: "hub.example" };

/** Everything on, everything told, custom alerts with settings, nothing held back: what can be said is said. */
export function loudest(): Configuration {
  const { configuration, problems } = new ConfigurationReader(detectors).read({
    alerts: {
      "custom-process-not-allowed": { allowed: ["/never"] },
      "custom-connection-not-allowed": { allowedAddresses: ["192.0.2.0/24"] },
      "custom-login-not-allowed": { allowedUsers: ["nobody"] },
    },
  });
  if (problems.length > 0) throw new Error(`the loudest configuration is not valid: ${JSON.stringify(problems)}`);
  const alerts = Object.fromEntries(
    Object.entries(configuration.alerts).map(([id, section]) => [
      id,
      { ...section, enabled: true, minConfidence: "low" },
    ]),
  ) as Configuration["alerts"];
  const limits = { perMinute: 1e9, perDay: 1e9 };
  return { ...configuration, alerts, limits, repeats: { windowMinutes: 1 } };
}

/** The module's own log, every line of which is judged. */
export function lineLog(subject: Pick<Subject, "printed">): Log {
  return new LineLog("debug", (line) => subject.printed(line));
}

/** The whole module without I/O: fold, engine with all detectors, policy, repeats, limits, describe, outbox. */
export class HostileModule {
  readonly guard: Guard;
  readonly status: Status;
  #state: string | undefined;

  constructor(subject: Omit<Subject, "take">, saved?: Partial<GuardState>) {
    const threats = new ThreatLists();
    threats.set(
      parseThreatList("list", "203.0.113.0/24\nevil.example\nhttp://evil.example/x\nimage:evil/miner\n").list,
    );
    this.status = new Status(subject.now());
    const outbox: Outbox = {
      append: async () => undefined,
      next: async () => [],
      acknowledge: async () => undefined,
      setAside: async () => undefined,
      status: () => ({ depth: 0, bytes: 0, evicted: {}, setAside: 0 }),
      appended: new Emitter<void>(),
      close: async () => undefined,
    };
    const log = lineLog(subject);
    this.guard = new Guard({
      streams: [],
      detectors,
      configuration: loudest(),
      context: { threats, userName: () => undefined },
      table: new ProcessTable(),
      outbox,
      status: this.status,
      log: {
        ...{ debug: log.debug.bind(log), info: log.info.bind(log), warn: log.warn.bind(log) },
        error: (text) => {
          log.error(text);
          subject.violated("throw", text);
        },
      },
      device,
      version: "1.0.0",
      ...(saved && { saved }),
      checkpoint: async (state) => {
        this.#state = state;
      },
      onMessage: (message: OutgoingMessage) => subject.sent(message),
      now: () => subject.now(),
    });
    this.guard.start();
  }

  take(fact: Fact): void {
    this.guard.take(fact);
  }

  /** Ends it; the state as it would be on disk. */
  async close(): Promise<string | undefined> {
    this.guard.take({ kind: "source.advanced", at: 0, source: "audit-log", position: 1 });
    await this.guard.close();
    return this.#state;
  }
}
