/** Searches over whole trees: for rights to abuse (find -perm), and for secrets (find -name, locate, grep -r). */
import { type Command, resolvePath } from "./command.ts";
import { huntedName, huntedText } from "./credentials.ts";

export interface Sweep {
  readonly kind: "set-uid files" | "writable files" | "secrets";
  readonly reason: string;
}

/** Options of find(1) that only change how it walks. */
const walking = new Set(["-L", "-H", "-P", "-xdev", "-mount"]);
/** find's actions that repair rather than look. */
const repairing = /^(?:chmod|chown|chgrp|rm|setfacl|restorecon|chcon|touch|install|mv)$/;

/** Reads one command; undefined where it searches nothing of the kind. */
export function sweepOf(command: Command): Sweep | undefined {
  switch (command.name) {
    case "find":
      return find(command);
    case "locate":
    case "plocate":
    case "mlocate": {
      const word = command.args.find((arg) => !arg.startsWith("-") && huntedName(arg.toLowerCase()) === "name");
      return word === undefined ? undefined : { kind: "secrets", reason: `locates ${word} everywhere` };
    }
    case "getcap":
      return command.args.some((arg) => /^-[a-z]*r/.test(arg)) &&
        command.args.some((arg) => /^\/(?:usr|bin|sbin)?\/?$/.test(arg))
        ? { kind: "set-uid files", reason: "looks for files with capabilities" }
        : undefined;
    default:
      return search(command);
  }
}

function find(command: Command): Sweep | undefined {
  const { args } = command;
  if (
    args.includes("-delete") ||
    args.some((arg, i) => /^-(?:exec|execdir|ok)$/.test(arg) && repairing.test(args[i + 1] ?? ""))
  ) {
    return undefined;
  }
  const first = args.findIndex((arg) => !walking.has(arg) && /^(?:-|\(|!|\\\()/.test(arg));
  const roots = args.slice(0, first < 0 ? args.length : first).filter((arg) => !walking.has(arg));
  const places = roots.map((root) => resolvePath(command, root));
  const inside = searchInside(args, roots);
  if (inside) return inside;
  for (let i = Math.max(first, 0); i < args.length; i++) {
    const value = args[i + 1] ?? "";
    if (args[i] === "-perm") {
      const rights = permission(value);
      if (rights === "set-uid files") return { kind: rights, reason: `looks for set-uid or set-gid files (${value})` };
      if (rights && places.some(broad))
        return { kind: rights, reason: `looks for files that anyone may write (${value})` };
    }
    if (args[i] === "-writable" && places.includes("/"))
      return { kind: "writable files", reason: "looks for writable files everywhere" };
    if (!/^-i?(?:name|path|wholename|regex)$/.test(args[i] ?? "") || places.length === 0) continue;
    if (/^\*?id_(?:rsa|dsa|ecdsa|ed25519)\*?$/.test(value)) return { kind: "secrets", reason: `searches for ${value}` };
    const hunted = huntedName(value.toLowerCase());
    const wide = hunted === "name" ? places.some(broad) : hunted === "ends" && roots.some(veryBroad);
    if (wide) return { kind: "secrets", reason: `searches ${roots.join(" ")} for ${value}` };
  }
  return undefined;
}

/** `find / -type f -exec grep -i password {} \;`; with a name test only from a broad root. */
function searchInside(args: readonly string[], roots: readonly string[]): Sweep | undefined {
  const at = args.findIndex((arg, i) => /^-exec(?:dir)?$/.test(arg) && /^(?:e|f|z)?grep$/.test(args[i + 1] ?? ""));
  if (at < 0) return undefined;
  const pattern = args.slice(at + 2).find((arg) => !arg.startsWith("-"));
  if (pattern === undefined || !huntedText(pattern)) return undefined;
  const narrowed = args.some((arg) => /^-i?(?:name|path|regex)$/.test(arg));
  if (narrowed && !roots.some(broad)) return undefined;
  return { kind: "secrets", reason: `searches every file for ${pattern.slice(0, 60)}` };
}

/** `-4000`, `/6000`, `-u=s`, `+s`, `-2000`, `-o+w`, `-0002`, `-222` */
function permission(mode: string): Sweep["kind"] | undefined {
  const text = mode.replace(/^[-/+]/, "");
  if (/^0?[2467][0-7]{3}$/.test(text)) return "set-uid files";
  if (/^(?:[ugoa]*[=+][rwx]*s[rwxst]*,?){1,4}$/.test(text) || text === "s") return "set-uid files";
  if (!/^[-/+]/.test(mode)) return undefined;
  return /^(?:0{0,3}[2367]|222|0222|o[=+]\w{0,8}w\w{0,8}|a[=+]\w{0,8}w\w{0,8})$/.test(text)
    ? "writable files"
    : undefined;
}

function veryBroad(path: string): boolean {
  return (
    /^(?:\/|\/home|\/root|\/mnt|\/media|\/Users|\/home\/\*)$/.test(path) ||
    /^\/mnt\/[^/]+$/.test(path) ||
    path === "~" ||
    path === "$HOME"
  );
}

function broad(path: string): boolean {
  return veryBroad(path) || /^\/(?:etc|var|opt|usr|srv|var\/www(?:\/html)?|home\/[^/]+|proc)$/.test(path);
}

const searchers = new Set(["grep", "egrep", "fgrep", "zgrep", "rg", "ag", "ack"]);
const valued = /^-(?:[A-Za-z]*[ef]|[ABCm])$/;

/** `grep -r password /home`, `rg 'BEGIN .* PRIVATE' /` */
function search(command: Command): Sweep | undefined {
  if (!searchers.has(command.name)) return undefined;
  const { args } = command;
  const patterns: string[] = [];
  const operands: string[] = [];
  let recursive = !command.name.includes("grep");
  for (let i = 0; i < args.length && i < 256; i++) {
    const arg = args[i] as string;
    if (/^--(?:recursive|dereference-recursive)$/.test(arg) || /^-[A-Za-z]*[rR]/.test(arg)) recursive = true;
    if (arg.startsWith("--regexp=")) patterns.push(arg.slice(9));
    else if (valued.test(arg) || arg === "--regexp") {
      const value = args[++i];
      if (/e$|regexp$/.test(arg) && value !== undefined) patterns.push(value);
    } else if (!arg.startsWith("-")) operands.push(arg);
  }
  if (patterns.length === 0) patterns.push(...operands.splice(0, 1));
  if (!patterns.some(huntedText)) return undefined;
  // In one's own directory `.` is a project; at the top of the tree it is the host.
  const top = /^\/(?:home|etc|var|opt|usr|mnt|srv)?$/.test(command.cwd);
  const places = operands.map((one) => (/^\.{1,2}\/?$/.test(one) && !top ? one : resolvePath(command, one)));
  const globbed = operands.some((operand) => /^\/(?:home|etc|var\/www|root|opt)\/.*\*/.test(operand));
  const key = patterns.some((pattern) => /PRIVATE|AKIA/.test(pattern));
  if (!(recursive || globbed)) return undefined;
  const wide = places.some(broad) || globbed || (key && places.length > 0);
  return wide
    ? { kind: "secrets", reason: `searches ${operands.join(" ").slice(0, 80)} for ${patterns[0]?.slice(0, 60)}` }
    : undefined;
}
