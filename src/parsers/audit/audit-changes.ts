/** CONFIG_CHANGE (kernel/audit.c, auditfilter.c) and auditd's own DAEMON_* records -> `audit.changed`. */
import type { AuditChanged, CoverageLost, Process } from "../../events/fact.ts";
import { titleOf } from "./arguments.ts";
import type { AuditEvent } from "./event.ts";
import { Fields } from "./fields.ts";
import { lostBeforeReset } from "./lost.ts";
import { processOf } from "./process.ts";
import type { Piece } from "./record.ts";

/** `op=add_rule` since Linux 3.x; `op="add rule"` and `op=remove rule` before. */
const rules: Readonly<Record<string, AuditChanged["change"]>> = {
  add_rule: "rule-added",
  "add rule": "rule-added",
  remove_rule: "rule-removed",
  "remove rule": "rule-removed",
};

/** Refused changes (`res=0`) and re-resolved watches (`updated_rules`) make none. */
export function configFacts({ at, config, syscall, proctitle }: AuditEvent): (AuditChanged | CoverageLost)[] {
  if (!config) return [];
  const fields = new Fields(config);
  if (fields.raw(" res=") === "0") return [];
  const lost = lostBeforeReset(fields, at);
  if (lost) return [lost];
  const op = operation(fields);
  const change = switched(fields) ?? (Object.hasOwn(rules, op) ? rules[op] : undefined);
  if (change === undefined) return [];
  const process = syscall && processOf(new Fields(syscall));
  const key = fields.string(" key=");
  return [
    {
      kind: "audit.changed",
      at,
      change,
      ...(process ? { process: { ...process, argv: title(process, proctitle) } } : {}),
      ...(key === undefined ? {} : { key }),
    },
  ];
}

/** `audit_enabled=0 old=1`: 2 is on and locked. Telling what already was is no change. */
function switched(fields: Fields): AuditChanged["change"] | undefined {
  const now = fields.number(" audit_enabled=");
  if (now === undefined) return undefined;
  const old = fields.number(" old=") ?? -1;
  if (now === 0) return old === 0 ? undefined : "disabled";
  return old > 0 ? undefined : "enabled";
}

function operation(fields: Fields): string {
  const raw = fields.raw(" op=") ?? "";
  if (raw.startsWith('"')) return raw.replaceAll('"', "");
  return raw === "add" || raw === "remove" ? `${raw} rule` : raw;
}

export function daemonFact(at: number, type: string, piece: Piece): AuditChanged {
  const change = type === "DAEMON_START" ? "daemon-started" : type === "DAEMON_END" ? "daemon-ended" : "daemon-aborted";
  const sender = change === "daemon-ended" ? senderOf(new Fields(piece)) : undefined;
  return { kind: "audit.changed", at, change, ...(sender ? { process: sender } : {}) };
}

/** DAEMON_END names who sent the signal, by ids only; -1 where auditd was not told. */
function senderOf(fields: Fields): Process | undefined {
  const pid = fields.id(" pid=");
  if (pid === undefined) return undefined;
  const uid = fields.id(" uid=");
  return { pid, ppid: 0, exe: "", argv: [], uid, loginUid: fields.id(" auid="), session: fields.id(" ses=") };
}

function title(process: Process, proctitle: Piece | undefined): readonly string[] {
  const argv = titleOf(proctitle);
  return argv.length > 0 ? argv : process.argv;
}
