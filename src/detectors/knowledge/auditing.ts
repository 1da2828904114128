/** Commands that weaken the kernel's audit trail: auditctl(8) and auditd(8) of audit 3.x and 4.x, augenrules(8). */
import type { Command } from "./command.ts";
import { fileEffects } from "./file-effects.ts";
import { killedNames } from "./kills.ts";
import { type Options, parseOptions } from "./options.ts";
import { removedPackages } from "./package-removal.ts";
import { serviceAct } from "./services.ts";

export interface AuditAct {
  readonly reason: string;
  /** The first half of loading rules anew, perhaps. */
  readonly reloadable?: boolean;
  readonly weak?: boolean;
}

/** Is this unit or process the audit daemon, its dispatcher or its rule loader? */
export function isAuditService(name: string): boolean {
  return /^(?:auditd|audit-rules|audispd|kauditd|go-audit|laurel|audit|systemd-journald-audit)$/.test(name);
}

/** Is this file part of the audit daemon's configuration? */
export function isAuditConfiguration(path: string): boolean {
  return (
    /^\/etc\/(?:audit|audisp)(?:\/|$)/.test(path) || path === "/etc/libaudit.conf" || path === "/etc/sysconfig/auditd"
  );
}

const auditctlSpec = {
  short: "ebrfRaAdwWSFkpCmtiq",
  long: ["backlog_wait_time", "signal", "loginuid-immutable"],
};

/** `auditctl -R file`, `augenrules --load`, a (re)start of the daemon. */
export function loadsRules(command: Command): boolean {
  if (command.name === "augenrules") return !command.args.includes("--check");
  if (command.name === "auditctl") {
    const file = parseOptions(command.args, auditctlSpec).value("R");
    return file !== undefined && file !== "/dev/null";
  }
  const act = serviceAct(command);
  return act?.effect === "started" && act.units.some(isAuditService);
}

/** What the command does to auditing; undefined when nothing. */
export function disablesAudit(command: Command): AuditAct | undefined {
  if (command.name === "auditctl") return auditctl(parseOptions(command.args, auditctlSpec));
  const act = serviceAct(command);
  const unit = act?.units.find(isAuditService);
  if (act && unit && (act.effect === "stopped" || act.effect === "disabled"))
    return { reason: `the service ${unit} is ${act.effect}` };
  const killed = killedNames(command).find(isAuditService);
  if (killed) return { reason: `the process ${killed} is killed` };
  const removed = removedPackages(command).find((name) => /^(?:auditd?|auditd-plugins)$/.test(name));
  if (removed) return { reason: `the package ${removed} is removed` };
  return (command.name === "auditd" ? daemon(command) : undefined) ?? configured(command) ?? bootOption(command);
}

function auditctl(options: Options): AuditAct | undefined {
  if (options.value("e") === "0") return { reason: "auditing is switched off in the kernel" };
  if (options.has("D")) {
    const key = options.value("k") ?? options.values("F").find((field) => field.startsWith("key="));
    return { reason: key ? `the audit rules of ${key} are deleted` : "all audit rules are deleted", reloadable: true };
  }
  const muted = [...options.values("a"), ...options.values("A")].find(mutes);
  if (muted) return { reason: `an audit rule silences events (${muted})`, weak: narrowed(options) };
  if (/^(?:stop|TERM|KILL|15|9)$/i.test(options.value("signal") ?? "")) return { reason: "auditd is told to end" };
  if (options.value("b") === "0") return { reason: "the kernel's audit backlog is set to nothing", weak: true };
  if (options.has("W", "d")) return { reason: "an audit rule is deleted", weak: true };
  return undefined;
}

/** `never,task`, `always,exclude`: the only lists by which a rule takes events away. */
function mutes(action: string): boolean {
  const parts = action.split(",");
  return parts.includes("never") || parts.includes("exclude");
}

/** With a field the rule is tuning, as every hardening guide has it. */
function narrowed(options: Options): boolean {
  return options.has("F", "C", "S");
}

function daemon({ args }: Command): AuditAct | undefined {
  const state = parseOptions(args, { short: "sc" }).value("s");
  return state === "disable" ? { reason: "auditd is started with auditing off" } : undefined;
}

function configured(command: Command): AuditAct | undefined {
  const effect = fileEffects(command).find(
    ({ kind, path }) => kind !== "attribute" && kind !== "touch" && kind !== "editor" && isAuditConfiguration(path),
  );
  return effect ? { reason: `the audit configuration ${effect.path} is changed by hand` } : undefined;
}

/** `audit=0` for the next boot: grubby(8), or an edit of the loader's configuration. */
function bootOption({ name, args, redirections }: Command): AuditAct | undefined {
  if (!/^(?:sed|grubby|echo|printf|perl|tee|kernelstub|rpm-ostree)$/.test(name)) return undefined;
  const text = [...args, ...redirections.map(({ target }) => target)].join(" ").slice(0, 8192);
  if (!/\baudit=(?:0|off)\b/.test(text)) return undefined;
  const loader =
    name === "grubby" || name === "kernelstub" || name === "rpm-ostree" || /grub|cmdline|\/boot\/|loader/.test(text);
  return loader ? { reason: "auditing is switched off for the next boot" } : undefined;
}
