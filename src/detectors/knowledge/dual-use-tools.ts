/**
 * Network tools that administrators use too, judged by what they are asked to do.
 * Options as in nmap(1), tcpdump(8), tshark(1), hping3(8), nc(1), fping(8), arping(8).
 */
import type { Command, CommandLine } from "./command.ts";
import { parseOptions } from "./options.ts";
import { hiddenPath, inTemporaryDirectory } from "./paths.ts";

export interface Verdict {
  readonly reason: string;
  readonly confidence: "low" | "medium" | "high";
}

/** Judges nmap, tcpdump and their kind; undefined where the use is ordinary or the tool is another. */
export function dualUse(command: Command, line: CommandLine): Verdict | undefined {
  switch (command.name) {
    case "nmap":
      return nmap(command.args);
    case "tcpdump":
    case "tshark":
    case "dumpcap":
      return capture(command);
    case "hping":
    case "hping2":
    case "hping3":
      return hping(command.args);
    case "nc":
    case "ncat":
    case "netcat":
    case "nc.traditional":
    case "nc.openbsd":
      return netcat(command.args);
    case "fping":
      return command.args.some((a) => /^-[a-z]*g/.test(a))
        ? { reason: "fping sweeps a network", confidence: "low" }
        : undefined;
    case "ping":
      return counts(line) && command.args.some((arg) => /^\d{1,3}(?:\.\d{1,3}){0,2}\.\$\{?\w{1,32}\}?$/.test(arg))
        ? { reason: "every address of a network is pinged in turn", confidence: "medium" }
        : undefined;
    default:
      return undefined;
  }
}

/** Does the script count (`seq 254`, `{1..254}`, `((i=1;...`)? A loop over a few hosts that are named does not. */
function counts({ text }: CommandLine): boolean {
  return /\bseq\s|\{\d{1,3}\.\.\d{1,3}\}|\(\(/.test(text);
}

const nmapProbes = /^-(?:s[SUXNFAMWTYZOIVC]+|A|O|T[45]|iL|iR|D|f|S|PS|PA|PU|PY|b)(?:$|[^a-z].*)/;
const nmapLong =
  /^--(?:script|min-rate|max-rate|spoof-mac|data-length|badsum|scanflags|osscan|version-(?:intensity|all)|source-port|decoy|mtu|top-ports|open)/;

function nmap(args: readonly string[]): Verdict | undefined {
  const asked = args.slice(0, 128);
  if (asked.length === 0 || asked.some((a) => /^(?:-V|--version|-h|--help|--iflist)$/.test(a))) return undefined;
  const probe = asked.find((a) => (nmapProbes.test(a) && !/^-sn/.test(a)) || nmapLong.test(a));
  if (probe) return { reason: `nmap probes with ${probe}`, confidence: "medium" };
  const ports = portRange(asked);
  if (ports) return { reason: `nmap scans ports ${ports}`, confidence: "medium" };
  const quiet = asked.some((a) => a === "-Pn" || a === "-P0" || a === "-PN");
  const sweep = asked.some(isRange);
  if (quiet && sweep) return { reason: "nmap scans a network without asking who is up", confidence: "medium" };
  return { reason: sweep ? "nmap lists the hosts of a network" : "nmap is run", confidence: "low" };
}

function portRange(args: readonly string[]): string | undefined {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    const text = arg === "-p" ? args[i + 1] : arg.startsWith("-p") ? arg.slice(2) : undefined;
    if (text === undefined) continue;
    if (text === "-" || text === "*") return text;
    const [, from, to] = /(?:^|[,:])(\d{0,5})-(\d{0,5})/.exec(text.slice(0, 256)) ?? [];
    if (from !== undefined && Number(to || 65535) - Number(from) >= 500) return text;
  }
  return undefined;
}

/** `192.0.2.0/24`, `192.0.2.1-254`, `192.0.2.*` */
function isRange(arg: string): boolean {
  return /^\d{1,3}(?:\.[\d*,-]{1,15}){3}(?:\/\d{1,2})?$/.test(arg) && /[/*-]/.test(arg);
}

/** Captures are an administrator's daily bread, unless they hide what they write or pick out passwords. */
function capture({ name, args }: Command): Verdict | undefined {
  const options = parseOptions(args, { short: "wriscBCFGEmTVWyzjPf", long: ["interface", "write-file"] });
  if (options.has("D", "version", "help", "h") || options.has("r")) return undefined;
  const file = options.value("w");
  if (file && (hiddenPath(file) || inTemporaryDirectory(file) || file === "-")) {
    return { reason: `${name} writes packets to ${file}`, confidence: "low" };
  }
  const filter = options.operands.join(" ");
  const plain = /\bport (?:21|23|25|110|143|ftp|telnet|smtp|pop3|imap|http)\b/.test(filter) && options.has("A", "X");
  return plain
    ? { reason: `${name} shows plain-text logins`, confidence: "medium" }
    : { reason: `${name} listens`, confidence: "low" };
}

function hping(args: readonly string[]): Verdict {
  const flood = args.some((arg) => /^--(?:flood|faster|rand-source|spoof)$|^(?:-i)?u\d{1,4}$/.test(arg));
  if (flood) return { reason: "hping floods a host", confidence: "high" };
  const scan = args.some((arg) => /^(?:-8|--scan|-S|--syn|-F|-X|-Y)$/.test(arg));
  return { reason: "hping probes a host", confidence: scan ? "medium" : "low" };
}

/** `nc -zv host 1-1024`: a port scan; one port is a check. */
function netcat(args: readonly string[]): Verdict | undefined {
  if (!args.some((a) => /^-[a-z]*z/.test(a))) return undefined;
  const wide = args.some((a) => {
    const [, from, to] = /^(\d{1,5})-(\d{1,5})$/.exec(a) ?? [];
    return from !== undefined && Number(to) - Number(from) >= 20;
  });
  return wide ? { reason: "netcat scans a range of ports", confidence: "medium" } : undefined;
}
