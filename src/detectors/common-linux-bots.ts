/**
 * The behaviour of the common Linux and IoT worms: one unique mark, or two weak ones in a minute of one session.
 *
 * Unique: a nonsense busybox applet, a loader that reads ELF headers with dd, known file names and hidden lairs, a
 * payload named for a processor and fetched from a bare address. Weak: several fetchers, `/proc/mounts` probes, dot
 * files run, chains of `cd`.
 *
 * Blind spot: a worm that renames itself and fetches from a domain looks like any download (download-then-run sees it).
 */
import { z } from "zod";
import type { Process, ProcessStarted } from "../events/fact.ts";
import { BoundedMap } from "../operators/bounded.ts";
import { correlator, type Match } from "./detector.ts";
import { type Mark, strongMark } from "./knowledge/bot-marks.ts";
import { weakMarks } from "./knowledge/bot-weak-marks.ts";
import { sessionOf } from "./knowledge/session.ts";

interface Seen {
  readonly marks: Map<string, number>;
}

export const commonLinuxBots = correlator({
  alert: "common-linux-bots",
  on: ["process.started"],
  settings: z.object({
    windowSeconds: z
      .number()
      .int()
      .min(5)
      .max(600)
      .default(60)
      .describe("Time in which two weak marks count together."),
    allowedPaths: z.array(z.string()).default([]).describe("Absolute paths of programs that are named like a bot."),
  }),
  memory: () => new BoundedMap<string, Seen>(1000),
  concerns: (started) => strongMark(started) !== undefined || weakMarks(started).length > 0,
  step(started, memory, { windowSeconds, allowedPaths }): Match | undefined {
    if (allowedPaths.includes(started.process.exe)) return undefined;
    const mark = strongMark(started);
    if (mark) return match(started.process, mark);
    return twoWeak(started, memory, windowSeconds * 1000);
  },
});

function match(process: Process, { mark, reason }: Mark): Match {
  return { subject: `bot ${mark}`, reason, evidence: { process, container: process.container, data: { mark } } };
}

/** Remembers at most eight weak marks per session; two of different kinds inside the window are a finding. */
function twoWeak(started: ProcessStarted, memory: BoundedMap<string, Seen>, window: number): Match | undefined {
  const marks = weakMarks(started);
  if (marks.length === 0) return undefined;
  const key = sessionOf(started.process);
  const seen = memory.get(key) ?? { marks: new Map<string, number>() };
  memory.set(key, seen);
  for (const [mark, at] of seen.marks)
    if (started.at - at > window || at > started.at + window) seen.marks.delete(mark);
  for (const mark of marks) if (seen.marks.size < 8 || seen.marks.has(mark)) seen.marks.set(mark, started.at);
  if (seen.marks.size < 2) return undefined;
  const names = [...seen.marks.keys()].sort();
  const firstSeen = Math.min(...seen.marks.values());
  seen.marks.clear();
  const found = match(started.process, { mark: names.join(" + "), reason: `together: ${names.join(", ")}` });
  return { ...found, firstSeen, count: names.length };
}
