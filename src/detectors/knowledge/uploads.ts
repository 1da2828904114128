/**
 * What a command sends away: which local data, to whom. Options as in curl(1), wget(1), scp(1), rsync(1), sftp(1),
 * ftp(1), tftp(1), smbclient(1), nc(1), socat(1), openssl-s_client(1), rclone, s3 and cloud tools, mail(1).
 */
import { addressClass, isLoopback, parseUrl } from "./addresses.ts";
import { type Command, resolvePath } from "./command.ts";
import { secretKind } from "./credentials.ts";
import { isHistoryFile } from "./history-files.ts";
import { parseOptions } from "./options.ts";
import { basename, extension, inTemporaryDirectory } from "./paths.ts";
import { hereText } from "./payload.ts";

export interface Upload {
  /** Verb for the reason: `curl uploads`. */
  readonly how: string;
  /** Local paths, resolved; empty when the data comes from a pipe or is made up. */
  readonly sources: readonly string[];
  /** Host, bucket or address as given. */
  readonly destination: string;
  /** `file`: a file by design; `pipe`: standard input; `text`: literal data of an API call; `cloud`: a configured store. */
  readonly data: "file" | "pipe" | "text" | "cloud";
}

type Reader = (command: Command) => Upload | undefined;

const readers = new Map<string, Reader>([
  ["curl", curl],
  ["wget", wget],
  ["scp", copyOut],
  ["pscp", copyOut],
  ["rsync", copyOut],
  ["sftp", sftp],
  ["ftp", ftp],
  ["lftp", ftp],
  ["ncftpput", (c) => sent(c, c.args.filter((a) => !a.startsWith("-")).slice(2), operand(c, 0), "file")],
  [
    "ftpput",
    (c) =>
      sent(
        c,
        parseOptions(c.args, { short: "upP" }).operands.slice(1).slice(-1),
        parseOptions(c.args, { short: "upP" }).operands[0],
        "file",
      ),
  ],
  ["tftp", tftp],
  ["atftp", tftp],
  ["smbclient", smb],
  ["aws", aws],
  ["gsutil", (c) => cloud(c, /^(?:cp|mv|rsync)$/, /^gs:\/\//)],
  ["gcloud", (c) => cloud(c, /^(?:cp|mv|rsync)$/, /^gs:\/\//)],
  ["s3cmd", (c) => cloud(c, /^(?:put|sync)$/, /^s3:\/\//)],
  ["s5cmd", (c) => cloud(c, /^(?:cp|mv|sync|run)$/, /^s3:\/\//)],
  ["mc", (c) => cloud(c, /^(?:cp|mv|mirror|put)$/, /^[\w-]{1,32}\/[\w./-]+$/)],
  ["azcopy", (c) => cloud(c, /^(?:copy|cp|sync|c)$/, /^https?:\/\//)],
  ["rclone", (c) => cloud(c, /^(?:copy|copyto|sync|move|moveto|rcat)$/, /^[\w.@ -]{0,64}:/)],
  ["az", az],
  ["megaput", (c) => sent(c, operands(c), "mega", "file")],
  ["mega-put", (c) => sent(c, operands(c), "mega", "file")],
  ["b2", (c) => (/^upload/.test(c.args[0] ?? "") ? sent(c, operands(c).slice(2, 3), "backblaze", "cloud") : undefined)],
  ["hping3", icmp],
  ["nping", icmp],
  [
    "restic",
    (c) => (c.args.includes("backup") ? sent(c, operands(c).slice(-1), after(c, "-r", "--repo"), "cloud") : undefined),
  ],
  ["tar", tar],
  ["ab", (c) => sent(c, [after(c, "-p", "-u") ?? ""].filter(Boolean), after(c, "-p", "-u") && c.args.at(-1), "file")],
]);

/** What the command uploads by its own arguments; undefined when nothing leaves. Raw sockets: see `socketSend`. */
export function uploadOf(command: Command): Upload | undefined {
  return readers.get(command.name)?.(command);
}

function operands({ args }: Command): readonly string[] {
  return args.filter((arg) => !arg.startsWith("-"));
}

function operand(command: Command, at: number): string | undefined {
  return operands(command)[at];
}

function after({ args }: Command, ...names: string[]): string | undefined {
  const at = args.findIndex((arg) => names.includes(arg));
  return at < 0 ? undefined : args[at + 1];
}

function sent(
  command: Command,
  files: readonly string[],
  to: string | undefined,
  data: Upload["data"],
): Upload | undefined {
  if (to === undefined) return undefined;
  const sources = files.slice(0, 32).map((file) => resolvePath(command, file));
  return { how: command.name, sources, destination: to, data };
}

const curlSpec = {
  short: "AbcCdDeEFHKmoPQrtTuUwxXyYz",
  long: "data data-binary data-raw data-ascii data-urlencode json form form-string upload-file output header request user user-agent cookie cookie-jar referer cert key cacert config max-time connect-timeout retry retry-delay retry-max-time proxy range write-out resolve unix-socket abstract-unix-socket interface limit-rate max-redirs url url-query ciphers dump-header".split(
    " ",
  ),
};

function curl(command: Command): Upload | undefined {
  const options = parseOptions(command.args, curlSpec);
  if (options.has("unix-socket", "abstract-unix-socket")) return undefined;
  const to =
    options.value("url") ?? options.operands.find((word) => word.startsWith("$") || parseUrl(word) !== undefined);
  if (to === undefined) return undefined;
  const up = options.values("T", "upload-file");
  const forms = options.values("F", "form").flatMap((field) => /=["']?[@<]([^;"']{1,1024})/.exec(field)?.[1] ?? []);
  const data = options.values("d", "data", "data-binary", "data-ascii", "data-urlencode", "json");
  const files = data.flatMap((value) => /^[^=]{0,64}?=?@(.{1,1024})$/.exec(value)?.[1] ?? []);
  const all = [...up, ...forms, ...files];
  if (all.some((file) => file === "-" || file === ".")) return sent(command, [], to, "pipe");
  if (all.length === 0) return data.length > 0 || options.has("data-raw") ? sent(command, [], to, "text") : undefined;
  const api =
    up.length === 0 &&
    forms.length === 0 &&
    all.every((file) => /^(?:json|xml|ya?ml|graphql|txt|csv)$/.test(extension(file)));
  return sent(command, all, to, api && !all.some(sensitive) ? "text" : "file");
}

function wget(command: Command): Upload | undefined {
  const options = parseOptions(command.args, {
    short: "oaeitOTwQPURDAIlBX",
    long: [
      "post-file",
      "body-file",
      "post-data",
      "body-data",
      "method",
      "header",
      "timeout",
      "output-document",
      "user-agent",
    ],
  });
  const to = options.operands.find((word) => word.startsWith("$") || parseUrl(word) !== undefined);
  const files = options.values("post-file", "body-file");
  if (files.length > 0) return sent(command, files, to, "file");
  return options.has("post-data", "body-data") ? sent(command, [], to, "text") : undefined;
}

/** `scp local... [user@]host:path`, `rsync local... host:path|rsync://host/x`. */
function copyOut(command: Command): Upload | undefined {
  const rsync = command.name === "rsync";
  const options = parseOptions(command.args, {
    short: rsync ? "efTM" : "BcDFiJloPSX",
    long: "rsh exclude include filter files-from password-file bwlimit port temp-dir exclude-from include-from log-file timeout rsync-path chmod chown max-size min-size link-dest backup-dir suffix".split(
      " ",
    ),
    singleDash: command.name === "pscp",
  });
  const target = options.operands.at(-1);
  const sources = options.operands.slice(0, -1);
  if (target === undefined || sources.length === 0 || !remote(target) || sources.some(remote)) return undefined;
  return sent(command, sources, target, "file");
}

/** `host:path`, `user@host:path`, `rsync://host`; not `./a:b`. */
function remote(word: string): boolean {
  const colon = word.indexOf(":");
  return colon > 0 && !word.slice(0, colon).includes("/");
}

function sftp(command: Command): Upload | undefined {
  const text = hereText(command);
  const put =
    text === undefined
      ? undefined
      : /^[ \t]{0,64}m?put\s{1,16}(?:-\w{1,32}\s{1,16})?(\S{1,512})/m.exec(text.slice(0, 4096))?.[1];
  return put === undefined ? undefined : sent(command, [put], operands(command).at(-1), "file");
}

function ftp(command: Command): Upload | undefined {
  const options = parseOptions(command.args, { short: "oNPqrTsxuec" });
  if (command.name === "ftp" && command.args[0] === "-u")
    return sent(command, command.args.slice(2), command.args[1], "file");
  const text = [...options.values("e", "c"), hereText(command) ?? ""].join(" ; ").slice(0, 8192);
  const file =
    /(?:^|[;'"\s])(?:m?put|send|mirror\s{1,16}(?:-\w{1,32}\s{1,16}){0,8}(?:-R|--reverse))\s{1,16}(?:-\S{1,64}\s{1,16}){0,8}([^\s;'"]{1,512})/.exec(
      text,
    )?.[1];
  return file === undefined ? undefined : sent(command, [file], options.operands[0] ?? "ftp", "file");
}

function tftp(command: Command): Upload | undefined {
  const { args } = command;
  const put = args.indexOf("put");
  if (put > 0) return sent(command, args.slice(put + 1, put + 2), operands(command)[0], "file");
  const options = parseOptions(args, { short: "rlb", long: ["remote-file", "local-file"] });
  const file = options.value("l", "local-file") ?? options.value("r", "remote-file");
  return options.has("p", "put") && file !== undefined ? sent(command, [file], options.operands[0], "file") : undefined;
}

function smb(command: Command): Upload | undefined {
  const script = parseOptions(command.args, { short: "cUWIpDmTOsklnMLRdt" }).value("c") ?? "";
  const file = /(?:^|[;\s])m?put\s+([^\s;]{1,512})/.exec(script.slice(0, 4096))?.[1];
  return file === undefined ? undefined : sent(command, [file], operand(command, 0), "file");
}

function aws(command: Command): Upload | undefined {
  const { args } = command;
  if (args.includes("s3api") && args.includes("put-object"))
    return sent(command, [after(command, "--body") ?? ""], after(command, "--bucket"), "cloud");
  return args.includes("s3") ? cloud(command, /^(?:cp|mv|sync)$/, /^s3:\/\//) : undefined;
}

/** `verb local... remote`: the last operand is the store, those before are not. */
function cloud(command: Command, verb: RegExp, store: RegExp): Upload | undefined {
  const words = operands(command);
  const at = words.findIndex((word) => verb.test(word));
  // Options with a value of their own may follow the store.
  const end = words.findLastIndex((word, i) => i > at && store.test(word));
  const target = words[end];
  const sources = words.slice(at + 1, end);
  if (at < 0 || target === undefined || (store.test(words[at + 1] ?? "") && at + 2 < words.length)) return undefined;
  return sent(command, sources.slice(0, 8), target, sources.length === 0 ? "pipe" : "cloud");
}

function az(command: Command): Upload | undefined {
  const { args } = command;
  if (args[0] !== "storage" || !args.some((arg) => /^upload/.test(arg))) return undefined;
  return sent(
    command,
    [after(command, "--file", "-f", "--source", "-s") ?? ""],
    after(command, "--account-name", "--container-name", "-c", "-d") ?? "azure storage",
    "cloud",
  );
}

/** Data inside pings. */
function icmp(command: Command): Upload | undefined {
  const file = after(command, "--file", "-E");
  const to =
    command.args.find((arg, i) => !arg.startsWith("-") && !command.args[i - 1]?.startsWith("-")) ?? operand(command, 0);
  if (file !== undefined) return sent(command, [file], to, "file");
  return command.args.some((arg) => arg === "--sign" || arg === "-e") && command.args.includes("--icmp")
    ? sent(command, [], to, "pipe")
    : undefined;
}

/** `tar cf host:file ...`, or with another rsh-command. */
function tar(command: Command): Upload | undefined {
  const target = command.args.find((arg) => /^[\w.@-]{1,128}:[^\\]/.test(arg));
  const creates = command.args.some((arg) => /^-?[a-zA-Z]{0,24}c[a-zA-Z]{0,24}$|^--create$/.test(arg));
  if (target === undefined || !creates || command.args.includes("--force-local")) return undefined;
  return sent(
    command,
    operands(command).filter((word) => word !== target && word.startsWith("/")),
    target,
    "file",
  );
}

/** A whole disk or partition, by the kernel's names (Linux devices.txt). */
export function isDisk(path: string): boolean {
  return /^\/dev\/(?:[shv]d[a-z]{1,2}\d{0,3}|xvd[a-z]\d{0,3}|nvme\d{1,2}n\d{1,3}(?:p\d{1,3})?|mmcblk\d{1,2}(?:p\d{1,3})?|mapper\/[\w.-]{1,64})$/.test(
    path,
  );
}

/** Is this local path worth stealing: secrets, accounts, histories, keys, databases, what was staged for the way out? */
export function sensitive(path: string): boolean {
  if (path.endsWith(".pub")) return false;
  if (path.startsWith("/dev/")) return isDisk(path);
  if (/^\/(?:root|home)(?:\/\*)?$/.test(path) || secretKind(path) !== undefined || isHistoryFile(path)) return true;
  if (
    /^\/etc\/(?:passwd|group|sudoers|hosts|ssh|ssl|pki|aziot|iotedge|shadow|gshadow|wpa_supplicant|NetworkManager|openvpn|wireguard|kubernetes|docker|samba|krb5)\S{0,200}/.test(
      path,
    ) ||
    path === "/etc"
  )
    return true;
  if (
    /(?:^|\/)\.(?:ssh|aws|azure|kube|gnupg|docker|config\/gcloud|mozilla|password-store|bitcoin|ethereum|env)(?:\/|$)/.test(
      path,
    )
  )
    return true;
  if (
    /^\/(?:var\/(?:lib\/(?:aziot|iotedge|mysql|postgresql)|secrets|backups|log\/audit)|proc\/(?:kcore|\d+))(?:\/|$)/.test(
      path,
    )
  )
    return true;
  return (
    /(?:^|[/_.-])(?:passw(?:or)?ds?|secrets?|creds?|credentials?|private[_-]?key|wallet|loot|exfil|dump|customers?|payroll)(?:[/_.-]|$)/i.test(
      path,
    ) ||
    /\.(?:pem|key|pfx|p12|kdbx?|sql|sqlite3?|db|mdb|ovpn|ppk|keytab)$/i.test(basename(path)) ||
    (inTemporaryDirectory(path) && /\.(?:tar|tgz|tbz2?|txz|gz|zip|7z|rar|xz|bz2|enc|gpg|b64)$/i.test(path))
  );
}

/** Places made for handing files to strangers, and chat or hook endpoints: names as their owners publish them. */
const drops =
  /(?:^|\.)(?:transfer\.sh|file\.io|0x0\.st|temp\.sh|bashupload\.com|oshi\.at|gofile\.io|catbox\.moe|anonfiles?\.com|pixeldrain\.com|ufile\.io|uguu\.se|tmpfiles\.org|pastebin\.com|paste\.ee|termbin\.com|ix\.io|sprunge\.us|clbin\.com|dpaste\.(?:com|org)|hastebin\.com|rentry\.co|webhook\.site|requestbin\.\w+|pipedream\.net|ngrok(?:-free)?\.(?:io|app)|trycloudflare\.com|burpcollaborator\.net|oastify\.com|interact\.sh|oast\.\w+|discord(?:app)?\.com|api\.telegram\.org|hooks\.slack\.com|mega\.(?:nz|io)|dropboxapi\.com|file\.coffee|keep\.sh|filebin\.net|wetransfer\.com|sendspace\.com)$/i;

export type Place = "here" | "private" | "drop" | "address" | "name";

/** A name that only the own network knows: one label, a private ending, or an intranet's (RFC 6762, RFC 8375, ICANN's .internal). */
function ownNetwork(host: string): boolean {
  if (/\.(?:local|lan|internal|home|intranet|corp|home\.arpa)$|^(?:intranet|internal)\./i.test(host)) return true;
  return /^[a-z][a-z0-9-]{0,62}$/i.test(host);
}

/** What kind of place a destination is. `address`: a raw public address; `here`: this machine. */
export function placeOf(destination: string): Place {
  const host = parseUrl(destination)?.host ?? hostPart(destination);
  if (isLoopback(host)) return "here";
  const kind = addressClass(host);
  if (kind === "private" || kind === "link-local" || ownNetwork(host)) return "private";
  if (drops.test(host)) return "drop";
  return kind === "public" ? "address" : "name";
}

/** `user@host:path` and `//host/share` to the host. */
function hostPart(destination: string): string {
  const text = destination.replace(/^\/\//, "").split("/", 1)[0] as string;
  const host = text.slice(text.lastIndexOf("@") + 1);
  const colon = host.indexOf(":");
  return colon > 0 && host.indexOf(":", colon + 1) < 0 ? host.slice(0, colon) : host;
}
