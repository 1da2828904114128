/** execve and execveat -> `process.started`. */
import type { FileIdentity, ProcessStarted } from "../../events/fact.ts";
import { BoundedMap } from "../../operators/bounded.ts";
import { argumentsOf, titleOf } from "./arguments.ts";
import { absolute, directoryOf, identity, pathRecord } from "./paths.ts";
import type { DoneCall } from "./process.ts";

/** Processes that search PATH at the same time. */
const MAX_SEARCHING = 256;

export class Executions {
  /** pid -> name whose failure was told: `env x` and the shells' children try every directory of PATH. */
  readonly #failed = new BoundedMap<number, string>(MAX_SEARCHING);

  fact(done: DoneCall): ProcessStarted | undefined {
    const { event, process, succeeded } = done;
    const cwd = directoryOf(event.cwd);
    const file = program(done, cwd);
    if (!succeeded) return this.#failure(done, file, cwd);
    const told = argumentsOf(event.execve);
    const argv = told.length > 0 ? told : titleOf(event.proctitle);
    return { kind: "process.started", at: event.at, process: { ...process, argv, cwd }, ...(file ? { file } : {}) };
  }

  /** The caller is still the caller: its `exe` and PROCTITLE are its own, only PATH names what it wanted. */
  #failure({ event, process }: DoneCall, file: FileIdentity | undefined, cwd?: string): ProcessStarted | undefined {
    if (!file) return undefined;
    const name = file.path.slice(file.path.lastIndexOf("/") + 1);
    if (this.#failed.get(process.pid) === name) return undefined;
    this.#failed.set(process.pid, name);
    const argv = wantedArguments(titleOf(event.proctitle), file.path, name);
    const attempt = { ...process, exe: file.path, argv, cwd, comm: name.slice(0, 15) };
    return { kind: "process.started", at: event.at, process: attempt, failed: true, file };
  }
}

/** `env logkeys --start` wanted `logkeys --start`; of a forked shell only the path is known. */
function wantedArguments(title: readonly string[], path: string, name: string): string[] {
  const at = title.findIndex((argument, index) => index > 0 && (argument === name || argument === path));
  return at > 0 ? title.slice(at) : [path];
}

/** PATH item 0 is what was given to execve; the interpreter and the loader follow. */
function program({ event, call, fields }: DoneCall, cwd: string | undefined): FileIdentity | undefined {
  const first = event.paths[0];
  if (!first) return undefined;
  const record = pathRecord(first);
  if (record.item !== 0 || record.name === undefined) return undefined;
  const fromDescriptor = call.directory !== undefined && !isWorkingDirectory(fields.raw(call.directory));
  const path = absolute(record.name, fromDescriptor ? undefined : cwd);
  return path === undefined ? undefined : identity(path, record);
}

/** AT_FDCWD is -100, printed as an unsigned long or int. */
export function isWorkingDirectory(argument: string | undefined): boolean {
  return argument === undefined || argument === "ffffff9c" || argument === "ffffffffffffff9c";
}
