/** Single commands and pipelines that only someone who gets to know a strange host writes. */
import type { Process } from "../../events/fact.ts";
import { type Command, commandLine, resolvePath } from "./command.ts";
import { filters, loot, rivalPattern, tellingPattern } from "./recon-patterns.ts";
import { sweepOf } from "./sweeps.ts";

/** The first telling command, as a reason; undefined for none. */
export function telling(commands: readonly Command[]): string | undefined {
  for (const command of commands) {
    const found = sweepOf(command)?.reason ?? search(command) ?? superusers(command) ?? strange(command);
    if (found) return found;
  }
  return undefined;
}

/** `grep -i 'vmware\|kvm'`, `egrep 'falcond|auditbeat'`, `grep '[Mm]iner'` */
function search({ name, args }: Command): string | undefined {
  if (!/^(?:e|f|p)?grep$|^[gm]?awk$/.test(name)) return undefined;
  const words = args.filter((arg) => !arg.startsWith("-"));
  const pattern =
    name === "grep" || name === "egrep" || name === "fgrep" ? [...patternsOf(args), words[0] ?? ""] : words.slice(0, 1);
  for (const text of pattern) {
    const found = tellingPattern(text);
    // In a file of the user's own, the same words are just words.
    if (found && (words.length <= 1 || /^\/(?:proc|sys)\//.test(words[1] ?? ""))) return found;
  }
  return undefined;
}

function patternsOf(args: readonly string[]): readonly string[] {
  return args.flatMap((arg, i) =>
    /^-[a-zA-Z]*e$/.test(arg) && args[i + 1] !== undefined ? [args[i + 1] as string] : [],
  );
}

/** `grep 'x:0:' /etc/passwd`, `awk -F: '$3 == 0' /etc/passwd` */
function superusers(command: Command): string | undefined {
  if (!/^(?:e|f)?grep$|^[gm]?awk$/.test(command.name)) return undefined;
  if (!command.args.some((arg) => resolvePath(command, arg) === "/etc/passwd")) return undefined;
  const asks = command.args.some((arg) => /x:0(?::|$)|:0:0?|\$3\s*==?\s*"?0/.test(arg.slice(0, 256)));
  return asks ? "looks for accounts with uid 0" : undefined;
}

function strange(command: Command): string | undefined {
  const { name, program, args } = command;
  if (/^(?:cat|head|tail|strings|grep|egrep|awk|od|xxd)$/.test(name)) {
    const firmware = args.map((arg) => resolvePath(command, arg)).find((path) => fingerprint.test(path));
    if (firmware) return `reads the virtual machine's fingerprint ${firmware}`;
  }
  if (program === "/ip" && args[0] === "cloud") return "asks as if this were a RouterOS device";
  if (/^(?:ls|locate|cat|find|stat)$/.test(name) && args.some((arg) => loot(arg))) {
    return "looks for messenger data or modem devices";
  }
  return undefined;
}

/** Firmware strings and disk models, which a hypervisor fills with its own name. */
const fingerprint =
  /^\/sys\/(?:class|devices\/virtual)\/dmi\/id\/(?:bios_vendor|bios_version|sys_vendor|board_vendor|chassis_vendor|\*)$|^\/proc\/scsi\/scsi$|^\/proc\/ide\/hd\w\/model$/;

/** What to pick out of which listing: login bots count processors and memory so. */
const picks: readonly (readonly [RegExp, RegExp, string])[] = [
  [/^cat \/proc\/cpuinfo$/, /^\^?(?:model(?: name)?|name|processor|cpu)$/i, "picks the processor out of /proc/cpuinfo"],
  [/^lscpu(?: |$)/, /^(?:model|cpu|core)/i, "picks the processor out of lscpu"],
  [/^free(?: -[a-z]+)?$/, /^\^?mem:?$/i, "picks the memory out of free"],
];

/**
 * Facts picked out of a listing by a filter: the pipelines of `commands`, or, where only children are seen, the
 * filter `process` behind what the same parent showed a moment before (`shown`).
 */
export function pipedFacts(commands: readonly Command[], shown = "", process?: Process): string | undefined {
  if (process) {
    const filter = commandLine(process).commands[0];
    return filter ? picked(shown, filter) : undefined;
  }
  for (const command of commands) {
    const next = commands.find(({ pipeline, stage }) => pipeline === command.pipeline && stage === command.stage + 1);
    const found = next && picked([command.name, ...command.args].join(" ").slice(0, 256), next);
    if (found) return found;
  }
  return undefined;
}

function picked(shown: string, { name, args }: Command): string | undefined {
  if (!shown || !filters(name)) return undefined;
  const words = args.filter((arg) => !arg.startsWith("-"));
  if (/^df(?: -[a-zA-Z]+)?$/.test(shown) && (name === "head" || /^[gm]?awk$/.test(name))) {
    return args.some((arg) => /FNR\s*==\s*2/.test(arg.slice(0, 128)) && /\$2/.test(arg.slice(0, 128))) ||
      (name === "head" && args.join(" ") === "-n 2")
      ? "picks the disk's size out of df"
      : undefined;
  }
  if (!name.endsWith("grep")) return undefined;
  const patterns = [...patternsOf(args), ...words];
  if (/^(?:ps|top|netstat|ss|lsof|crontab|docker ps)(?: |$)/.test(shown) && patterns.some(rivalPattern)) {
    return "looks for other miners and bots";
  }
  if (words.length !== 1) return undefined;
  return picks.find(([listing, pattern]) => listing.test(shown) && pattern.test(words[0] ?? ""))?.[2];
}
