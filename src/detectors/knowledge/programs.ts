/** The files that a process or a command runs: the program itself, and the script that an interpreter is given. */
import type { ProcessStarted } from "../../events/fact.ts";
import { type Command, commandLine, resolvePath } from "./command.ts";
import { interpreterCall, isShell, shellCall } from "./interpreters.ts";
import { firstOperand } from "./options.ts";

/** One file that is run. */
export interface Program {
  /** As written (`./x`, `nmap`); compare basenames. */
  readonly written: string;
  /** Absolute where it is written with a slash or is a script; else as written. */
  readonly path: string;
  readonly args: readonly string[];
  /** It is an interpreter's operand. */
  readonly script: boolean;
  /** The command that runs it. */
  readonly command: Command;
}

/** What one command runs: at most two files. A module (`python -m x`) counts as a script of its name. */
export function programsOf(command: Command): readonly Program[] {
  if (command.name === "") return [];
  const { program, args } = command;
  const own = {
    written: program,
    path: program.includes("/") ? resolvePath(command, program) : program,
    args,
    script: false,
    command,
  };
  const at = scriptAt(command);
  if (at < 0) return [own];
  const written = args[at] as string;
  return [own, { written, path: resolvePath(command, written), args: args.slice(at + 1), script: true, command }];
}

/** Index among the arguments of the script file (or module) that the command interprets, -1 for none. */
function scriptAt(command: Command): number {
  const { name, args } = command;
  if (isShell(name)) {
    const { file } = shellCall(args);
    return file === undefined ? -1 : args.indexOf(file);
  }
  if (name === "." || name === "source") return args.length > 0 ? 0 : -1;
  if (name === "java") {
    const jar = args.indexOf("-jar");
    return jar >= 0 && jar + 1 < args.length ? jar + 1 : -1;
  }
  const call = interpreterCall(command);
  if (!call) return -1;
  if (call.file !== undefined) return args.indexOf(call.file);
  if (call.family !== "python") return -1;
  const module = args.indexOf("-m");
  return module >= 0 && module < firstOperand(args, 0, { short: "cmWXQ" }) && module + 1 < args.length
    ? module + 1
    : -1;
}

/** Everything that a started (or vainly attempted) process runs, nested commands included. */
export function programsIn(fact: ProcessStarted): readonly Program[] {
  const { commands } = commandLine(fact.process);
  const found = commands.flatMap(programsOf);
  const own = commands[0];
  const path = fact.failed ? fact.file?.path : fact.process.exe;
  if (own && path && path !== own.program)
    found.unshift({ written: path, path, args: own.args, script: false, command: own });
  return found;
}
