/**
 * What a command does to a service, whichever service manager it speaks to: systemctl(1), service(8), SysV and
 * OpenWrt init scripts, rc-service/rc-update (OpenRC), chkconfig(8), update-rc.d(8), insserv(8), invoke-rc.d(8),
 * initctl (Upstart), sv (runit), s6.
 *
 * Blind spot: a unit named only at run time (`systemctl stop "$X"`) keeps that name and matches nothing.
 */
import type { Command } from "./command.ts";
import { parseOptions } from "./options.ts";
import { basename } from "./paths.ts";

/** `stopped` now, `disabled` for the next boot (also masked, removed from runlevels), `started`, `enabled`. */
export type ServiceEffect = "stopped" | "disabled" | "started" | "enabled";

export interface ServiceAct {
  readonly effect: ServiceEffect;
  /** Unit names as given, lower-case, without `.service`, `.socket`, `.timer`. */
  readonly units: readonly string[];
}

const effects = new Map<string, ServiceEffect>([
  ...each(
    "stopped",
    "stop",
    "force-stop",
    "forcestop",
    "faststop",
    "onestop",
    "down",
    "kill",
    "zap",
    "exit",
    "shutdown",
  ),
  ...each("stopped", "force-shutdown", "clean", "freeze", "d", "x"),
  ...each("disabled", "disable", "mask", "remove", "del", "delete", "off", "--del", "unset"),
  ...each("started", "start", "restart", "try-restart", "reload-or-restart", "condrestart", "force-reload", "reload"),
  ...each("started", "up", "u", "once", "forcestart", "onestart", "isolate"),
  ...each("enabled", "enable", "unmask", "reenable", "defaults", "add", "on", "--add", "preset"),
]);

function each(effect: ServiceEffect, ...verbs: string[]): [string, ServiceEffect][] {
  return verbs.map((verb) => [verb, effect]);
}

type Reader = (args: readonly string[]) => ServiceAct | undefined;

const readers = new Map<string, Reader>([
  ["systemctl", systemctl],
  ["deb-systemd-invoke", systemctl],
  ["service", nameThenVerb],
  ["invoke-rc.d", nameThenVerb],
  ["rc-service", nameThenVerb],
  ["rcctl", verbThenNames],
  ["initctl", verbThenNames],
  ["sv", verbThenNames],
  ["rc-update", verbThenNames],
  ["chkconfig", chkconfig],
  ["sysv-rc-conf", chkconfig],
  ["update-rc.d", nameThenVerb],
  ["insserv", insserv],
  ["s6-svc", (args) => act(args[0]?.slice(1), args.slice(1).map(basename))],
  ["s6-rc", s6],
  ["stop", (args) => act("stop", args)],
  ["start", (args) => act("start", args)],
]);

/** Reads a command; undefined when it speaks to no service manager, to another machine, or only asks. */
export function serviceAct(command: Command): ServiceAct | undefined {
  const reader = readers.get(command.name);
  if (reader) return reader(command.args);
  if (isInitScript(command.program)) return act(command.args[0], [command.name]);
  if (/^rc[A-Za-z]/.test(command.name)) return act(command.args[0], [command.name.slice(2)]);
  return undefined;
}

/** `/etc/init.d/x`, `/etc/rc.d/init.d/x`, `/etc/rc.d/rc.x`; `./x` after `cd /etc/init.d` is not seen. */
function isInitScript(program: string): boolean {
  return /^\/(?:usr\/local\/)?etc\/(?:rc\.d\/)?(?:init\.d|rc\.d)\/[^/]+$/.test(program);
}

function act(verb: string | undefined, names: readonly string[]): ServiceAct | undefined {
  const effect = verb === undefined ? undefined : effects.get(verb.toLowerCase());
  const units = names.map(unitName).filter(Boolean);
  return effect && units.length > 0 ? { effect, units } : undefined;
}

/** Unit name for comparison: `Auditd.service` is `auditd`, `rc.firewall` is `firewall`. */
export function unitName(name: string): string {
  return basename(name.slice(0, 256))
    .toLowerCase()
    .replace(/\.(?:service|socket|timer|target)$/, "")
    .replace(/^rc\./, "");
}

function systemctl(args: readonly string[]): ServiceAct | undefined {
  const options = parseOptions(args, {
    short: "tpsHMnoP",
    long: [
      "type",
      "property",
      "signal",
      "kill-who",
      "kill-whom",
      "host",
      "machine",
      "root",
      "image",
      "job-mode",
    ].concat("state", "lines", "output", "timestamp"),
  });
  if (options.has("H", "host", "M", "machine", "root", "image", "user", "help")) return undefined;
  const [verb, ...units] = options.operands;
  if (verb === "kill" && harmless(options.value("s", "signal"))) return undefined;
  return act(verb, units);
}

/** `systemctl kill -s HUP` asks a daemon to reload, it does not end it. */
function harmless(signal: string | undefined): boolean {
  return signal !== undefined && /^(?:SIG)?(?:HUP|USR1|USR2|CONT|WINCH|[01]|10|12|18)$/i.test(signal);
}

function nameThenVerb(args: readonly string[]): ServiceAct | undefined {
  const [name, ...rest] = args.filter((arg) => !/^-+\w/.test(arg));
  return act(rest[0], name === undefined ? [] : [name]);
}

function verbThenNames(args: readonly string[]): ServiceAct | undefined {
  const [verb, ...names] = args.filter((arg) => !arg.startsWith("-"));
  return act(verb, names);
}

/** `chkconfig [--level 345] NAME off`, `chkconfig --del NAME`. */
function chkconfig(args: readonly string[]): ServiceAct | undefined {
  const options = parseOptions(args, { long: ["level", "levels", "type"] });
  if (options.has("del")) return act("--del", options.operands);
  if (options.has("add")) return act("--add", options.operands);
  const [name, verb] = options.operands;
  return act(verb, name === undefined ? [] : [name]);
}

function insserv(args: readonly string[]): ServiceAct | undefined {
  const options = parseOptions(args, { short: "pc" });
  return act(options.has("r", "remove") ? "remove" : "add", options.operands);
}

function s6(args: readonly string[]): ServiceAct | undefined {
  const options = parseOptions(args, { short: "lnt" });
  const [verb, ...names] = options.operands;
  if (verb !== "change") return act(verb, names);
  return act(options.has("d") ? "down" : "up", names);
}
