/**
 * Commands that carry other connections: ssh(1) and its kin by their options, relays by their addresses (socat(1),
 * ncat(1)), tunnel programs by name, NAT rules that send connections on to another host.
 */
import type { Command } from "./command.ts";
import { type OptionSpec, parseOptions } from "./options.ts";
import { basename } from "./paths.ts";

export interface Tunnel {
  readonly reason: string;
  /** Everyday use outweighs: to this machine only, or a developer's tool. */
  readonly weak?: boolean;
}

type Reader = (args: readonly string[]) => Tunnel | undefined;

/** Options of ssh(1) that take a value (OpenSSH 9). */
const sshSpec: OptionSpec = { short: "BbcDEeFIiJLlmOoPpQRSWw", posix: true };

/** What the command forwards; undefined when nothing. */
export function tunnelOf(command: Command): Tunnel | undefined {
  const reader = readers.get(command.name);
  if (reader) return reader(command.args);
  return named(command);
}

const readers = new Map<string, Reader>([
  ["ssh", (args) => ssh(args, sshSpec)],
  ["autossh", (args) => ssh(args, { ...sshSpec, short: `${sshSpec.short}M` })],
  ["slogin", (args) => ssh(args, sshSpec)],
  ["dbclient", (args) => ssh(args, { short: "lpiLRWKIJBcmbo", posix: true })],
  [
    "plink",
    (args) =>
      ssh(args, {
        long: ["l", "P", "i", "L", "R", "D", "m", "pw", "hostkey", "sshlog", "proxycmd"],
        posix: true,
        singleDash: true,
      }),
  ],
  ["sshuttle", (args) => (args.length > 1 ? { reason: "sshuttle routes a network through ssh" } : undefined)],
  ["socat", socat],
  ["ncat", ncat],
  ["nc", ncat],
  ["netcat", ncat],
  [
    "kubectl",
    (args) => (args.includes("port-forward") ? { reason: "kubectl forwards a port", weak: true } : undefined),
  ],
  [
    "adb",
    (args) => (/^(?:forward|reverse)$/.test(args[0] ?? "") ? { reason: "adb forwards a port", weak: true } : undefined),
  ],
  [
    "upnpc",
    (args) => (args.includes("-a") || args.includes("-r") ? { reason: "a port of the router is mapped" } : undefined),
  ],
  ["natpmpc", (args) => (args.includes("-a") ? { reason: "a port of the router is mapped" } : undefined)],
  [
    "tailscale",
    (args) =>
      /^(?:funnel|serve)$/.test(args[0] ?? "") ? { reason: `tailscale ${args[0]} publishes a port` } : undefined,
  ],
  [
    "websocat",
    (args) =>
      args.some((arg) => /(?:tcp|ws)-l(?:isten)?:/.test(arg)) ? { reason: "websocat relays a port" } : undefined,
  ],
  ["code", codeTunnel],
  ["code-insiders", codeTunnel],
  ["code-tunnel", (args) => codeTunnel(["tunnel", ...args])],
  ["devtunnel", (args) => verb(args, "devtunnel", "host", "port", "connect", "forward")],
  ["cloudflared", (args) => verb(args, "cloudflared", "tunnel", "access")],
  ["iptables", dnat],
  ["iptables-legacy", dnat],
  ["iptables-nft", dnat],
  ["ip6tables", dnat],
  ["nft", nftDnat],
  ["firewall-cmd", firewallCmd],
]);

function ssh(args: readonly string[], spec: OptionSpec): Tunnel | undefined {
  const before = parseOptions(args, spec);
  // ssh reads options behind the host too, up to the remote command.
  const behind = parseOptions(before.operands.slice(1), spec);
  for (const options of [before, behind]) {
    if (options.has("O") && options.value("O") !== "forward") return undefined;
    const forward = options.value("L") ?? options.value("R") ?? options.value("D");
    if (forward !== undefined) return { reason: `ssh forwards ${forward.slice(0, 120)}` };
    if (options.has("w")) return { reason: "ssh opens a tunnel device" };
    const config = options
      .values("o")
      .find((o) => /^\s*(?:(?:Local|Remote|Dynamic)Forward\b|Tunnel[= ]+(?:yes|ethernet|point))/i.test(o));
    if (config !== undefined) return { reason: `ssh is given ${config.slice(0, 120)}` };
  }
  return undefined;
}

/** Address types of socat(1): what accepts, and what goes out. EXEC and SYSTEM are a back door, not a forward. */
function socat(args: readonly string[]): Tunnel | undefined {
  const spec: OptionSpec = { short: "bLlWtT", posix: false };
  const types = parseOptions(args, spec).operands.map((address) =>
    (/^[A-Za-z0-9-]{1,32}/.exec(address)?.[0] ?? "").toUpperCase(),
  );
  if (types.length !== 2 || types.some((type) => /^(?:EXEC|SYSTEM|SHELL)$/.test(type))) return undefined;
  const listens = types.some((type) =>
    /LISTEN$|^(?:TCP|UDP|SSL|VSOCK)[46]?-L$|^(?:UDP[46]?-RECV(?:FROM)?|TUN|L2TP)$/.test(type),
  );
  const network = types.filter((type) =>
    /^(?:TCP|UDP|SCTP|DCCP|SSL|OPENSSL|SOCKS|PROXY|VSOCK|UNIX|ABSTRACT|TUN|GOPEN|LOCAL)/.test(type),
  );
  const local = types.every((type) => /^(?:UNIX|ABSTRACT|LOCAL)/.test(type));
  return network.length === 2 &&
    (listens || network.every((type) => /^(?:TCP|SSL|OPENSSL|SOCKS|PROXY)/.test(type))) &&
    !local
    ? { reason: `socat joins ${types.join(" and ")}` }
    : undefined;
}

function ncat(args: readonly string[]): Tunnel | undefined {
  const options = parseOptions(args, {
    short: "cegGiopmswxd",
    long: ["exec", "sh-exec", "proxy", "proxy-type", "lua-exec"],
  });
  const execs = options.value("c", "sh-exec", "e", "exec") ?? "";
  if (options.has("l", "listen") && /(?:^|\/)(?:nc|ncat|netcat|socat)\s+(?!-\w*l)/.test(execs))
    return { reason: "ncat relays a port" };
  const proxies = options.has("l", "listen") && options.has("proxy-type");
  return proxies ? { reason: "ncat listens as a proxy" } : undefined;
}

function codeTunnel(args: readonly string[]): Tunnel | undefined {
  const at = args.indexOf("tunnel");
  const leaves = /^(?:status|kill|unregister|prune|rename|help)$/.test(args[at + 1] ?? "");
  return at >= 0 && !leaves ? { reason: "the editor's tunnel opens this host to the outside" } : undefined;
}

function verb(args: readonly string[], tool: string, ...verbs: string[]): Tunnel | undefined {
  const given = args.find((arg) => !arg.startsWith("-"));
  const asks = args.some((arg) => /^(?:list|info|show|delete|login|cleanup|--help|-h|--version|help)$/.test(arg));
  return given !== undefined && verbs.includes(given) && !asks
    ? { reason: `${tool} ${given} opens a tunnel` }
    : undefined;
}

/** `-j DNAT --to-destination`: sent on to another host. Container bridges (172.17-31, 10.88, 10.42) are the engine's. */
function dnat(args: readonly string[]): Tunnel | undefined {
  const options = parseOptions(args, {
    short: "tjpsdiomAI",
    long: ["to-destination", "to", "jump", "append", "insert", "table", "to-ports", "dport", "match"],
  });
  if (!options.has("A", "I", "append", "insert") || options.value("j", "jump") !== "DNAT") return undefined;
  const target = options.value("to-destination", "to") ?? "";
  const chain = options.value("A", "I", "append", "insert") ?? "";
  const own = /^(?:172\.(?:1[7-9]|2\d|3[01])\.|10\.(?:88|42|43|244)\.|127\.|:|\[?::1)/.test(target);
  return {
    reason: `connections are sent on to ${target.slice(0, 64)}`,
    weak: own || /docker|kube|cni|podman|netavark/i.test(chain),
  };
}

function nftDnat(args: readonly string[]): Tunnel | undefined {
  const target = /\bdnat(?: ip6?)? to (\S{1,64})/.exec(args.join(" ").slice(0, 4096))?.[1];
  if (target === undefined || !args.some((arg) => /\b(?:add|insert)\b/.test(arg))) return undefined;
  return {
    reason: `connections are sent on to ${target}`,
    weak: /^(?:172\.(?:1[7-9]|2\d|3[01])\.|127\.|:)/.test(target),
  };
}

function firewallCmd(args: readonly string[]): Tunnel | undefined {
  const rule = /--add-forward-port[= ](\S{1,128})/.exec(args.join(" "))?.[1];
  return rule === undefined
    ? undefined
    : { reason: `firewalld forwards ${rule}`, weak: !/toaddr=(?!127\.)/.test(rule) };
}

/** Programs that exist to carry connections past what is in the way. */
const programs = new Set(
  "chisel ngrok ligolo-agent ligolo-proxy frpc frps rathole bore gost ligolo ligolo-ng iox earthworm ew npc nps lcx htran portmap rinetd redir revsocks rpivot stowaway stowaway_agent stowaway_admin pagekite zrok playit boringproxy proxytunnel hts htc iodine iodined dnscat dnscat2 dnscat2-client dns2tcpc dns2tcpd ptunnel ptunnel-ng icmptunnel icmptx hans microsocks srelay wstunnel pwnat udp2raw redsocks redsocks2 tun2socks badvpn-tun2socks kcptun-client kcptun-server simple_proxy 3proxy tinyportmapper portfwd tcptunnel sish inlets inletsctl loophole lt localtunnel localxpose loclx telebit tunnelto expose holesail pinggy remotemoe neoreg neoreg.py regeorgsocksproxy.py reGeorgSocksProxy.py soxy venom_agent venom_admin fuso nkn-tunnel goproxy suo5 gs-netcat".split(
    " ",
  ),
);

/** Releases carry the platform in their names: `chisel_1.9_linux_amd64`, `frpc-arm64`. */
function named({ name, args, program }: Command): Tunnel | undefined {
  const bare = name
    .replace(/\.(?:py|elf|bin)$/, "")
    .replace(/[-_.]v?\d.*$|[-_](?:linux|amd64|arm\w*|x86\w*|386|mips\w*|aarch64).*$/is, "");
  const script = /^(?:python|perl|ruby|node)/.test(name)
    ? basename(args.find((arg) => !arg.startsWith("-")) ?? "").replace(/\.(?:py|pl|rb|js)$/, "")
    : "";
  const hired = /^(?:npx|bunx|pnpx)$/.test(name)
    ? (args.find((arg) => !arg.startsWith("-")) ?? "").replace(/@.*$/s, "")
    : "";
  const family = /^(ligolo|chisel|frpc|frps|rathole|gost|stowaway|iox|ngrok)[-_]/.exec(name)?.[1] ?? "";
  const known = [name, bare, script, hired, family].find((candidate) => candidate !== "" && programs.has(candidate));
  const agent =
    known ??
    (/(?:^|\/)(?:ligolo|chisel|frp|rathole|gost|nps)[\w.-]*\/(?:agent|proxy|client|server|c|s)$/i.test(program)
      ? program
      : undefined);
  if (agent === undefined) return undefined;
  if (
    args.some((arg) =>
      /^(?:--?version|-v|-V|--?help|-h|help|version|authtoken|config|update|verify|add-authtoken|completion)$/.test(
        arg,
      ),
    ) &&
    args.length < 4 &&
    !args.includes("--socks5")
  )
    return args.includes("-v") && args.length > 1 ? { reason: `the tunnel program ${agent} is run` } : undefined;
  return { reason: `the tunnel program ${agent} is run` };
}
