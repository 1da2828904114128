/** A host in a test: commands become facts, a detector judges them, and time only moves when asked. */
import type { Ancestor, Fact, Process } from "../../events/fact.ts";
import type { Context, Detector, Match, Threats } from "../detector.ts";

export interface Given extends Partial<Process> {
  /** Lines with a space in an argument are given as words. */
  readonly argv?: readonly string[];
}

const bash: Ancestor = { pid: 40, exe: "/usr/bin/bash", argv: ["-bash"], uid: 1000 };

export class ShellHost {
  now = 1_700_000_000_000;
  readonly #judge: ReturnType<Detector["start"]>;
  #pid = 1000;

  constructor(
    detector: Detector,
    settings: object = {},
    listed: readonly string[] = [],
    users: Record<number, string> = {},
  ) {
    const hit = (entry: string) => (listed.includes(entry) ? { list: "test list", entry } : undefined);
    const threats: Threats = {
      address: hit,
      domain: (name) => hit(name) ?? hit(name.split(".").slice(1).join(".")),
      url: (url) => hit(url),
      image: hit,
    };
    const context: Context = { threats, userName: (uid) => users[uid] };
    this.#judge = detector.start(detector.settings.parse(settings), context);
  }

  judge(fact: Fact): readonly Match[] {
    const found = this.#judge.judge(fact);
    return found === undefined ? [] : [found].flat();
  }

  /** One process, as a person at a prompt starts it (only children are seen). */
  run(argv: string | readonly string[], more: Partial<Process> = {}): readonly Match[] {
    const words = typeof argv === "string" ? argv.split(" ") : argv;
    const program = words[0] as string;
    const cwd = more.cwd ?? "/home/eve";
    const exe = program.startsWith("/")
      ? program
      : program.startsWith("./")
        ? `${cwd}${program.slice(1)}`
        : `/usr/bin/${program}`;
    const process = {
      pid: this.#pid++,
      ppid: 40,
      exe,
      argv: words,
      cwd,
      uid: 1000,
      session: 3,
      ancestors: [bash],
      ...more,
    };
    return this.judge({ kind: "process.started", at: this.now, process });
  }

  /** A whole line, as a script or a remote command runs it. */
  line(script: string, more: Partial<Process> = {}): readonly Match[] {
    return this.run(["/bin/sh", "-c", script], more);
  }
}

/** Matches that are no mere hint. */
export function clear(matches: readonly Match[]): readonly Match[] {
  return matches.filter(({ confidence }) => confidence !== "low");
}
