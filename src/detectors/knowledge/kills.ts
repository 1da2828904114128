/** Processes that a command ends, by name: pkill, killall, `kill $(pidof x)`, `kill $(cat /run/x.pid)`, start-stop-daemon. */
import type { Command } from "./command.ts";
import { parseOptions } from "./options.ts";
import { basename } from "./paths.ts";

/** Signals that do not end or freeze a process (signal(7)): 0, HUP, USR1, USR2, CONT, WINCH. */
const gentle = new Set(["0", "1", "10", "12", "18", "28", "HUP", "USR1", "USR2", "CONT", "WINCH"]);

/** Does this signal, by number or name, end or freeze a process that does not handle it specially? */
export function endsProcess(signal: string | number): boolean {
  return !gentle.has(String(signal).toUpperCase().replace(/^SIG/, ""));
}

/**
 * Names of the processes that the command ends, as patterns were written, lower-case, without anchors; empty for other
 * commands. A bare `kill 123` names nobody: the fact `signal.sent` tells whom it hit.
 */
export function killedNames(command: Command): readonly string[] {
  const { name, args } = command;
  if (name === "kill") return ends(args) ? [...command.substitutions, ...command.args.map(word)].flatMap(named) : [];
  if (name === "pkill" || name === "killall" || name === "killall5" || name === "skill") {
    if (!ends(args)) return [];
    const spec =
      name === "pkill" ? { short: "GgPsTtUuF", long: ["signal", "pidfile"] } : { short: "sunoyZ", long: ["signal"] };
    return parseOptions(
      args.filter((arg) => !isSignal(arg)),
      spec,
    ).operands.map(plain);
  }
  if (name === "fuser" && args.includes("-k")) return args.filter((arg) => arg.startsWith("/")).map(plain);
  if (name === "start-stop-daemon") {
    const options = parseOptions(args, {
      short: "xnpsaugcRrNPk",
      long: ["exec", "name", "pidfile", "startas", "signal"],
    });
    if (!options.has("K", "stop")) return [];
    return [...options.values("x", "exec", "n", "name", "p", "pidfile", "a", "startas")].map(plain);
  }
  return [];
}

function isSignal(arg: string): boolean {
  return /^-(?:\d{1,2}|(?:SIG)?[A-Z]{2,6}\d?)$/.test(arg);
}

function ends(args: readonly string[]): boolean {
  const at = args.findIndex((arg) => isSignal(arg));
  if (at >= 0) return endsProcess((args[at] as string).slice(1));
  const named = args.findIndex((arg) => arg === "-s" || arg === "--signal");
  if (named >= 0) return endsProcess(args[named + 1] ?? "TERM");
  return !args.includes("-l") && !args.includes("-L");
}

/** A substitution that looks a pid up. */
function named(source: Command | string): readonly string[] {
  if (typeof source === "string") return source === "" ? [] : [source];
  const { name, args } = source;
  if (name === "pidof" || name === "pgrep") return args.filter((arg) => !arg.startsWith("-")).map(plain);
  if (name === "cat" || name === "head" || name === "") {
    const files = [...args, ...source.redirections.map(({ target }) => target)];
    return files.filter((file) => file.endsWith(".pid")).map(plain);
  }
  if (name === "grep")
    return args
      .filter((arg) => !arg.startsWith("-") && !arg.startsWith("grep"))
      .slice(0, 1)
      .map(plain);
  return [];
}

/** `$(</run/auditd.pid)` has no command inside: its text stays in the word. */
function word(arg: string): string {
  const file = /<\s*([^\s)]{1,200}\.pid)/.exec(arg)?.[1];
  return file === undefined ? "" : plain(file);
}

/** `[a]uditd$` and `/var/run/auditd.pid` both mean auditd. */
function plain(pattern: string): string {
  return basename(pattern.slice(0, 200))
    .toLowerCase()
    .replace(/[\^$[\]\\'"]/g, "")
    .replace(/\.pid$/, "");
}
