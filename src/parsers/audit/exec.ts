/** execve and execveat -> `process.started`. */
import type { FileIdentity, ProcessStarted } from "../../events/fact.ts";
import { BoundedMap } from "../../operators/bounded.ts";
import { argumentsOf, titleOf } from "./arguments.ts";
import { Fields } from "./fields.ts";
import { absolute, directoryOf, identity, pathRecord } from "./paths.ts";
import type { DoneCall } from "./process.ts";
import { shared } from "./shared.ts";

/** Processes that search PATH at the same time. */
const MAX_SEARCHING = 256;

export class Executions {
  /** pid -> name whose failure was told: `env x` and the shells' children try every directory of PATH. */
  readonly #failed = new BoundedMap<number, string>(MAX_SEARCHING);

  fact(done: DoneCall): ProcessStarted | undefined {
    const { event } = done;
    if (!done.succeeded) return this.#failure(done);
    const cwd = directoryOf(event.cwd);
    const file = program(done, cwd);
    const told = argumentsOf(event.execve);
    const argv = told.length > 0 ? told : titleOf(event.proctitle);
    const process = done.process(argv, cwd);
    return file
      ? { kind: "process.started", at: event.at, process, file }
      : { kind: "process.started", at: event.at, process };
  }

  /** The caller is still the caller: its `exe` and PROCTITLE are its own, only PATH names what it wanted. */
  #failure(done: DoneCall): ProcessStarted | undefined {
    const { event, fields } = done;
    const wanted = event.paths[0] && new Fields(event.paths[0]).string(" name=");
    const pid = fields.number(" pid=");
    if (wanted === undefined || pid === undefined) return undefined;
    const name = wanted.slice(wanted.lastIndexOf("/") + 1);
    if (this.#failed.peek(pid) === name) return undefined;
    const cwd = directoryOf(event.cwd);
    const file = program(done, cwd);
    if (!file) return undefined;
    this.#failed.set(pid, shared(name));
    const argv = wantedArguments(titleOf(event.proctitle), file.path, name);
    const attempt = { ...done.process(argv, cwd), exe: file.path, comm: name.slice(0, 15) };
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
