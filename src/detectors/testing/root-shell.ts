/** Facts of a root shell, and a detector that judges them: what the tests of commands share. */
import type { Fact, Process } from "../../events/fact.ts";
import type { Context, Detector, Match } from "../detector.ts";

/** Nothing is on a threat list, and uid 33 has Debian's name. */
export const context = {
  threats: {},
  userName: (uid: number) => (uid === 33 ? "www-data" : undefined),
} as unknown as Context;
/** Feeds facts to one started detector and gathers what it says. */
export function run(detector: Detector, facts: readonly Fact[], settings: object = {}): Match[] {
  const judge = detector.start(detector.settings.parse(settings), context);
  return facts.flatMap((fact) => [judge.judge(fact) ?? []].flat());
}

export const process = (argv: readonly string[], more: Partial<Process> = {}): Process => ({
  pid: 70,
  ppid: 60,
  exe: `/usr/bin/${argv[0]?.split("/").at(-1)}`,
  argv,
  cwd: "/root",
  uid: 0,
  ...more,
});

export const ran = (argv: readonly string[], more: Partial<Process> = {}, at = 1000): Fact => ({
  kind: "process.started",
  at,
  process: process(argv, more),
});

/** The line as a script or a remote command runs it. */
export const script = (text: string, more: Partial<Process> = {}, at = 1000) => ran(["sh", "-c", text], more, at);

/** A parent of this executable. */
export const below = (exe: string, argv: readonly string[] = [exe]) => ({
  ancestors: [{ pid: 60, exe, argv, uid: 0 }],
});

export const grade = (found: readonly Match[]) => found.map(({ confidence }) => confidence ?? "medium");

export const tick = (at: number): Fact => ({ kind: "clock.ticked", at });
