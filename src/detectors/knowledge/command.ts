/**
 * What a process was told to do, as commands: wrappers taken off (`sudo`, `env`, `timeout`, `busybox`...), shell
 * text parsed (`sh -c '...'`, pipelines, `$(...)`, redirections), options split. Detectors read this, never the raw line.
 *
 * Blind spot: values that only exist at run time (`$1`, the output of unknown programs) stay as written; a program
 * started under another argv[0] goes by that name.
 */
import type { Process } from "../../events/fact.ts";
import { BoundedMap } from "../../operators/bounded.ts";
import { Analysis } from "./analysis.ts";
import { resolve } from "./paths.ts";

export interface Redirection {
  /** `<`, `>`, `>>`, `>|`, `<>`, `&>`, `&>>`, `>&`, `<&`, `<<`, `<<<`. */
  readonly operator: string;
  readonly fd?: number;
  /** Dequoted target; the body for here-documents and here-strings. */
  readonly target: string;
}

/** How a nested command came to be run. */
export type Via =
  /** `sh -c`, `eval`, here-documents into a shell, `su -c`, `watch`, `at`. */
  | "shell"
  /** `$(...)`, backquotes, `<(...)`. */
  | "substitution"
  /** `find -exec`, `xargs`, `parallel`: an argv inside another program's arguments. */
  | "exec"
  /** A shell string or argv inside the code of another language (`awk`, `python -c`). */
  | "code"
  /** Another machine or container: `ssh`, `docker exec`, `kubectl exec`. */
  | "remote";

/** One simple command. */
export interface Command {
  /** Basename of the program, lower-case only where the file name is; "" for a bare assignment or redirection. */
  readonly name: string;
  /** The program as written (`/tmp/nc`, `./x`, `nc`). */
  readonly program: string;
  /** Arguments after the program, dequoted; an expansion that cannot be known stays as written (`$HOST`). */
  readonly args: readonly string[];
  /** `KEY=value` before the command, or given by `env`. */
  readonly assignments: readonly (readonly [string, string])[];
  readonly redirections: readonly Redirection[];
  /** Wrappers that were taken off, outermost first (`["sudo", "nohup"]`). */
  readonly wrappers: readonly string[];
  /** Working directory as far as known: the process's own, moved by `cd` in the same script. "" when unknown. */
  readonly cwd: string;
  /** What `~` means here, where known. */
  readonly home?: string;
  /** Index of its pipeline in `CommandLine.pipelines`, and its place in it. */
  readonly pipeline: number;
  /**
   * Place in the pipeline. The commands of a group (`(a; b) | c`) stand in the group's pipeline with the group's
   * stage, so compare stages, not positions in the list.
   */
  readonly stage: number;
  /** Commands inside `$(...)`, backquotes and `<(...)` of this command's words. */
  readonly substitutions: readonly Command[];
  /** Run with `&`. */
  readonly background: boolean;
  /** 0 for the process itself, +1 for each `sh -c`, `$(...)`, `-exec`, `xargs`, `eval`... around it. */
  readonly depth: number;
  /** True where the command was not in the process's own argv but inside shell text or another program's argument. */
  readonly nested: boolean;
  /** Index in `CommandLine.commands` of the command that holds this one; -1 for the process itself. */
  readonly holder: number;
  readonly via?: Via;
}

export interface CommandLine {
  /** Every command in order of appearance, nested ones after the command that holds them; at most 256. */
  readonly commands: readonly Command[];
  /** Pipelines of the script, each a list of its stages; also those inside substitutions. */
  readonly pipelines: readonly (readonly Command[])[];
  /** Shell text (`-c` operand) when the process is a shell given one, else undefined. */
  readonly script?: string;
  /** argv joined by spaces, at most 8 KiB. */
  readonly text: string;
  /** The text was cut, or did not parse completely. */
  readonly partial: boolean;
}

/** Longest argv, in characters, whose analysis is kept by content; longer ones are kept with their process only. */
const CACHEABLE = 2048;
const byProcess = new WeakMap<Process, CommandLine>();
const byContent = new BoundedMap<string, CommandLine>(2000);

/**
 * Analyses a process's argv. Cached by content; never throws; input bounded to 64 KiB of text and depth 8.
 */
export function commandLine(process: Process): CommandLine {
  const known = byProcess.get(process);
  if (known) return known;
  const argv = process.argv.length > 0 ? process.argv : process.exe ? [process.exe] : [];
  const home = homeOf(process);
  const key = `${process.cwd ?? ""}\0${home ?? ""}\0${argv.join("\0")}`;
  const cacheable = key.length <= CACHEABLE;
  let line = cacheable ? byContent.get(key) : undefined;
  if (!line) {
    line = new Analysis(argv, process.cwd ?? "", home);
    if (cacheable) byContent.set(key, line);
  }
  byProcess.set(process, line);
  return line;
}

/** Absolute, normalised path of an argument as this command sees it (`cd` before it, `~`, `$HOME`). */
export function resolvePath(command: Command, argument: string): string {
  return resolve(argument, command.cwd, command.home);
}

/** The home directory that `~` stands for: root's, the account's, or the one the process works in. */
function homeOf(process: Process): string | undefined {
  if (process.uid === 0) return "/root";
  if (process.user) return `/home/${process.user}`;
  const { cwd } = process;
  if (!cwd?.startsWith("/home/")) return undefined;
  const end = cwd.indexOf("/", 6);
  return end < 0 ? cwd : cwd.slice(0, end);
}
