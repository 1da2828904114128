/**
 * How dockerd is told to listen: its own arguments, daemon.json, and the warnings of `GET /info`.
 *
 * Semantics as in moby `cmd/dockerd` and `opts/hosts.go`: a host without scheme is tcp; an empty address is localhost;
 * the default port is 2376 with TLS, else 2375; `--tlsverify` in any form turns TLS on, and only its value true asks
 * the client for a certificate. `tlscacert` alone verifies nobody.
 */
import type { DockerTls } from "../../events/fact.ts";
import { asRecord, asTexts } from "./json.ts";

export interface DaemonListener {
  readonly host: string;
  readonly port: number;
}

export interface DaemonOptions {
  readonly hosts: readonly string[];
  readonly tls: DockerTls;
  readonly configFile?: string;
  /** `host:port` of the metrics endpoint, which is no API. */
  readonly metrics?: string;
}

/** Boolean options of dockerd; every other takes a value (`dockerd --help`, 20.10 to 29). */
const flags = new Set(
  (
    "tls tlsverify debug D daemon d help h version v validate experimental icc init live-restore rootless iptables " +
    "ip6tables ip-forward ip-forward-no-drop ip-masq ipv6 userland-proxy selinux-enabled raw-logs no-new-privileges " +
    "disable-legacy-registry allow-direct-routing cri-containerd"
  ).split(" "),
);
const booleanShort = new Set(["D", "d", "h", "v"]);

/** Reads the arguments behind the program (and behind `daemon` or `-d` of the old `docker daemon`). */
export function daemonOptions(args: readonly string[]): DaemonOptions {
  const hosts: string[] = [];
  const values = new Map<string, string>();
  for (let i = 0; i < args.length && i < 1024; i += 1) {
    const arg = args[i] as string;
    if (!arg.startsWith("-") || arg === "-" || arg === "--") continue;
    const [name, inline] = arg.startsWith("--") ? longOption(arg) : shortOption(arg);
    const takesNext = inline === undefined && !flags.has(name);
    const value = inline ?? (takesNext ? args[i + 1] : "true") ?? "";
    if (takesNext) i += 1;
    if (name === "host" || name === "H") hosts.push(value);
    else values.set(name, value);
  }
  return {
    hosts,
    tls: tlsOf(values.get("tls"), values.get("tlsverify")),
    configFile: values.get("config-file"),
    metrics: values.get("metrics-addr"),
  };
}

/** Arguments of a daemon, or undefined for the client that shares the name: `docker daemon` (1.8+) and `docker -d`. */
export function daemonArguments(argv: readonly string[]): readonly string[] | undefined {
  const name = (argv[0] ?? "").split("/").at(-1) as string;
  if (/^(?:dockerd(?:-current|-ce|-rootless\.sh|-entrypoint\.sh)?|balena-engine-daemon|balenad)$/.test(name)) {
    return argv.slice(1);
  }
  if (name !== "docker" && name !== "docker-current") return undefined;
  const first = argv.slice(1).findIndex((arg) => !arg.startsWith("-"));
  const options = first < 0 ? argv.slice(1) : argv.slice(1, first + 1);
  if (options.includes("-d") || options.includes("--daemon")) return argv.slice(1);
  return first >= 0 && argv[first + 1] === "daemon" ? [...options, ...argv.slice(first + 2)] : undefined;
}

/** Undefined when the text is no JSON object. */
export function daemonJson(text: string): (DaemonOptions & { readonly tlsSet: boolean }) | undefined {
  let json: Record<string, unknown> | undefined;
  try {
    json = asRecord(JSON.parse(text));
  } catch {
    return undefined;
  }
  if (!json) return undefined;
  const { tls, tlsverify } = json;
  return {
    hosts: asTexts(json.hosts, 64),
    tls: tlsOf(asFlag(tls), asFlag(tlsverify)),
    tlsSet: tls !== undefined || tlsverify !== undefined,
    metrics: typeof json["metrics-addr"] === "string" ? json["metrics-addr"] : undefined,
  };
}

/** `unix://`, `fd://`, `npipe://` give undefined: they are not on the network. */
export function listenerOf(host: string, tls: DockerTls): DaemonListener | undefined {
  const [scheme, rest] = host.includes("://") ? split(host, "://") : ["tcp", host];
  if (scheme !== "tcp" && scheme !== "http" && scheme !== "https") return undefined;
  if (rest.startsWith("/") || rest === "fd" || (host === rest && !/[:.]|^localhost|^\d+$/.test(rest) && rest !== "")) {
    return undefined;
  }
  const address = (rest.split("/", 1)[0] as string).slice(0, 256);
  const bracket = /^\[([^\]]*)\](?::(\d+))?$/.exec(address);
  const colon = address.lastIndexOf(":");
  const name = bracket ? bracket[1] : colon >= 0 ? address.slice(0, colon) : address;
  const port = Number(bracket ? bracket[2] : colon >= 0 ? address.slice(colon + 1) : "");
  const fallback = tls === "none" ? 2375 : 2376;
  return { host: name || "localhost", port: Number.isInteger(port) && port > 0 && port < 65536 ? port : fallback };
}

/**
 * Warnings of `GET /info` (moby daemon/info.go, fillAPIInfo): `API is accessible on http://0.0.0.0:2375 without
 * encryption` and `... on https://0.0.0.0:2376 without TLS client verification`.
 */
export function listenersInWarnings(warnings: readonly string[]): (DaemonListener & { readonly tls: DockerTls })[] {
  return warnings.slice(0, 64).flatMap((warning) => {
    const found = /API is accessible on (https?):\/\/(\S{1,256}) without /.exec(warning);
    if (!found) return [];
    const tls: DockerTls = found[1] === "https" ? "tls" : "none";
    const listener = listenerOf(`tcp://${found[2]}`, tls);
    return listener ? [{ ...listener, tls }] : [];
  });
}

function tlsOf(tls: string | undefined, verify: string | undefined): DockerTls {
  if (isTrue(verify)) return "tlsverify";
  return isTrue(tls) || verify !== undefined ? "tls" : "none";
}

/** A flag of daemon.json as text; what is neither flag nor text is no flag, as dockerd refuses the file then. */
function asFlag(value: unknown): string | undefined {
  return typeof value === "boolean" || typeof value === "string" ? String(value) : undefined;
}

/** As Go's strconv.ParseBool. */
function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(?:1|t|true)$/i.test(value);
}

function longOption(arg: string): [string, string | undefined] {
  const equals = arg.indexOf("=");
  return equals < 0 ? [arg.slice(2), undefined] : [arg.slice(2, equals), arg.slice(equals + 1)];
}

/** `-H x`, `-Hx`, `-H=x`, and booleans clustered before it (`-DH x`). */
function shortOption(arg: string): [string, string | undefined] {
  let at = 1;
  while (at < arg.length - 1 && booleanShort.has(arg[at] as string)) at += 1;
  const name = arg[at] as string;
  const rest = arg.slice(at + 1);
  return [name, rest === "" ? undefined : rest.replace(/^=/, "")];
}

function split(text: string, by: string): [string, string] {
  const at = text.indexOf(by);
  return [text.slice(0, at).toLowerCase(), text.slice(at + by.length)];
}
