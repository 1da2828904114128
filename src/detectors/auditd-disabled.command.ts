import { z } from "zod";
import type { Process } from "../events/fact.ts";
import { correlator, type Match } from "./detector.ts";
import { belowPackageManager } from "./knowledge/ancestry.ts";
import { type AuditAct, disablesAudit, loadsRules } from "./knowledge/auditing.ts";
import { type Command, commandLine } from "./knowledge/command.ts";
import { Held } from "./knowledge/held.ts";
import { deed, localCommands } from "./knowledge/local.ts";
import { reloadSeconds } from "./knowledge/shared-settings.ts";

/**
 * A command that stops the audit daemon, switches auditing off, or takes its rules away.
 *
 * `auditctl -D` is also how rules are loaded anew, so it waits a moment for `auditctl -R`; all else fires at once.
 * Blind spot: a program that speaks to the kernel's audit socket itself (see the means `event`).
 */
export const auditdDisabledCommand = correlator({
  alert: "auditd-disabled",
  on: ["process.started", "audit.changed", "clock.ticked"],
  settings: z.object({
    reloadSeconds,
  }),
  memory: () => new Held(),
  concerns: (fact) => fact.kind !== "process.started" || acts(fact.process).length > 0,
  awaits: (_fact, held) => held.waiting,
  step(fact, held, { reloadSeconds }) {
    const due = held.due(fact.at);
    if (fact.kind === "audit.changed" && fact.change === "rule-added") held.dismiss(fact.at);
    if (fact.kind !== "process.started") return due;
    const found: Match[] = [];
    for (const { command, act } of acts(fact.process)) {
      if (act === "reload") {
        held.dismiss(fact.at);
        found.length = 0;
        continue;
      }
      const match = describe(command, act, fact.process);
      if (act.reloadable) held.hold(match.subject, match, fact.at, reloadSeconds * 1000);
      else found.push(match);
    }
    return found.length > 0 ? [...due, ...found] : due;
  },
});

interface Seen {
  readonly command: Command;
  readonly act: AuditAct | "reload";
}

function acts(process: Process): readonly Seen[] {
  const seen: Seen[] = [];
  for (const command of localCommands(commandLine(process))) {
    const act = loadsRules(command) ? "reload" : disablesAudit(command);
    if (act) seen.push({ command, act });
  }
  return seen.length > 0 && belowPackageManager(process) ? [] : seen;
}

function describe(command: Command, { reason, weak }: AuditAct, process: Process): Match {
  return {
    subject: deed(command),
    reason,
    confidence: weak ? "low" : "high",
    evidence: { process, container: process.container, data: { command: deed(command) } },
  };
}
