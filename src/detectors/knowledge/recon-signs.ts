/** Single commands and pipelines that only someone who gets to know a strange host writes. */
import type { Process } from "../../events/fact.ts";
import { type Command, commandLine, resolvePath } from "./command.ts";
import { filters, loot, rivalPattern, tellingPattern, virtualMachine } from "./recon-patterns.ts";
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
  // Whoever leaves root out looks for the others.
  if (command.args.some((arg) => /^-[a-zA-Z]*v/.test(arg))) return undefined;
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

/** What to pick out of which listing: login bots count processors so. `Model` is the board's name on a Raspberry Pi. */
const picks: readonly (readonly [RegExp, RegExp, string])[] = [
  [/^cat \/proc\/cpuinfo$/, /^\^?(?:model(?: name)?|name|processor|cpu)$/, "picks the processor out of /proc/cpuinfo"],
  [/^lscpu(?: |$)/, /^(?:model|cpu|core)/i, "picks the processor out of lscpu"],
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
    if (command.stage > 3) continue;
    const shown = [command.name, ...command.args].join(" ").slice(0, 256);
    for (const next of commands) {
      if (next.pipeline !== command.pipeline || next.stage <= command.stage || next.stage > command.stage + 3) continue;
      const found = next.stage === command.stage + 1 ? picked(shown, next) : laidOut(shown, next);
      if (found) return found;
    }
  }
  return undefined;
}

/** Listings in which a virtual machine shows itself. */
const hardware =
  /^(?:dmidecode|lspci|lshw|lsmod|lsusb|hwinfo|dmesg|cat \/proc\/(?:cpuinfo|modules|bus\/pci\/devices))(?: |$)/;

/** The whole row of memory figures: who watches memory takes one or two of them. */
function laidOut(shown: string, { name, args }: Pick<Command, "name" | "args">): string | undefined {
  if (!/^free(?: -[a-z]+)?$/.test(shown) || !/^[gm]?awk$/.test(name)) return undefined;
  const columns = new Set(
    args
      .join(" ")
      .slice(0, 256)
      .match(/\$[2-9]\b/g),
  );
  return columns.size >= 5 ? "picks the memory out of free" : undefined;
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
  const columns = laidOut(shown, { name, args });
  if (columns || !name.endsWith("grep")) return columns;
  const patterns = [...patternsOf(args), ...words];
  if (/^(?:ps|top|netstat|ss|lsof|crontab|docker ps)(?: |$)/.test(shown) && patterns.some(rivalPattern)) {
    return "looks for other miners and bots";
  }
  if (hardware.test(shown) && patterns.some(virtualMachine)) return "looks for signs of a virtual machine";
  if (words.length !== 1) return undefined;
  return picks.find(([listing, pattern]) => listing.test(shown) && pattern.test(words[0] ?? ""))?.[2];
}
