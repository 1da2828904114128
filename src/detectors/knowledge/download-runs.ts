/** Downloads that the same command line runs: piped, substituted, or saved and executed. */

import { isPublicAddress, parseUrl } from "./addresses.ts";
import type { Command, CommandLine } from "./command.ts";
import { resolvePath } from "./command.ts";
import { type Alias, aliases, executedFile } from "./executions.ts";
import { type Fetch, fetchOf } from "./fetchers.ts";
import { interpreterCall, isShell, shellCall } from "./interpreters.ts";
import { basename, dirname } from "./paths.ts";

export interface DownloadRun {
  readonly urls: readonly string[];
  readonly reason: string;
  readonly file?: string;
}

/** The first download that the line itself runs. */
export function downloadRun(line: CommandLine): DownloadRun | undefined {
  return piped(line) ?? substituted(line) ?? byVariable(line) ?? saved(line) ?? unpacked(line) ?? evaluated(line);
}

/** Does the command run what it reads from standard input? */
export function runsInput(command: Command): boolean {
  const { name, args } = command;
  if (isShell(name)) return shellCall(args).stdin;
  if (name === "at" || name === "batch") return !args.some((arg) => arg.startsWith("-f"));
  if ((name === "source" || name === ".") && args[0] === "/dev/stdin") return true;
  const call = interpreterCall(command);
  return call !== undefined && (call.stdin || call.file === "/dev/stdin");
}

/** A fetch to standard output, by a known tool, or by an unknown one that is given a URL (renamed curl). */
export function networkOutput(command: Command): Fetch | undefined {
  const fetch = fetchOf(command);
  if (fetch) return fetch.stdout ? fetch : undefined;
  const { name, args } = command;
  if (isShell(name) || interpreterCall(command) || quiet.has(name)) return undefined;
  const urls = args.filter((arg) => /^(?:https?|ftp):\/\//i.test(arg) && parseUrl(arg) !== undefined);
  const tools = name === "" || command.program.startsWith("$");
  if (urls.length === 0 || (!tools && command.redirections.some((r) => r.operator.startsWith(">") && r.fd !== 2)))
    return undefined;
  return { tool: name, urls, hosts: urls.map((url) => parseUrl(url)?.host ?? ""), files: [], stdout: true };
}

/** Programs that print or work with a URL without fetching a script to standard output. */
const quiet = new Set(
  "echo printf cat grep egrep sed awk tee test [ export set git pip pip3 npm yarn docker podman kubectl helm apt apt-get apk dnf yum add-apt-repository apt-key gpg xdg-open open curl wget ssh rsync terraform ansible go cargo gem composer logger jq yq read cut tr head tail sort uniq ping".split(
    " ",
  ),
);

/** DNS answers piped into a shell: never an installer. */
function dnsOutput({ name, args }: Command): string | undefined {
  return name === "dig" || name === "nslookup" || name === "drill"
    ? args.find((arg) => arg.includes(".") && !arg.startsWith("-") && !arg.startsWith("@"))
    : undefined;
}

/** `curl u | sh`, `(wget -O- u || curl u) | base64 -d | sudo bash -s x` */
function piped(line: CommandLine): DownloadRun | undefined {
  for (const pipeline of line.pipelines) {
    const last = pipeline.findLast(runsInput);
    if (!last || last.stage === 0) continue;
    for (const command of pipeline) {
      if (command.stage >= last.stage) break;
      const found = networkOutput(command) ?? held(command) ?? fromSocket(command, line);
      const name = found ? undefined : dnsOutput(command);
      if (found)
        return { urls: found.urls, reason: `${last.name} runs what ${command.name} fetches from ${where(found)}` };
      if (name) return { urls: [name], reason: `${last.name} runs what ${command.name} answers` };
    }
  }
  return undefined;
}

function where({ hosts, urls }: Fetch): string {
  return (hosts[0] || urls[0] || "the network").slice(0, 128);
}

/** `exec 3<>/dev/tcp/h/p; ... cat <&3 | sh` */
function fromSocket(command: Command, { commands }: CommandLine): Fetch | undefined {
  const fd = command.redirections.find(({ operator, target }) => operator === "<&" && /^[3-9]$/.test(target))?.target;
  if (fd === undefined || isShell(command.name)) return undefined;
  const socket = commands
    .flatMap(({ redirections }) => redirections)
    .find((r) => r.fd === Number(fd) && r.target.startsWith("/dev/tcp/"))?.target;
  const host = socket?.split("/")[3];
  return host ? { tool: command.name, urls: [host], hosts: [host], files: [], stdout: true } : undefined;
}

/** `echo "$(curl u)" | sh` */
function held(command: Command): Fetch | undefined {
  if (command.name !== "echo" && command.name !== "printf" && command.name !== "cat") return undefined;
  for (const inner of command.substitutions) {
    const fetch = networkOutput(inner);
    if (fetch) return fetch;
  }
  return undefined;
}

/** `sh -c "$(curl u)"`, `eval "$(curl u)"`, `. <(curl u)`, `bash <(curl u)`, `sh < <(curl u)`, `` `curl u` `` */
function substituted(line: CommandLine): DownloadRun | undefined {
  for (const command of line.commands) {
    if (command.substitutions.length === 0 || !runsSubstitution(command)) continue;
    for (const inner of command.substitutions) {
      const fetch = networkOutput(inner);
      if (fetch)
        return {
          urls: fetch.urls,
          reason: `${command.name || "the shell"} runs what ${inner.name} fetches from ${where(fetch)}`,
        };
    }
  }
  // A group fed by a substitution: `while read l; do sh -c "$l"; done < <(curl u)` is not followed.
  return undefined;
}

function runsSubstitution(command: Command): boolean {
  const { name, program, args } = command;
  if (program.startsWith("$(") || program.startsWith("`")) return true;
  const first = args.find((arg) => arg.startsWith("$(") || arg.startsWith("`") || arg.startsWith("<("));
  if (name === "eval" || name === "source" || name === ".") return first !== undefined;
  const fed = command.redirections.some(
    (r) => (r.operator === "<" || r.operator === "<<<") && /^(?:<\(|\$\(|`)/.test(r.target),
  );
  if (runsInput(command) && fed) return true;
  if (isShell(name)) {
    const call = shellCall(args);
    return (call.file?.startsWith("<(") ?? false) || (call.script !== undefined && /^\s*(?:\$\(|`)/.test(call.script));
  }
  const call = interpreterCall(command);
  return call !== undefined && ((call.file?.startsWith("<(") ?? false) || /^\s*(?:\$\(|`)/.test(call.code ?? ""));
}

/** `X=$(curl u); eval "$X"`, `X=...; echo "$X" | sh`, `bash -c "$X"` */
function byVariable(line: CommandLine): DownloadRun | undefined {
  const fetched = new Map<string, Fetch>();
  for (const command of line.commands) {
    const fetch = command.substitutions.map(networkOutput).find((f) => f !== undefined);
    if (fetch) for (const [name] of command.assignments.slice(0, 16)) fetched.set(name, fetch);
    if (fetched.size === 0) continue;
    for (const [name, source] of fetched) {
      const uses =
        command.args.some((arg) => arg === `$${name}` || arg === `\${${name}}`) || command.program === `$${name}`;
      if (
        !uses ||
        !(
          command.name === "eval" ||
          command.program === `$${name}` ||
          isShell(command.name) ||
          feedsShell(command, line)
        )
      )
        continue;
      return { urls: source.urls, reason: `the shell runs what it fetched from ${where(source)} into $${name}` };
    }
  }
  return undefined;
}

function feedsShell(command: Command, line: CommandLine): boolean {
  return line.pipelines[command.pipeline]?.some((other) => other.stage > command.stage && runsInput(other)) ?? false;
}

/** Follows one name of a file to another, one step. */
function follow<V>(tracked: Map<string, V>, { from, to }: Alias): void {
  const source = tracked.get(from) ?? (from.includes("*") ? first(tracked, from) : undefined);
  if (source !== undefined && tracked.size < 256) tracked.set(to, source);
}

function first<V>(tracked: Map<string, V>, pattern: string): V | undefined {
  for (const [path, value] of tracked) if (matches(path, pattern)) return value;
  return undefined;
}

/** A glob with one star in its last component. */
function matches(path: string, pattern: string): boolean {
  if (dirname(path) !== dirname(pattern)) return false;
  const glob = basename(pattern);
  const star = glob.indexOf("*");
  const name = basename(path);
  return name.startsWith(glob.slice(0, star)) && name.endsWith(glob.slice(glob.lastIndexOf("*") + 1));
}

/** `wget u; chmod +x f; ./f`, also through mv, cp, cat, and by a glob. */
function saved(line: CommandLine): DownloadRun | undefined {
  const tracked = new Map<string, Fetch>();
  for (const command of line.commands) {
    const fetch = fetchOf(command);
    if (fetch) for (const file of fetch.files.slice(0, 32)) tracked.set(file, fetch);
    collect(command, line, tracked);
    if (tracked.size === 0) continue;
    for (const alias of aliases(command)) follow(tracked, alias);
    const file = executedFile(command);
    const source =
      file === undefined ? undefined : (tracked.get(file) ?? (file.includes("*") ? first(tracked, file) : undefined));
    if (source && file !== undefined)
      return { urls: source.urls, file, reason: `${file} is fetched from ${where(source)} and run` };
    const library = command.name === "" ? undefined : command.assignments.find(([key]) => key === "LD_PRELOAD")?.[1];
    const loaded = library === undefined ? undefined : tracked.get(resolvePath(command, library));
    if (loaded)
      return { urls: loaded.urls, file: library, reason: `${library} is fetched from ${where(loaded)} and preloaded` };
  }
  return undefined;
}

/** `curl u | tee f`, `curl u | base64 -d > f`: the pipeline's end writes the file. */
function collect(command: Command, line: CommandLine, tracked: Map<string, Fetch>): void {
  const source =
    command.stage === 0
      ? undefined
      : line.pipelines[command.pipeline]?.find((c) => c.stage < command.stage && fetchOf(c)?.stdout);
  const fetch = source && fetchOf(source);
  if (!fetch) return;
  const written = command.redirections.find((r) => r.operator.startsWith(">") && (r.fd ?? 1) === 1)?.target;
  const named = command.name === "tee" ? command.args.find((arg) => !arg.startsWith("-")) : undefined;
  for (const target of [written, named])
    if (target && target !== "/dev/null") tracked.set(resolvePath(command, target), fetch);
}

/**
 * `curl -O http://192.0.2.1/a.tgz && tar xzf a.tgz && ./a/run`. Sources are unpacked and built like this every day, so
 * only what comes from a bare address counts.
 */
function unpacked(line: CommandLine): DownloadRun | undefined {
  let source: Fetch | undefined;
  const archives = new Map<string, Fetch>();
  for (const command of line.commands) {
    const fetch = fetchOf(command);
    if (fetch?.hosts.some(isPublicAddress)) for (const file of fetch.files.slice(0, 8)) archives.set(file, fetch);
    if (archives.size === 0) continue;
    if (/^(?:tar|bsdtar|unzip|7z|gunzip|cpio)$/.test(command.name))
      source ??= command.args
        .map((arg) => archives.get(resolvePath(command, arg)))
        .find((found) => found !== undefined);
    const file =
      source && command.program.includes("/") && !command.program.startsWith("/") ? executedFile(command) : undefined;
    if (source && file !== undefined && !/\/(?:configure|autogen\.sh|bootstrap)$/.test(file))
      return {
        urls: source.urls,
        file,
        reason: `${file} is unpacked from what is fetched from ${where(source)} and run`,
      };
  }
  return undefined;
}

/** `python -c 'exec(urlopen("http://...").read())'`, `php -r 'eval(file_get_contents("http://..."));'` */
function evaluated(line: CommandLine): DownloadRun | undefined {
  for (const command of line.commands) {
    const code = interpreterCall(command)?.code;
    const fetch = code === undefined ? undefined : fetchOf(command);
    if (
      !code ||
      !fetch ||
      !/\b(?:exec|eval|compile|assert|loadstring|load|instance_eval)\b\s*[("]?|os\.system|subprocess|child_process|\bsystem\s*\(/.test(
        code,
      )
    )
      continue;
    return { urls: fetch.urls, reason: `${command.name} code runs what it fetches from ${where(fetch)}` };
  }
  return undefined;
}
