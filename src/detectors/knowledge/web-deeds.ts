/**
 * What a child of a web server does, graded: `shell` and `strong` deeds have no place in serving pages, `weak` ones are
 * also done by status pages and plugins.
 */
import { isPublicAddress, parseUrl } from "./addresses.ts";
import { type Command, type CommandLine, resolvePath } from "./command.ts";
import { secretKind } from "./credentials.ts";
import { fetchOf } from "./fetchers.ts";
import { interpreterCall, isShell, shellCall } from "./interpreters.ts";
import { extension, hiddenPath, inTemporaryDirectory, inWebRoot } from "./paths.ts";
import { isServerScript } from "./web.ts";

export interface WebDeed {
  readonly grade: "shell" | "strong" | "weak";
  readonly what: string;
  /** A file with accounts or secrets is read. */
  readonly secret?: boolean;
  /** A shell with nothing to run: under the account alone it may be a person's. */
  readonly bareShell?: boolean;
}

const relays = new Set([
  "nc",
  "ncat",
  "netcat",
  "nc.traditional",
  "nc.openbsd",
  "socat",
  "telnet",
  "chisel",
  "ngrok",
  "frpc",
]);
const strongRecon = new Set([
  "whoami",
  "id",
  "lastlog",
  "last",
  "w",
  "arp",
  "groups",
  "lsattr",
  "getcap",
  "finger",
  "logname",
  "sudo",
  "su",
  "useradd",
  "adduser",
  "usermod",
  "passwd",
  "crontab",
  "gcc",
  "cc",
  "tcc",
  "ssh",
  "scp",
  "sftp",
  "ssh-keygen",
  "chattr",
  "nmap",
  "masscan",
  "pkexec",
  "iptables",
  "insmod",
  "tftp",
  "ftpget",
  "lwp-download",
  "docker",
  "nsenter",
  "at",
]);
const weakRecon = new Set([
  "uname",
  "hostname",
  "hostnamectl",
  "ifconfig",
  "ip",
  "ps",
  "netstat",
  "ss",
  "route",
  "who",
  "users",
  "env",
  "printenv",
  "pwd",
  "ls",
  "lscpu",
  "lsblk",
  "mount",
  "df",
  "free",
  "uptime",
  "find",
  "grep",
  "cat",
  "head",
  "tail",
  "pgrep",
  "top",
  "lsb_release",
  "getent",
  "history",
  "lsof",
  "dmesg",
  "nslookup",
  "dig",
  "host",
  "ping",
  "curl",
  "wget",
  "kill",
  "pkill",
  "rm",
  "cp",
  "mv",
  "touch",
  "mkdir",
  "chown",
  "echo",
  "printf",
]);
/** Where applications keep their database password. */
const configuration =
  /(?:^|\/)(?:wp-config|config|configuration|settings|database|db)\.(?:php|inc)$|(?:^|\/)\.(?:env|htpasswd)$/;
const told =
  /^\/(?:etc\/(?:passwd|group|issue|os-release|redhat-release|hosts|crontab|ssh\/\S{1,64}|sudoers\S{0,64}|fstab|exports)|proc\/(?:version|self\/\w{1,16}|net\/\w{1,16})|root(?:\/.*)?|home\/[^/]{1,64}\/\..*)$/;

/** What a page has no use for when the server itself asks; under its account alone (cron, consoles) it may be tidying. */
const serverRecon = new Set("ifconfig ip ps netstat ss route who users printenv arp lsof".split(" "));
const bareRecon = new Set(["hostname", "pwd", "env"]);

/**
 * The gravest deed of a line; undefined for what any page may run (convert, sendmail, mysql --version...). `served`: a
 * web server stands above, not only its account.
 */
export function webDeed(line: CommandLine, served: boolean): WebDeed | undefined {
  let weak: WebDeed | undefined;
  let facts = 0;
  for (const command of line.commands) {
    if (command.redirections.some(({ target }) => /^\/dev\/(?:tcp|udp)\//.test(target)))
      return { grade: "shell", what: "a shell's network socket" };
    const deed = judge(command, served);
    if (deed && deed.grade !== "weak") return deed;
    if (deed && recon(command)) facts++;
    weak ??= deed;
  }
  return facts >= 3 ? { grade: "strong", what: "several questions about the host" } : weak;
}

function recon({ name }: Command): boolean {
  return /^(?:uname|hostname|ifconfig|ip|ps|netstat|ss|route|who|users|pwd|ls|lscpu|cat|env|df|free)$/.test(name);
}

function judge(command: Command, served: boolean): WebDeed | undefined {
  const { name, args } = command;
  if (relays.has(name) && args.length > 0) return { grade: "shell", what: `the network tool ${name}` };
  if (name === "openssl" && args[0] === "s_client") return { grade: "shell", what: "openssl s_client" };
  if (isShell(name)) return shell(command);
  return fetched(command) ?? interpreted(command, served) ?? planted(command) ?? asked(command, served);
}

/** A shell for its own sake: interactive, or fed by a pipe. `sh -c` is judged by what it runs. */
function shell(command: Command): WebDeed | undefined {
  const call = shellCall(command.args);
  if (call.interactive) return { grade: "shell", what: "an interactive shell", bareShell: call.stdin };
  if (call.stdin && command.stage > 0) return { grade: "strong", what: "a shell that reads commands" };
  if (call.stdin) return { grade: "shell", what: "a shell that reads commands", bareShell: true };
  if (call.file !== undefined && suspectFile(resolvePath(command, call.file)))
    return { grade: "strong", what: `the script ${call.file}` };
  return undefined;
}

function suspectFile(path: string): boolean {
  return (
    inTemporaryDirectory(path) ||
    hiddenPath(path) ||
    (inWebRoot(path) && /\/(?:uploads?|images?|tmp|cache|files|media)\//.test(path))
  );
}

function fetched(command: Command): WebDeed | undefined {
  const fetch = fetchOf(command);
  if (!fetch) return undefined;
  const saved = fetch.files.some((file) => suspectFile(file) || isServerScript(file));
  const raw = fetch.urls.some((url) => isPublicAddress(parseUrl(url)?.host ?? url));
  const strong = saved || raw || (fetch.files.length > 0 && !/^(?:curl|wget)$/.test(command.name));
  return { grade: strong || fetch.files.length > 0 ? "strong" : "weak", what: `a download by ${command.name}` };
}

function interpreted(command: Command, served: boolean): WebDeed | undefined {
  const call = interpreterCall(command);
  if (!call || call.family === "awk" || call.family === "sed") return undefined;
  if (call.code !== undefined) {
    const acts =
      /\b(?:socket|pty|system|popen|subprocess|exec|spawn|fsockopen|shell_exec|passthru|proc_open|eval|b64decode|base64|fork|Socket|urlopen|child_process|setuid|dup2)\b/.test(
        call.code.slice(0, 16_384),
      );
    const what = `${command.name} code given on the line`;
    if (acts) return { grade: "shell", what };
    return served && /^(?:perl|python|ruby)$/.test(call.family) ? { grade: "strong", what } : undefined;
  }
  if (call.stdin && command.stage > 0) return { grade: "strong", what: `${command.name} fed by a pipe` };
  const file = call.file === undefined ? undefined : resolvePath(command, call.file);
  if (file === undefined) return undefined;
  const foreign = suspectFile(file) || /^(?:jpe?g|png|gif|txt|bmp|ico|css|pdf|log|dat)$/.test(extension(file));
  return foreign ? { grade: "strong", what: `${command.name} runs ${call.file}` } : undefined;
}

/** A program run from, made runnable in, or unpacked to a place where nothing is installed. */
function planted(command: Command): WebDeed | undefined {
  const program = command.program.includes("/") ? resolvePath(command, command.program) : "";
  if (program && (inTemporaryDirectory(program) || hiddenPath(program)))
    return { grade: "strong", what: `the program ${program}` };
  if (command.name !== "chmod") return undefined;
  const mode = command.args.find((arg) => !arg.startsWith("-")) ?? "";
  const runs = /x|s|[1357]/.test(mode) && command.args.slice(1).some((arg) => !/\.(?:php|html?|css|js)$/.test(arg));
  return runs && command.args.slice(1).some((arg) => suspectFile(resolvePath(command, arg)))
    ? { grade: "strong", what: `chmod ${mode} of a planted file` }
    : undefined;
}

function asked(command: Command, served: boolean): WebDeed | undefined {
  const { name, args } = command;
  if (args.some((arg) => /^--?(?:version|help)$/.test(arg))) return undefined;
  if (strongRecon.has(name)) return { grade: "strong", what: name };
  if (!weakRecon.has(name)) return undefined;
  const reads = /^(?:cat|head|tail|grep|less|more|strings|cp|base64|xxd)$/.test(name)
    ? args.map((arg) => resolvePath(command, arg))
    : [];
  const secret = reads.find(
    (path) =>
      told.test(path) ||
      configuration.test(path) ||
      (secretKind(path) !== undefined && !path.startsWith("/run/secrets")),
  );
  if (secret !== undefined) return { grade: "strong", what: `${name} of ${secret}`, secret: true };
  const asks = serverRecon.has(name) || (bareRecon.has(name) && args.length === 0);
  if (served && asks && !/^-\w*i/.test(args[0] ?? "")) return { grade: "strong", what: name };
  if (name === "uname" && args.some((arg) => /^-\w*a|^--all$/.test(arg))) return { grade: "strong", what: "uname -a" };
  if (name === "getent" && /^(?:passwd|shadow|group)$/.test(args[0] ?? "") && args.length === 1)
    return { grade: "strong", what: "getent" };
  if (
    /^(?:netstat|ss)$/.test(name) &&
    args.some(
      (arg) => /^-\w{0,16}[anpl]\w{0,16}$/.test(arg) && /[pt]|a\w{0,16}n|n\w{0,16}a/.test(arg) && !/i/.test(arg),
    )
  )
    return { grade: "strong", what: `${name} of connections` };
  if (name === "find" && args.some((arg) => /^-(?:perm|writable|uid|user)$/.test(arg)))
    return { grade: "strong", what: "a search for rights" };
  if (name === "ls" && args.some((arg) => /^\/(?:root|home|etc|)(?:\/|$)/.test(arg)))
    return { grade: "strong", what: "a listing of system directories" };
  return { grade: "weak", what: name };
}
