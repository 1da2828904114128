/**
 * Commands that ask a host about itself, each with the fact it asks for and its weight.
 *
 * Weight 1: wide questions that a person or an intruder asks (`uname -a`, `id`, `lscpu`). Weight 0.5: narrow ones and
 * the daily health checks that scripts and administrators ask as well (`uname -m`, `id -u`, `df -h`).
 */
import type { Command } from "./command.ts";
import { resolvePath } from "./command.ts";

export interface Asked {
  readonly fact: string;
  readonly weight: 0.5 | 1;
}

const wide = (fact: string): Asked => ({ fact, weight: 1 });
const narrow = (fact: string): Asked => ({ fact, weight: 0.5 });

type Reader = (args: readonly string[]) => Asked | undefined;
const always =
  (asked: Asked): Reader =>
  () =>
    asked;
/** Wide only without arguments that narrow the question. */
const bare =
  (fact: string): Reader =>
  (args) =>
    args.length === 0 ? wide(fact) : narrow(fact);

const readers = new Map<string, Reader>([
  ["id", (args) => (args.some((a) => /^-[a-z]*[ugnr]/.test(a)) ? narrow("identity") : wide("identity"))],
  ["whoami", always(wide("identity"))],
  ["groups", always(narrow("identity"))],
  ["logname", always(narrow("identity"))],
  ["w", always(wide("who is logged in"))],
  ["who", always(wide("who is logged in"))],
  ["users", (args) => (args.length === 0 ? wide("who is logged in") : undefined)],
  ["finger", always(wide("who is logged in"))],
  ["last", always(wide("past logins"))],
  ["lastlog", always(wide("past logins"))],
  ["lastb", always(wide("past logins"))],
  [
    "uname",
    (args) =>
      args.some((a) => /a|all/.test(a)) || args.length > 2 || /^-\w{3,}$/.test(args[0] ?? "")
        ? wide("kernel")
        : narrow("kernel"),
  ],
  ["arch", always(narrow("kernel"))],
  ["hostname", (args) => (args.every((a) => a.startsWith("-")) ? narrow("host name") : undefined)],
  ["hostnamectl", (args) => (args.length === 0 || args[0] === "status" ? wide("host name") : undefined)],
  ["lsb_release", (args) => (args.some((a) => /a/.test(a)) ? wide("distribution") : narrow("distribution"))],
  ["lscpu", always(wide("processor"))],
  ["nproc", always(narrow("processor"))],
  ["free", always(narrow("memory"))],
  ["vmstat", always(narrow("memory"))],
  ["df", always(narrow("disks"))],
  ["lsblk", always(narrow("disks"))],
  ["blkid", always(narrow("disks"))],
  ["mount", (args) => (args.length === 0 || args[0] === "-l" ? narrow("disks") : undefined)],
  ["fdisk", (args) => (args.includes("-l") ? narrow("disks") : undefined)],
  ["ps", always(narrow("processes"))],
  ["top", always(narrow("processes"))],
  ["pstree", always(narrow("processes"))],
  [
    "lsof",
    (args) =>
      args.length === 0 || args.includes("-i") || args.includes("-u") ? wide("open files") : narrow("open files"),
  ],
  ["ifconfig", (args) => (args.every((a) => a === "-a") ? wide("interfaces") : undefined)],
  ["ip", (args) => ip(args)],
  ["iwconfig", bare("interfaces")],
  ["netstat", always(wide("connections"))],
  ["ss", always(narrow("connections"))],
  ["arp", (args) => (args.every((a) => /^-[aenv]+$/.test(a)) ? wide("neighbours") : undefined)],
  ["route", (args) => (args.every((a) => /^-[en46]+$/.test(a)) ? wide("routes") : undefined)],
  ["iptables", (args) => (args.some((a) => /^-[a-zA-Z]*[LS]/.test(a)) ? narrow("firewall") : undefined)],
  ["crontab", (args) => (args.includes("-l") ? wide("scheduled jobs") : undefined)],
  ["sudo", (args) => (args.some((a) => /^-[a-z]*l/.test(a) || a === "--list") ? wide("sudo rights") : undefined)],
  ["getent", (args) => (args[0] === "passwd" && args.length === 1 ? wide("accounts") : undefined)],
  ["lsmod", always(narrow("kernel modules"))],
  ["lspci", always(wide("hardware"))],
  ["lsusb", always(wide("hardware"))],
  ["lshw", always(wide("hardware"))],
  ["dmidecode", always(wide("hardware"))],
  ["systemd-detect-virt", always(wide("virtualisation"))],
  ["virt-what", always(wide("virtualisation"))],
  ["env", (args) => (args.length === 0 ? narrow("environment") : undefined)],
  ["printenv", bare("environment")],
  ["uptime", always(narrow("uptime"))],
  ["history", (args) => (args.length === 0 ? wide("command history") : undefined)],
  ["locale", always(narrow("locale"))],
  ["getcap", (args) => (args.some((a) => /^-[a-z]*r/.test(a)) ? wide("capabilities") : undefined)],
  ["capsh", (args) => (args.includes("--print") ? wide("capabilities") : undefined)],
  ["dpkg", (args) => (args.length === 1 && /^(?:-l|--list)$/.test(args[0] ?? "") ? narrow("packages") : undefined)],
  ["rpm", (args) => (args.length === 1 && args[0] === "-qa" ? narrow("packages") : undefined)],
  ["systemctl", (args) => (/^list-(?:units|unit-files|timers)$/.test(args[0] ?? "") ? narrow("services") : undefined)],
  ["service", (args) => (args.includes("--status-all") ? narrow("services") : undefined)],
  ["dmesg", always(narrow("kernel messages"))],
  ["chage", (args) => (args.includes("-l") ? wide("password policy") : undefined)],
  ["showmount", always(wide("shares"))],
  ["ls", (args) => listing(args)],
]);

function ip(args: readonly string[]): Asked | undefined {
  const words = args.filter((arg) => !arg.startsWith("-"));
  const object = words[0] ?? "";
  if (words.length > 2 || (words[1] !== undefined && !/^(?:s|sh|show|list|ls|l)$/.test(words[1]))) return undefined;
  if (/^a/.test(object)) return words.length > 1 ? narrow("interfaces") : wide("interfaces");
  if (/^(?:l|link)/.test(object)) return narrow("interfaces");
  if (/^r/.test(object)) return narrow("routes");
  return /^n/.test(object) ? wide("neighbours") : undefined;
}

function listing(args: readonly string[]): Asked | undefined {
  const place = args.find((arg) => !arg.startsWith("-")) ?? "";
  if (/^(?:\/root|\/home)\/?$|\/\.ssh\/?$/.test(place)) return wide("homes");
  if (/^\/etc\/(?:cron[\w.]*|cron\.\*)\/?$|^\/var\/spool\/cron/.test(place)) return wide("scheduled jobs");
  return place === "/.dockerenv" ? wide("container") : undefined;
}

const files: readonly (readonly [RegExp, Asked])[] = [
  [/^\/etc\/(?:issue(?:\.net)?|[\w*-]*release|[\w*]*_version)$/, wide("distribution")],
  [/^\/proc\/version$/, wide("kernel")],
  [/^\/proc\/cpuinfo$/, wide("processor")],
  [/^\/proc\/meminfo$/, wide("memory")],
  [/^\/proc\/(?:mounts|partitions|filesystems)$|^\/etc\/(?:fstab|mtab)$/, narrow("disks")],
  [/^\/etc\/passwd$/, wide("accounts")],
  [/^\/etc\/group$/, wide("groups")],
  [/^\/etc\/sudoers(?:\.d\/.*)?$/, wide("sudoers")],
  [/^\/etc\/(?:cron[\w.]*(?:\/.*)?|anacrontab)$|^\/var\/spool\/cron\//, wide("scheduled jobs")],
  [/^\/etc\/(?:hosts|resolv\.conf|networks|network\/interfaces)$/, narrow("name resolution")],
  [/^\/proc\/net\/(?:tcp|udp|route|arp|fib_trie|dev)6?$/, wide("connections")],
  [
    /^\/sys\/class\/dmi\/id\/|^\/sys\/devices\/virtual\/dmi\/id\/|^\/proc\/scsi\/scsi$|^\/sys\/hypervisor\//,
    wide("virtualisation"),
  ],
  [/^\/proc\/(?:1|self)\/cgroup$|^\/proc\/(?:1|self)\/status$/, wide("container")],
  [
    /^\/etc\/(?:login\.defs|pam\.d\/(?:common-password|password-auth|system-auth)|security\/pwquality\.conf)$/,
    wide("password policy"),
  ],
  [/^\/etc\/ssh\/sshd_config$/, narrow("ssh settings")],
  [/^\/sys\/kernel\/security\/lockdown$|^\/proc\/(?:cmdline|modules)$/, narrow("kernel modules")],
];

const showers = new Set(["cat", "head", "tail", "less", "more", "tac", "nl", "strings", "grep", "egrep", "awk", "cut"]);

/** The fact that a command asks for; undefined where it asks none. */
export function askedBy(command: Command): readonly Asked[] {
  const asked = readers.get(command.name)?.(command.args);
  if (asked) return [asked];
  if (command.wrappers.includes("sudo") && command.name === "") return [];
  if (!showers.has(command.name)) return [];
  const search = command.name.endsWith("grep") || command.name === "awk" || command.name === "cut";
  const paths = command.args
    .filter((arg) => arg.includes("/") || arg.includes("*"))
    .map((arg) => resolvePath(command, arg));
  const found = paths.flatMap((path) => files.find(([pattern]) => pattern.test(path))?.[1] ?? []);
  // A search picks one line out of the file: a narrow question.
  return search ? found.map(({ fact }) => narrow(fact)) : found;
}
