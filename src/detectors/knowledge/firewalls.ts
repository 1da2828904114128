/**
 * Packet filters and what opens them, from each tool's manual: iptables(8), nft(8), ufw(8), firewall-cmd(1),
 * SuSEfirewall2(8), shorewall(8), pfctl(8), ipfw(8), csf, OpenWrt's fw3/fw4.
 */
import type { Command } from "./command.ts";
import { type Options, parseOptions } from "./options.ts";
import { basename } from "./paths.ts";

const services =
  /^(?:iptables|ip6tables|iptables-persistent|netfilter-persistent|nftables|firewalld?|ufw|(?:re|rc)?susefirewall2(?:_init|_setup|_final)?|ebtables|arptables|ipset|shorewall6?(?:-lite)?|ferm|firehol|csf|lfd|apf|pf|ipfw|ipfilter|fw[34]|vuurmuur|arno-iptables-firewall|awall|opensnitchd?|portsentry|crowdsec-firewall-bouncer|lokkit|nft)$/;

/** Is this unit (as `unitName` gives it) or process a host firewall? */
export function isFirewall(unit: string): boolean {
  return services.test(unit);
}

const packages =
  /^(?:ufw|gufw|firewalld|nftables|iptables(?:-persistent|-services)?|netfilter-persistent|shorewall6?|susefirewall2|csf|ferm)$/i;

/** Is this package a firewall? */
export function isFirewallPackage(name: string): boolean {
  return packages.test(name.split(/[=:/]/, 1)[0] as string);
}

/** How the filter was opened. `flush`: rules are gone, which is also how every firewall script begins. */
export interface Opening {
  readonly kind: "off" | "flush";
  readonly reason: string;
  /** Dual use: a part of the rules, or not the filter. */
  readonly weak?: boolean;
}

const builtIn = new Set(["INPUT", "OUTPUT", "FORWARD"]);
const tables = /^(?:ip6?|eb|arp)tables(?:-legacy|-nft)?$/;
const restores = /^(?:ip6?|eb|arp)tables(?:-legacy|-nft)?-restore(?:-translate)?$/;

/** Judges one command; undefined when it does not open a firewall. Service managers are read by `serviceAct`. */
export function opening(command: Command): Opening | undefined {
  const { name, args } = command;
  if (/^xtables-(?:nft|legacy)-multi$|^xtables-multi$/.test(name)) {
    const [applet, ...rest] = args;
    return applet === undefined ? undefined : opening({ ...command, name: basename(applet), args: rest });
  }
  if (tables.test(name)) return iptables(args);
  if (restores.test(name)) return restored(command);
  if (/^(?:rc|re)?susefirewall2(?:_\w+)?$/i.test(name)) return first(args, "SuSEfirewall2", "stop", "off");
  return simple.get(name)?.(args);
}

/** Does the command put rules up again? */
export function closes(command: Command): boolean {
  const { name, args } = command;
  if (tables.test(name)) {
    const options = parseOptions(args, tableSpec);
    const policy = args.indexOf(args.find((arg) => arg === "-P" || arg === "--policy") ?? "");
    return (policy >= 0 && /^(?:DROP|REJECT)$/.test(args[policy + 2] ?? "")) || blocks(options);
  }
  if (restores.test(name)) return restored(command) === undefined;
  if (name === "nft") return args.includes("-f") || args[0] === "add";
  if (name === "ufw") return args.includes("enable") || args.includes("reload");
  if (name === "firewall-cmd") return args.includes("--reload") || args.includes("--complete-reload");
  return (
    /^(?:netfilter-persistent|shorewall6?|ferm|csf)$/.test(name) &&
    args.some((arg) => /^(?:re)?(?:start|load)$|^-[er]$/.test(arg))
  );
}

function blocks(options: Options): boolean {
  return options.has("A", "append", "I", "insert") && /drop|reject|deny|block/i.test(options.value("j", "jump") ?? "");
}

const simple = new Map<string, (args: readonly string[]) => Opening | undefined>([
  ["nft", nft],
  ["ufw", ufw],
  ["firewall-cmd", firewallCmd],
  ["firewall-offline-cmd", (args) => first(args, "firewalld", "--disabled")],
  ["lokkit", (args) => first(args, "lokkit", "--disabled")],
  ["netfilter-persistent", (args) => first(args, "netfilter-persistent", "flush", "stop")],
  ["iptables-persistent", (args) => first(args, "iptables-persistent", "flush", "stop")],
  ["shorewall", (args) => first(args, "shorewall", "clear", "stop")],
  ["shorewall6", (args) => first(args, "shorewall6", "clear", "stop")],
  ["csf", (args) => first(args, "csf", "-x", "--disable", "-f", "--stop")],
  ["apf", (args) => first(args, "apf", "-f", "--flush", "--stop")],
  ["fw3", (args) => first(args, "fw3", "stop", "flush")],
  ["fw4", (args) => first(args, "fw4", "stop", "flush")],
  ["ferm", (args) => first(args, "ferm", "--flush", "-F")],
  ["pfctl", pfctl],
  ["ipfw", (args) => (args.includes("flush") || args.includes("disable") ? off("ipfw is flushed") : undefined)],
  [
    "esxcli",
    (args) =>
      /firewall set .{0,256}(?:-e|--enabled)[= ](?:0|false)/.test(args.join(" "))
        ? off("the ESXi firewall is switched off")
        : undefined,
  ],
  ["rmmod", (args) => modules(args)],
  ["modprobe", (args) => (parseOptions(args).has("r", "remove") ? modules(args) : undefined)],
]);

function off(reason: string): Opening {
  return { kind: "off", reason };
}

function first(args: readonly string[], what: string, ...verbs: string[]): Opening | undefined {
  const verb = args.find((arg) => verbs.includes(arg));
  return verb === undefined ? undefined : off(`${what} is told to ${verb.replace(/^-+/, "")}`);
}

function modules(args: readonly string[]): Opening | undefined {
  const module = args.find((arg) => /^(?:ip6?_tables|ip6?table_filter|nf_tables|x_tables|nf_conntrack)$/.test(arg));
  return module === undefined ? undefined : off(`the kernel's ${module} is unloaded`);
}

const tableSpec = {
  short: "tjpsdiomPw",
  long: [
    "table",
    "jump",
    "protocol",
    "source",
    "destination",
    "in-interface",
    "out-interface",
    "match",
    "dport",
    "sport",
  ],
};

/** iptables(8). The table is `filter` unless `-t` says otherwise. */
function iptables(args: readonly string[]): Opening | undefined {
  const at = args.findIndex((arg) => arg === "-t" || arg === "--table");
  const filter = at < 0 || args[at + 1] === "filter";
  for (const [i, arg] of args.entries()) {
    const chain = args[i + 1]?.startsWith("-") ? undefined : args[i + 1];
    if (arg === "-F" || arg === "--flush") return flushed(chain, filter, "all rules are flushed");
    if (arg === "-X" || arg === "--delete-chain") return flushed(chain, filter, "all chains are deleted");
    if ((arg === "-P" || arg === "--policy") && args[i + 2] === "ACCEPT" && filter)
      return { kind: "flush", reason: `the policy of ${chain} is set to ACCEPT` };
    if ((arg === "-D" || arg === "--delete") && chain !== undefined) return removed(chain, args, filter);
    if ((arg === "-I" || arg === "--insert") && chain !== undefined) return inserted(chain, args, filter);
  }
  return undefined;
}

function flushed(chain: string | undefined, filter: boolean, reason: string): Opening | undefined {
  if (chain === undefined) return { kind: "flush", reason, weak: !filter };
  if (builtIn.has(chain)) return { kind: "flush", reason: `chain ${chain} is flushed`, weak: !filter };
  return /^ufw6?-/.test(chain) ? { kind: "flush", reason: `ufw's chain ${chain} is flushed` } : undefined;
}

/** Taking away the rule that blocks the rest; unblocking one address, port or protocol is everyday work. */
function removed(chain: string, args: readonly string[], filter: boolean): Opening | undefined {
  const options = parseOptions(args, tableSpec);
  const target = options.value("j", "jump");
  const narrow = options.names.some(
    (name) => !/^(?:D|delete|j|jump|t|table|w|i|o|in-interface|out-interface)$/.test(name),
  );
  const everywhere = args.some((arg) => arg === "0.0.0.0/0" || arg === "::/0");
  if (!filter || !builtIn.has(chain) || (narrow && !everywhere) || !/^(?:DROP|REJECT)$/.test(target ?? ""))
    return undefined;
  return { kind: "flush", reason: `a blocking rule of ${chain} is deleted` };
}

/** A rule before all others that lets everything pass. */
function inserted(chain: string, args: readonly string[], filter: boolean): Opening | undefined {
  const options = parseOptions(args, tableSpec);
  const conditions = options.names.filter((name) => !/^(?:I|insert|j|jump|t|table|w)$/.test(name));
  const operands = options.operands.filter((operand) => operand !== chain && !/^\d+$/.test(operand));
  if (!filter || !builtIn.has(chain) || conditions.length > 0 || operands.length > 0) return undefined;
  return options.value("j", "jump") === "ACCEPT" ? off(`everything is accepted first in ${chain}`) : undefined;
}

/** iptables-restore of nothing, or of rules that only accept. */
function restored({ args, redirections }: Command): Opening | undefined {
  const files = [...args, ...redirections.filter(({ operator }) => operator === "<").map(({ target }) => target)];
  if (files.includes("/dev/null")) return off("an empty rule set is loaded");
  const text = redirections.find(({ operator }) => operator === "<<" || operator === "<<<")?.target;
  if (text === undefined || /DROP|REJECT|-j\s/.test(text)) return undefined;
  return off("a rule set that blocks nothing is loaded");
}

function nft(args: readonly string[]): Opening | undefined {
  const text = args.filter((arg) => !/^-{1,2}[a-z]/.test(arg)).join(" ");
  if (/\bflush ruleset\b/.test(text)) return { kind: "flush", reason: "the whole ruleset is flushed" };
  const part = /\b(flush|delete) (?:table|chain) (?:(?:inet|ip6?|arp|bridge|netdev) )?(\S{1,64})/.exec(text);
  if (!part) return undefined;
  return {
    kind: "flush",
    reason: `nft is told to ${part[1]} ${part[2]}`,
    // Other programs keep tables of their own names (fail2ban, docker, libvirt).
    weak: !/filter|firewall|^(?:input|output|forward)$/i.test(part[2] ?? ""),
  };
}

function ufw(args: readonly string[]): Opening | undefined {
  const [verb, second] = args.filter((arg) => !arg.startsWith("-"));
  if (args.includes("--dry-run")) return undefined;
  if (verb === "disable" || verb === "reset") return off(`ufw is told to ${verb}`);
  if (verb !== "default" || second !== "allow") return undefined;
  return args.includes("outgoing") ? undefined : off("ufw allows all by default");
}

function firewallCmd(args: readonly string[]): Opening | undefined {
  const text = args.join(" ");
  if (/--set-default-zone[= ]trusted\b/.test(text)) return off("firewalld's default zone is set to trusted");
  if (/--set-target[= ]ACCEPT\b/.test(text)) return off("a firewalld zone accepts everything");
  return undefined;
}

function pfctl(args: readonly string[]): Opening | undefined {
  const options = parseOptions(args, { short: "FafptT" });
  if (options.has("d")) return off("pf is switched off");
  return /^(?:all|rules|r)$/i.test(options.value("F") ?? "")
    ? { kind: "flush", reason: "pf's rules are flushed" }
    : undefined;
}
