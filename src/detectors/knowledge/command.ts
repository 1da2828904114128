/**
 * What a process was told to do, as commands: wrappers taken off (`sudo`, `env`, `timeout`, `busybox`...), shell
 * text parsed (`sh -c '...'`, pipelines, `$(...)`, redirections), options split. Detectors read this, never the raw line.
 */
import type { Process } from "../../events/fact.ts";

export interface Redirection {
  /** `<`, `>`, `>>`, `>|`, `<>`, `&>`, `&>>`, `>&`, `<&`, `<<`, `<<<`. */
  readonly operator: string;
  readonly fd?: number;
  /** Dequoted target; the body for here-documents and here-strings. */
  readonly target: string;
}

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
  /** Working directory as far as known: the process's own, moved by `cd` in the same script. */
  readonly cwd: string;
  /** Index of its pipeline in `CommandLine.pipelines`, and its place in it. */
  readonly pipeline: number;
  readonly stage: number;
  /** Commands inside `$(...)`, backquotes and `<(...)` of this command's words. */
  readonly substitutions: readonly Command[];
  /** Run with `&`. */
  readonly background: boolean;
  /** 0 for the process itself, +1 for each `sh -c`, `$(...)`, `-exec`, `xargs`, `eval`... around it. */
  readonly depth: number;
  /** True where the command was not in the process's own argv but inside shell text or another program's argument. */
  readonly nested: boolean;
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

/**
 * Analyses a process's argv. Cached by content; never throws; input bounded to 64 KiB of text and depth 8.
 */
export declare function commandLine(process: Process): CommandLine;
