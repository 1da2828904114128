/** Files that commands execute or hand on: the joints between a download and what runs it. */
import { type Command, resolvePath } from "./command.ts";
import { stdoutFile } from "./fetchers.ts";
import { interpreterCall, isShell, shellCall } from "./interpreters.ts";
import { parseOptions } from "./options.ts";
import { basename, normalise } from "./paths.ts";

/** Absolute path of the file that a command runs: its program when given by path, or its script operand. */
export function executedFile(command: Command): string | undefined {
  const operand = scriptOperand(command);
  if (operand !== undefined) return operand === "/dev/stdin" ? undefined : resolvePath(command, operand);
  return command.program.includes("/") ? resolvePath(command, command.program) : undefined;
}

/** Script that a shell or interpreter is given; also `source FILE`, `java -jar FILE`, `insmod FILE`. */
export function scriptOperand(command: Command): string | undefined {
  const { name, args } = command;
  if (isShell(name)) return shellCall(args).file;
  if (name === "source" || name === ".") return args[0];
  if (name === "insmod") return args.find((arg) => !arg.startsWith("-"));
  if (name === "java") {
    const at = args.indexOf("-jar");
    return at < 0 ? undefined : args[at + 1];
  }
  return interpreterCall(command)?.file;
}

/** A file that holds another's content: copied, moved, linked, concatenated or decoded into it. */
export interface Alias {
  readonly from: string;
  readonly to: string;
}

const copies = new Set(["mv", "cp", "ln", "install", "rename"]);
const filters = new Set([
  "cat",
  "base64",
  "gunzip",
  "zcat",
  "gzip",
  "xz",
  "unxz",
  "bzip2",
  "openssl",
  "tr",
  "sed",
  "xxd",
  "dd",
  "tac",
  "rev",
]);

/** Files of a command whose content goes on under another name. */
export function aliases(command: Command): readonly Alias[] {
  if (copies.has(command.name)) return copied(command);
  if (!filters.has(command.name)) return [];
  if (command.name === "dd") return dd(command);
  const target = stdoutFile(command);
  if (target === undefined || target === "/dev/null") return [];
  const to = resolvePath(command, target);
  const input = command.redirections.filter((r) => r.operator === "<").map((r) => r.target);
  return [...command.args.filter((arg) => !arg.startsWith("-")), ...input]
    .slice(0, 16)
    .map((from) => ({ from: resolvePath(command, from), to }));
}

/** Files whose content a command prints to standard output. */
export function printedFiles(command: Command): readonly string[] {
  if (!filters.has(command.name) || stdoutFile(command) !== undefined) return [];
  const input = command.redirections.filter((r) => r.operator === "<").map((r) => r.target);
  return [...command.args.filter((arg) => !arg.startsWith("-")), ...input]
    .slice(0, 16)
    .map((arg) => resolvePath(command, arg));
}

function copied(command: Command): readonly Alias[] {
  const options = parseOptions(command.args, {
    short: "tSgmo",
    long: ["target-directory", "suffix", "mode", "owner", "group"],
  });
  const directory = options.value("t", "target-directory");
  const target = directory ?? options.operands.at(-1);
  if (target === undefined || (directory === undefined && options.operands.length < 2)) return [];
  const to = resolvePath(command, target);
  const sources = directory === undefined ? options.operands.slice(0, -1) : options.operands;
  return sources.slice(0, 16).flatMap((source) => {
    const from = resolvePath(command, source);
    const inside = { from, to: normalise(`${to}/${basename(from)}`) };
    return directory === undefined ? [{ from, to }, inside] : [inside];
  });
}

function dd(command: Command): readonly Alias[] {
  const value = (key: string) => command.args.find((arg) => arg.startsWith(key))?.slice(key.length);
  const from = value("if=");
  const to = value("of=");
  return from && to ? [{ from: resolvePath(command, from), to: resolvePath(command, to) }] : [];
}
