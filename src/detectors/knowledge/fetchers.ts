/**
 * What a command fetches from the network and where it puts it. Options as in wget(1), curl(1), busybox, tftp(1),
 * ftp(1), scp(1), rsync(1), aria2c(1), lwp-download(1).
 *
 * Blind spot: a file name chosen by the server (`curl -J`, redirects) and recursive downloads.
 */
import { isLoopback, parseUrl, type Url, urlsIn } from "./addresses.ts";
import { type Command, resolvePath } from "./command.ts";
import { interpreterCall, interpreterFamily } from "./interpreters.ts";
import { type OptionSpec, type Options, parseOptions } from "./options.ts";
import { basename } from "./paths.ts";
import { hereText } from "./payload.ts";

export interface Fetch {
  readonly tool: string;
  /** Addresses as given; without scheme for `tftp host` and the like. */
  readonly urls: readonly string[];
  /** Hosts of these, lower-case. */
  readonly hosts: readonly string[];
  /** Absolute paths it may write; empty when all goes to standard output. */
  readonly files: readonly string[];
  /** The content goes to standard output (and on into the pipe). */
  readonly stdout: boolean;
}

interface Found {
  readonly urls: readonly string[];
  readonly files: readonly string[];
  readonly stdout: boolean;
}

type Reader = (command: Command) => Found | undefined;

const nothing = new Set(["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]);
const discarded = "/dev/null";

const readers = new Map<string, Reader>([
  ["wget", wget],
  ["wget2", wget],
  ["curl", curl],
  ["wcurl", (c) => named(c, { short: "oO" }, ["o", "O", "output"])],
  ["fetch", (c) => named(c, { short: "oTwBNS" }, ["o"])],
  ["aria2c", (c) => named(c, { short: "doxsjik", long: ["dir", "out"] }, ["o", "out"], ["d", "dir"])],
  ["axel", (c) => named(c, { short: "noUH", long: ["output"] }, ["o", "output"])],
  ["ftp", ftp],
  ["lftp", (c) => named(c, { short: "eucp" }, [])],
  ["lwp-download", lwpDownload],
  ["ftpget", ftpget],
  ["tftp", tftp],
  ["atftp", tftp],
  ["scp", remoteCopy],
  ["rsync", remoteCopy],
  ["sftp", remoteCopy],
  ["nc", netcat],
  ["ncat", netcat],
  ["netcat", netcat],
  ["nc.traditional", netcat],
  ["nc.openbsd", netcat],
  ["telnet", netcat],
  ["cat", devTcp],
  ...["GET", "lwp-request", "lynx", "links", "elinks", "w3m", "http", "https", "xh", "HEAD", "curlie"].map(
    (name) => [name, page] as const,
  ),
]);

const cache = new WeakMap<Command, Fetch | null>();

/** What the command fetches; undefined when it fetches nothing, or only from this machine. */
export function fetchOf(command: Command): Fetch | undefined {
  const known = cache.get(command);
  if (known !== undefined) return known ?? undefined;
  const found = (readers.get(command.name) ?? (interpreterFamily(command.name) ? code : undefined))?.(command);
  const fetch = found ? finish(command, found) : undefined;
  cache.set(command, fetch ?? null);
  return fetch;
}

/** Names of the programs that `fetchOf` knows (interpreters excepted). */
export function isFetcher(name: string): boolean {
  return readers.has(name) && name !== "cat";
}

function finish(command: Command, found: Found): Fetch | undefined {
  const hosts = found.urls.map((url) => parseUrl(url)?.host ?? url.slice(0, 253).toLowerCase());
  if (hosts.length === 0 || hosts.every(isLoopback)) return undefined;
  const redirected = found.stdout ? stdoutFile(command) : undefined;
  const files = [...found.files, ...(redirected ? [redirected] : [])]
    .filter((file) => file !== discarded)
    .map((file) => resolvePath(command, file));
  const stdout = found.stdout && redirected === undefined;
  return { tool: command.name, urls: found.urls, hosts, files: [...new Set(files)].slice(0, 32), stdout };
}

/** File that standard output is sent to. */
export function stdoutFile(command: Command): string | undefined {
  const out = command.redirections.find(
    (r) =>
      (r.fd === undefined || r.fd === 1) &&
      [">", ">>", ">|", "&>", "&>>", "<>"].includes(r.operator) &&
      (r.operator !== "<>" || r.fd === 1),
  );
  return out?.target;
}

function urls(words: readonly string[]): readonly string[] {
  return words.filter((word) => word.startsWith("$") || parseUrl(word) !== undefined).slice(0, 64);
}

/** Name under which a URL is saved by default, with and without its query. */
function savedAs(url: string, directory = ""): readonly string[] {
  const parsed = parseUrl(url);
  const name = parsed ? basename(parsed.path) || "index.html" : basename(url);
  const raw = basename(url.replace(/^[a-z]+:\/\//i, "").slice(0, 2048));
  const names = raw && raw !== name && raw.startsWith(name) && parsed ? [name, raw] : [name];
  return names.map((n) => `${directory || "."}/${n}`);
}

function wget(command: Command): Found | undefined {
  const options = parseOptions(command.args, {
    short: "OPoaietTwQUlABDIXR",
    long: "output-document directory-prefix output-file append-output input-file execute tries timeout wait quota user-agent header post-data post-file body-data body-file referer user password method ca-certificate load-cookies limit-rate dns-timeout connect-timeout read-timeout waitretry".split(
      " ",
    ),
  });
  const list = urls(options.operands);
  if (list.length === 0 || options.has("spider")) return undefined;
  const target = options.value("O", "output-document");
  if (target !== undefined) return nothing.has(target) ? stream(list) : { urls: list, files: [target], stdout: false };
  const directory = options.value("P", "directory-prefix");
  return { urls: list, files: list.flatMap((url) => savedAs(url, directory)), stdout: false };
}

const curlSpec: OptionSpec = {
  short: "oAbcCdDeEFHKmPQrtTuUwxXyYz",
  long: "output output-dir user-agent cookie cookie-jar data data-raw data-binary data-urlencode dump-header referer cert key cacert capath form form-string header config max-time connect-timeout retry retry-delay retry-max-time ftp-port quote range upload-file user proxy proxy-user write-out request url resolve unix-socket interface limit-rate max-redirs speed-limit speed-time ciphers proto proto-redir dns-servers noproxy json socks5 socks5-hostname socks4 preproxy".split(
    " ",
  ),
};

function curl(command: Command): Found | undefined {
  const options = parseOptions(command.args, curlSpec);
  const list = [...urls(options.operands), ...options.values("url")];
  if (list.length === 0 || options.has("T", "upload-file", "unix-socket", "abstract-unix-socket", "I", "head"))
    return undefined;
  const directory = options.value("output-dir");
  const files = options.values("o", "output").filter((file) => !nothing.has(file));
  const byName = options.has("O", "remote-name", "remote-name-all", "J") ? list.flatMap((url) => savedAs(url)) : [];
  const all = [...files, ...byName].map((file) => (directory && !file.startsWith("/") ? `${directory}/${file}` : file));
  const kept = options.has("o", "output") && files.length > 0;
  return { urls: list, files: all, stdout: !kept && byName.length === 0 };
}

function stream(list: readonly string[]): Found {
  return { urls: list, files: [], stdout: true };
}

function named(
  command: Command,
  spec: OptionSpec,
  outputs: readonly string[],
  directories: readonly string[] = [],
): Found | undefined {
  const options = parseOptions(command.args, spec);
  const list = urls(options.operands);
  if (list.length === 0) return undefined;
  const target = outputs.length > 0 ? options.value(...outputs) : undefined;
  const directory = directories.length > 0 ? options.value(...directories) : undefined;
  if (target !== undefined && nothing.has(target)) return stream(list);
  const files =
    target !== undefined ? [directory ? `${directory}/${target}` : target] : list.flatMap((u) => savedAs(u, directory));
  return { urls: list, files, stdout: false };
}

function page(command: Command): Found | undefined {
  const list = urls(command.args.filter((arg) => !arg.startsWith("-")));
  return list.length > 0 ? stream(list) : undefined;
}

function lwpDownload(command: Command): Found | undefined {
  const { operands } = parseOptions(command.args);
  const [url, file] = operands;
  return url === undefined ? undefined : { urls: [url], files: file ? [file] : savedAs(url), stdout: false };
}

/** busybox: `ftpget [-u X] [-p X] [-P N] HOST [LOCAL] REMOTE` */
function ftpget(command: Command): Found | undefined {
  const { operands } = parseOptions(command.args, { short: "upP", long: ["username", "password", "port"] });
  const [host, local, remote] = operands;
  if (host === undefined || local === undefined) return undefined;
  return local === "-"
    ? stream([host])
    : { urls: [host], files: [remote === undefined ? basename(local) : local], stdout: false };
}

/** busybox `tftp -g -r REMOTE [-l LOCAL] HOST [PORT]`; tftp-hpa `tftp HOST [PORT] -c get REMOTE [LOCAL]`. */
function tftp(command: Command): Found | undefined {
  const get = command.args.indexOf("get");
  const host = (options: Options) => options.operands[0];
  if (get > 0) {
    const [remote, local] = command.args.slice(get + 1);
    const options = parseOptions(command.args.slice(0, get), { short: "mR", long: ["option"] });
    const file = local ?? (remote ? basename(remote) : undefined);
    const from = host(options);
    return from && file ? { urls: [from], files: [file], stdout: false } : undefined;
  }
  const options = parseOptions(command.args, { short: "rlb", long: ["remote-file", "local-file", "option"] });
  const remote = options.value("r", "remote-file");
  const local = options.value("l", "local-file") ?? (remote ? basename(remote) : undefined);
  const from = host(options);
  if (!options.has("g", "get") || !from || local === undefined) return undefined;
  return local === "-" ? stream([from]) : { urls: [from], files: [local], stdout: false };
}

/** `ftp [-o FILE] URL`, `ftp HOST <<EOF ... get X` */
function ftp(command: Command): Found | undefined {
  const options = parseOptions(command.args, { short: "oNPqrTuUsx" });
  const host = options.operands[0];
  if (host === undefined) return undefined;
  const url = parseUrl(host);
  if (url?.scheme) return { urls: [host], files: [options.value("o") ?? basename(url.path)], stdout: false };
  const files = (hereText(command) ?? "").split("\n", 256).flatMap((line) => {
    const [verb, remote, local] = line.trim().split(/\s+/, 4);
    return verb === "get" || verb === "recv" || verb === "mget" ? [local ?? basename(remote ?? "")] : [];
  });
  return files.length > 0 ? { urls: [host], files, stdout: false } : undefined;
}

/** `scp [user@]host:path local`, `rsync host:path local`, `sftp host:path [local]` */
function remoteCopy(command: Command): Found | undefined {
  const { operands } = parseOptions(command.args, {
    short: command.name === "rsync" ? "efTM" : "BcDFiJloPSX",
    long: ["rsh", "exclude", "include", "filter", "files-from", "password-file", "bwlimit", "port", "temp-dir"],
  });
  const target = operands.length > 1 ? (operands.at(-1) as string) : ".";
  const sources = operands.slice(0, Math.max(1, operands.length - 1)).filter(isRemote);
  if (sources.length === 0 || isRemote(target)) return undefined;
  const names = sources.map((source) => basename(source.slice(source.indexOf(":") + 1)));
  const files = [target, ...names.map((name) => `${target}/${name}`)];
  return { urls: sources.map((s) => (s.includes("://") ? s : hostOf(s))), files, stdout: false };
}

/** `host:path`, `user@host:path`, `rsync://host/x`; not `./a:b`. */
function isRemote(operand: string): boolean {
  const colon = operand.indexOf(":");
  return colon > 0 && !operand.slice(0, colon).includes("/");
}

function hostOf(source: string): string {
  const host = source.slice(0, source.indexOf(":"));
  return host.slice(host.lastIndexOf("@") + 1);
}

/** `nc HOST PORT`: what comes back goes to standard output. */
function netcat(command: Command): Found | undefined {
  const options = parseOptions(command.args, {
    short: "eciopqswxXTIMOgGm",
    long: ["exec", "sh-exec", "source", "source-port", "wait"],
  });
  if (options.has("e", "c", "exec", "sh-exec", "z", "l", "listen")) return undefined;
  const [host, port] = options.operands;
  return host !== undefined && port !== undefined ? stream([host]) : undefined;
}

/** `cat < /dev/tcp/HOST/PORT` */
function devTcp(command: Command): Found | undefined {
  const socket = command.redirections.find((r) => r.operator === "<" && /^\/dev\/(tcp|udp)\//.test(r.target));
  return socket ? stream([socket.target.split("/")[3] ?? ""]) : undefined;
}

const codeFetches =
  /urlopen|urlretrieve|requests\.get|httpx\.get|http\.client|LWP|getstore|getprint|HTTP::Tiny|Net::HTTP|open-uri|URI\.open|file_get_contents|curl_exec|copy\(|fopen\(|http\.get|https\.get|fetch\(|socket\.http/;

/** A one-liner of another language with a URL and a call that fetches. */
function code(command: Command): Found | undefined {
  const text = interpreterCall(command)?.code;
  if (!text?.includes("://")) return undefined;
  const bounded = text.slice(0, 16384);
  const list: readonly Url[] = urlsIn(bounded);
  if (list.length === 0 || !codeFetches.test(`${command.args.join(" ").slice(0, 1024)} ${bounded}`)) return undefined;
  const files = [...literals(bounded)].filter(
    (s) => /^[\w./~-]{1,255}$/.test(s) && (s.startsWith("/") || extensionLike(s)),
  );
  return { urls: list.map((url) => url.text), files, stdout: true };
}

function extensionLike(text: string): boolean {
  return /\w\.\w{1,5}$/.test(text) && !/^(urllib|http|net|os|sys)\./.test(text);
}

/** Quoted strings of a code text, at most 64. */
function* literals(text: string): Generator<string> {
  let at = 0;
  for (let n = 0; n < 64; n++) {
    while (at < text.length && text[at] !== '"' && text[at] !== "'") at++;
    const end = text.indexOf(text[at] ?? "\0", at + 1);
    if (at >= text.length || end < 0) return;
    yield text.slice(at + 1, end);
    at = end + 1;
  }
}
