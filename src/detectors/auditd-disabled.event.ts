import { z } from "zod";
import type { AuditChanged, Process, SignalSent } from "../events/fact.ts";
import { ownRuleKey } from "../parsers/audit/own-rule-key.ts";
import { correlator, type Match } from "./detector.ts";
import { fromPackageManager } from "./knowledge/ancestry.ts";
import { isAuditService } from "./knowledge/auditing.ts";
import { Held } from "./knowledge/held.ts";
import { endsProcess } from "./knowledge/kills.ts";
import { basename } from "./knowledge/paths.ts";
import { unitName } from "./knowledge/services.ts";
import { reloadSeconds } from "./knowledge/shared-settings.ts";

/**
 * The audit trail itself says that it was switched off: a configuration record, the daemon's end, its unit's stop, a
 * signal to it. An end is nearly always a shutdown or a restart (15 of 16 in real logs), so it waits for either.
 *
 * Blind spot: a daemon that is killed and whose log then says nothing more; `coverage-lost` tells of that silence.
 */
export const auditdDisabledEvent = correlator({
  alert: "auditd-disabled",
  on: [
    "audit.changed",
    "signal.sent",
    "service.stopped",
    "service.started",
    "host.shutdown",
    "host.booted",
    "clock.ticked",
  ],
  settings: z.object({
    reloadSeconds,
    shutdownSeconds: z
      .number()
      .int()
      .min(0)
      .max(3600)
      .default(120)
      .describe("The end of auditd within this many seconds of a shutdown raises no alert."),
    restartSeconds: z
      .number()
      .int()
      .min(0)
      .max(3600)
      .default(60)
      .describe("An auditd that runs again within this many seconds raises no alert."),
  }),
  memory: () => ({ held: new Held(), powerAt: Number.NEGATIVE_INFINITY }),
  step(fact, memory, settings) {
    const { held } = memory;
    const due = held.due(fact.at);
    const atPower = fact.at - memory.powerAt <= settings.shutdownSeconds * 1000;
    switch (fact.kind) {
      case "host.shutdown":
      case "host.booted":
        held.dismiss(fact.at);
        memory.powerAt = fact.at;
        return due;
      case "service.started":
        if (isAuditService(unitName(fact.unit))) held.dismiss(fact.at, "end");
        return due;
      case "service.stopped":
        if (unitName(fact.unit) === "auditd" && !atPower)
          held.hold("end", ended("its service stopped"), fact.at, waitMs(settings));
        return due;
      case "signal.sent": {
        const match = atPower ? undefined : signalled(fact);
        return match ? [...due, match] : due;
      }
      case "audit.changed": {
        const match = changed(fact, held, settings, atPower);
        return match ? [...due, match] : due;
      }
      default:
        return due;
    }
  },
});

interface Windows {
  readonly reloadSeconds: number;
  readonly shutdownSeconds: number;
  readonly restartSeconds: number;
}

/** The shutdown's record may come after the daemon's end. */
function waitMs({ shutdownSeconds, restartSeconds }: Windows): number {
  return Math.max(shutdownSeconds, restartSeconds) * 1000;
}

function changed(fact: AuditChanged, held: Held, windows: Windows, atPower: boolean): Match | undefined {
  const { process } = fact;
  switch (fact.change) {
    case "disabled":
      return atPower || (process && fromPackageManager(process)) ? undefined : off(process);
    case "enabled":
    case "rule-added":
      held.dismiss(fact.at, "rules");
      return undefined;
    case "daemon-started":
      held.dismiss(fact.at);
      return undefined;
    case "daemon-ended":
      if (!atPower) held.hold("end", ended("it ended", process), fact.at, waitMs(windows));
      return undefined;
    case "daemon-aborted":
      return ended("it aborted", process);
    case "rule-removed":
      // Vedette gives way to auditd; where it was started before auditing was, the kernel does not name it.
      if (fact.key === ownRuleKey && !process) return undefined;
      if (!atPower && !(process && fromPackageManager(process)))
        held.hold("rules", removed(process), fact.at, windows.reloadSeconds * 1000);
      return undefined;
    default:
      return undefined;
  }
}

function off(process: Process | undefined): Match {
  return {
    subject: "audit off",
    reason: "auditing was switched off in the kernel",
    confidence: "high",
    evidence: process ? { process } : { data: { change: "disabled" } },
  };
}

function ended(how: string, process?: Process): Match {
  return {
    subject: "auditd ended",
    reason: `auditd no longer records: ${how}, with no shutdown and no restart`,
    evidence: process ? { process } : { data: { unit: "auditd" } },
  };
}

function removed(process: Process | undefined): Match {
  return {
    subject: "audit rules removed",
    reason: "audit rules were removed and none loaded since",
    evidence: process ? { process } : { data: { change: "rule-removed" } },
  };
}

/** systemd ends its services itself; what it does shows as the unit's stop. */
function signalled({ signal, target, process }: SignalSent): Match | undefined {
  const byInit =
    process.pid === 1 || basename(process.exe) === "systemd" || basename(process.exe) === "systemd-shutdown";
  if (target.comm !== "auditd" || !endsProcess(signal) || byInit || fromPackageManager(process)) return undefined;
  return {
    subject: "auditd signalled",
    reason: `auditd was sent signal ${signal}`,
    confidence: "high",
    evidence: { process, data: { signal, target: target.pid } },
  };
}
