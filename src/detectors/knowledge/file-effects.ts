/**
 * What a command does to files by its own words: redirections, and the file arguments of the usual tools (coreutils,
 * sed, dd, wget, curl, editors). It is the fallback where no audit record tells the file itself.
 *
 * Blind spot: programs that choose their files themselves (tar, rpm, scripts), and names only known at run time.
 */
import { type Command, resolvePath } from "./command.ts";
import { type OptionSpec, parseOptions } from "./options.ts";
import { basename } from "./paths.ts";

export type FileEffectKind =
  /** Old content is gone: `>`, cp, dd, truncate, shred, tee, wget -O. */
  | "overwrite"
  /** `>>`, tee -a. */
  | "append"
  /** Changed in place: sed -i, perl -i, patch, ed. */
  | "edit"
  /** Opened in an interactive editor. */
  | "editor"
  /** rm, unlink. */
  | "remove"
  /** The name is given away: source of mv. */
  | "moved"
  /** Replaced by a link, `source` is what it points to. */
  | "link"
  /** touch. */
  | "touch"
  /** chmod, chown, chattr, setfacl. */
  | "attribute";

export interface FileEffect {
  readonly kind: FileEffectKind;
  /** Absolute where the working directory is known; shell patterns stay (`/var/log/*`). */
  readonly path: string;
  /** Where the new content comes from (cp, mv, ln), resolved. */
  readonly source?: string;
  /** rm -r. */
  readonly recursive?: boolean;
  /** The new content is known to be nothing: `: > f`, `cat /dev/null > f`, truncate -s 0. */
  readonly emptied?: boolean;
}

const limit = 512;

/** Effects of one command, redirections first; at most 512. */
export function fileEffects(command: Command): readonly FileEffect[] {
  const found: FileEffect[] = [...redirected(command)];
  const reader = readers.get(command.name);
  if (reader) found.push(...reader(command.args));
  return found.slice(0, limit).flatMap((effect) =>
    braces(effect.path).map((path) => ({
      ...effect,
      path: resolvePath(command, path),
      source: effect.source === undefined ? undefined : resolvePath(command, effect.source),
    })),
  );
}

function redirected({ name, args, redirections }: Command): FileEffect[] {
  const silent = name === "" || name === ":" || name === "true" || (name === "cat" && args[0] === "/dev/null");
  const emptied = silent || (name === "echo" && args.every((arg) => arg === "" || arg === "-n"));
  return redirections.flatMap(({ operator, target }): FileEffect[] => {
    if (!operator.includes(">") || target === "" || target.startsWith("/dev/")) return [];
    if (operator.includes(">>")) return [{ kind: "append", path: target }];
    if ((operator === ">&" || operator === "<&") && /^[\d-]+$/.test(target)) return [];
    return [{ kind: "overwrite", path: target, emptied }];
  });
}

/** `a{b,c}d` as the shell expands it; one level, at most 64 words. */
function braces(word: string): readonly string[] {
  const open = word.indexOf("{");
  const close = word.indexOf("}", open);
  const inner = open < 0 || close < 0 ? "" : word.slice(open + 1, close);
  if (!inner.includes(",") || word[open - 1] === "$") return [word];
  return inner.split(",", 64).map((part) => word.slice(0, open) + part + word.slice(close + 1));
}

type Reader = (args: readonly string[]) => FileEffect[];

const all =
  (kind: FileEffectKind, spec: OptionSpec = {}, skip = 0): Reader =>
  (args) =>
    parseOptions(args, spec)
      .operands.slice(skip)
      .map((path) => ({ kind, path }));

const editor = all("editor", { short: "cStTuU" });

const readers = new Map<string, Reader>([
  ["rm", remove],
  ["unlink", all("remove")],
  ["srm", remove],
  ["wipe", remove],
  ["trash", all("remove")],
  ["shred", all("overwrite", { short: "ns", long: ["iterations", "size", "random-source"] })],
  ["truncate", truncate],
  ["cp", copy],
  ["install", copy],
  ["mv", move],
  ["ln", link],
  ["tee", tee],
  ["sponge", all("overwrite")],
  ["dd", dd],
  ["sed", sed],
  ["gsed", sed],
  ["perl", perl],
  ["patch", all("edit", { short: "pioDdrBFYz" })],
  ["ed", all("edit")],
  ["ex", all("edit", { short: "csS" })],
  ["touch", all("touch", { short: "drt", long: ["date", "reference", "time"] })],
  ["chattr", (args) => all("attribute")(args.filter((arg) => !/^[-+=]/.test(arg)))],
  ["chmod", all("attribute", { long: ["reference"] }, 1)],
  ["chown", all("attribute", { long: ["reference", "from"] }, 1)],
  ["setfacl", all("attribute", { short: "mxMX" })],
  ["wget", output({ short: "oaeitOTwQPURDAIlBX", long: ["output-document"] }, "O", "output-document")],
  ["curl", output({ short: "AbcCdDeEFHKmoPQrtTuUwxXyYz", long: ["output"] }, "o", "output")],
  ["sort", output({ short: "kotST", long: ["output"] }, "o", "output")],
  ["openssl", (args) => after(args, "-out")],
  ["xxd", (args) => all("overwrite", { short: "closg" }, 1)(args)],
  ...["vi", "vim", "nvim", "view", "nano", "pico", "emacs", "joe", "mcedit", "micro", "ne", "jed"].map(
    (name): [string, Reader] => [name, editor],
  ),
]);

function remove(args: readonly string[]): FileEffect[] {
  const options = parseOptions(args);
  const recursive = options.has("r", "R", "recursive");
  return options.operands.map((path) => ({ kind: "remove", path, recursive }));
}

function truncate(args: readonly string[]): FileEffect[] {
  const options = parseOptions(args, { short: "sr", long: ["size", "reference"] });
  const size = options.value("s", "size") ?? "";
  if (size.startsWith("+") || size.startsWith(">")) return [];
  return options.operands.map((path) => ({ kind: "overwrite", path, emptied: /^0*$/.test(size) }));
}

/** Source and destination pairs of cp, mv, ln, install. A destination that is a directory is given both ways. */
function pairs(args: readonly string[], spec: OptionSpec): readonly (readonly [string, string])[] {
  const options = parseOptions(args, spec);
  const given = options.value("t", "target-directory");
  const operands = options.operands;
  const sources = given === undefined ? operands.slice(0, -1) : operands;
  const target = given ?? operands.at(-1);
  if (target === undefined || sources.length === 0) return [];
  const inside = sources.map((source): readonly [string, string] => [source, join(target, basename(source))]);
  if (given !== undefined || sources.length > 1 || target.endsWith("/")) return inside;
  return [[sources[0] as string, target], ...inside];
}

function join(directory: string, name: string): string {
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}

const copySpec: OptionSpec = {
  short: "tSgom",
  long: ["target-directory", "suffix", "group", "owner", "mode", "strip-program"],
};

function copy(args: readonly string[]): FileEffect[] {
  return pairs(args, copySpec).map(([source, path]) => ({
    kind: "overwrite",
    path,
    source,
    emptied: source === "/dev/null",
  }));
}

function move(args: readonly string[]): FileEffect[] {
  const spec = { short: "tS", long: ["target-directory", "suffix"] };
  const moves = pairs(args, spec);
  const gone = [...new Set(moves.map(([source]) => source))];
  return [
    ...gone.map((path): FileEffect => ({ kind: "moved", path })),
    ...moves.map(([source, path]): FileEffect => ({ kind: "overwrite", path, source })),
  ];
}

function link(args: readonly string[]): FileEffect[] {
  return pairs(args, { short: "tS", long: ["target-directory", "suffix"] }).map(([source, path]) => ({
    kind: "link",
    path,
    source,
    emptied: source === "/dev/null",
  }));
}

function tee(args: readonly string[]): FileEffect[] {
  const options = parseOptions(args);
  const kind = options.has("a", "append") ? "append" : "overwrite";
  return options.operands.map((path) => ({ kind, path }));
}

function dd(args: readonly string[]): FileEffect[] {
  const source = args.find((arg) => arg.startsWith("if="))?.slice(3);
  return args.filter((arg) => arg.startsWith("of=")).map((arg) => ({ kind: "overwrite", path: arg.slice(3), source }));
}

/** GNU sed: with -i (which may carry a suffix) the operands after the script are rewritten; the script is an operand unless -e or -f gave it. */
function sed(args: readonly string[]): FileEffect[] {
  const short = args.map((arg) => /^-[nErsuz]{0,8}i/.exec(arg)?.[0] ?? arg);
  const options = parseOptions(short, { short: "efl", long: ["expression", "file", "line-length"] });
  if (!options.has("i", "in-place")) return [];
  const given = options.has("e", "f", "expression", "file");
  return options.operands.slice(given ? 0 : 1).map((path) => ({ kind: "edit", path }));
}

function perl(args: readonly string[]): FileEffect[] {
  const inPlace = args.some((arg) => /^-[a-zA-Z]{0,8}i/.test(arg) && !arg.startsWith("-I"));
  if (!inPlace) return [];
  const options = parseOptions(args, { short: "eEMmI" });
  return options.operands.map((path) => ({ kind: "edit", path }));
}

function output(spec: OptionSpec, ...names: string[]): Reader {
  return (args) =>
    parseOptions(args, spec)
      .values(...names)
      .filter((path) => path !== "-")
      .map((path) => ({ kind: "overwrite", path }));
}

function after(args: readonly string[], option: string): FileEffect[] {
  return args.flatMap((arg, i) => {
    const path = args[i + 1];
    return arg === option && path !== undefined ? [{ kind: "overwrite", path } satisfies FileEffect] : [];
  });
}
