/** A real program as a child of the tests: its output is kept, it is ended by its own pid, never by a name. */
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

export interface Child {
  readonly pid: number;
  /** Exit code, or the signal's name; undefined while it runs. */
  readonly ended: number | string | undefined;
  /** Both outputs, the last 64 KiB. */
  readonly output: string;
  write(text: string): void;
  endInput(): void;
  /** SIGTERM, then SIGKILL after `grace` ms (5000). Settles when it is gone. */
  stop(grace?: number): Promise<void>;
  /** Settles with the exit code or the signal's name. */
  readonly exit: Promise<number | string>;
}

export interface ChildOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
}

const kept = 65_536;

/** Starts `command`; rejects when it cannot be started. */
export async function startChild(command: string, args: readonly string[], options: ChildOptions = {}): Promise<Child> {
  const child = spawn(command, args, { ...options, stdio: ["pipe", "pipe", "pipe"] });
  await new Promise((started, refused) => child.once("spawn", started).once("error", refused));
  return new RunningChild(child);
}

class RunningChild implements Child {
  readonly #child: ChildProcess;
  readonly exit: Promise<number | string>;
  ended: number | string | undefined;
  output = "";

  constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (data) => {
        this.output = (this.output + data).slice(-kept);
      });
    }
    child.stdin?.on("error", () => undefined);
    this.exit = new Promise((settle) => {
      child.once("close", (code, signal) => {
        this.ended = code ?? signal ?? "unknown";
        settle(this.ended);
      });
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  endInput(): void {
    this.#child.stdin?.end();
  }

  async stop(grace = 5_000): Promise<void> {
    if (this.ended !== undefined) return;
    this.#child.kill("SIGTERM");
    const hard = setTimeout(() => this.#child.kill("SIGKILL"), grace);
    // A grandchild may hold the pipes open after the child itself has ended.
    const gone = new Promise((settle) => this.#child.once("exit", () => setTimeout(settle, 500)));
    await Promise.race([this.exit, gone]);
    clearTimeout(hard);
  }
}

/** Runs to the end. Rejects with the output when it fails, unless `tolerant`. */
export async function runChild(
  command: string,
  args: readonly string[],
  options: ChildOptions & { readonly input?: string; readonly tolerant?: boolean; readonly within?: number } = {},
): Promise<string> {
  const child = await startChild(command, args, options);
  if (options.input !== undefined) child.write(options.input);
  child.endInput();
  const limit = setTimeout(() => void child.stop(0), options.within ?? 60_000);
  const code = await child.exit;
  clearTimeout(limit);
  if (code !== 0 && !options.tolerant) {
    throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${child.output.slice(-4_000)}`);
  }
  return child.output;
}

/** Asks every 50 ms until `probe` answers something; rejects with `what` after `within` ms. */
export async function eventually<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  within = 10_000,
): Promise<T> {
  const end = Date.now() + within;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) throw new Error(`${what}: not within ${within} ms`);
    await sleep(50);
  }
}
