import { z } from "zod";
import type { Process, ProcessStarted } from "../events/fact.ts";
import { BoundedMap } from "../operators/bounded.ts";
import { correlator, type Match } from "./detector.ts";
import { fromPackageManager } from "./knowledge/ancestry.ts";
import { commandLine } from "./knowledge/command.ts";
import { networkShell } from "./knowledge/network-shells.ts";
import { basename } from "./knowledge/paths.ts";
import { javaAbove, underWebAccount, webServerAbove } from "./knowledge/web.ts";
import { type WebDeed, webDeed } from "./knowledge/web-deeds.ts";

/** On how many different days a template was seen, and the last of them (days since 1970). */
interface Sightings {
  days: number;
  last: number;
}

const dayMs = 86_400_000;

/**
 * A web server, or its service account, starts what serving pages does not need: a shell, a question about the host, a
 * download, a network tool.
 *
 * What the same server does with the same kind of line on several days is learnt as this device's habit; shells and
 * network tools are never learnt. Blind spot: an intruder who keeps to the programs that the application itself runs.
 */
export const webShellCommand = correlator({
  alert: "web-shell",
  on: ["process.started"],
  settings: z.object({
    learnedAfterDays: z
      .number()
      .int()
      .min(1)
      .max(365)
      .default(3)
      .describe("A child of the web server that was seen on this many different days counts as its habit."),
    allowedCommands: z
      .array(z.string().min(1))
      .default([])
      .describe("Command lines, or their beginnings, that the web server may start, e.g. `/usr/bin/id -u`."),
  }),
  memory: (_, saved) => restore(saved),
  concerns: ({ process }, _, { userName }) =>
    webServerAbove(process) !== undefined || javaAbove(process) !== undefined || underWebAccount(process, userName),
  step(fact, habits, { learnedAfterDays, allowedCommands }, context) {
    const { process } = fact;
    const server = webServerAbove(process);
    const java = server ? undefined : javaAbove(process);
    if (!server && !java && !underWebAccount(process, context.userName)) return undefined;
    const deed = webDeed(commandLine(process), server !== undefined);
    if (java && !deed?.secret) return undefined;
    // Of the account alone: a shell on a connection is reverse-shell's, and told there.
    if (!server && deed?.grade === "shell" && networkShell(commandLine(process))) return undefined;
    if (!deed || (deed.grade !== "shell" && isProbe(process)) || fromPackageManager(process)) return undefined;
    const text = commandLine(process).text;
    if (allowedCommands.some((allowed) => text.startsWith(allowed))) return undefined;
    const learned = learn(habits, template(fact, server?.exe ?? "account"), fact.at, learnedAfterDays);
    if (learned && deed.grade !== "shell") return undefined;
    const bare = !server && deed.bareShell === true;
    return describe(process, bare ? { ...deed, grade: "weak" } : deed, server?.exe);
  },
  snapshot: (habits) => [...habits.entries()].map(([key, { days, last }]) => [key, days, last]),
});

/** Health checks of container engines and the servers' own log pipes. */
function isProbe(process: Process): boolean {
  return /healthcheck|health_check|rotatelogs|cronolog|\/server-status/.test(commandLine(process).text.slice(0, 1024));
}

/** Server, child and the shape of its arguments: numbers, long tokens and file names in temp directories vary. */
function template({ process }: ProcessStarted, server: string): string {
  const shape = process.argv.slice(0, 8).map((arg) =>
    arg
      .slice(0, 64)
      .replace(/\/tmp\/\S+/g, "/tmp/*")
      .replace(/[\da-fA-F]{6,}|\d+/g, "#"),
  );
  return [basename(server), process.exe.slice(0, 128), ...shape].join(" ").slice(0, 300);
}

/** Counts the day; true once the habit is formed. */
function learn(habits: BoundedMap<string, Sightings>, key: string, at: number, needed: number): boolean {
  const day = Math.floor(at / dayMs);
  const seen = habits.get(key) ?? { days: 0, last: Number.NEGATIVE_INFINITY };
  const formed = seen.days >= needed;
  if (day > seen.last) habits.set(key, { days: Math.min(seen.days + 1, 1000), last: day });
  return formed;
}

function restore(saved: unknown): BoundedMap<string, Sightings> {
  const habits = new BoundedMap<string, Sightings>(1024);
  for (const entry of Array.isArray(saved) ? saved.slice(0, 1024) : []) {
    const [key, days, last] = Array.isArray(entry) ? entry : [];
    if (typeof key === "string" && typeof days === "number" && typeof last === "number")
      habits.set(key.slice(0, 300), { days, last });
  }
  return habits;
}

function describe(process: Process, { grade, what }: WebDeed, server: string | undefined): Match {
  const text = commandLine(process).text.slice(0, 200);
  return {
    subject: `${basename(server ?? "") || "service account"}: ${text}`,
    reason: `${server ? `the web server ${server}` : `the web service account ${process.user ?? process.uid}`} started ${what}`,
    confidence: grade === "shell" ? "high" : grade === "strong" ? "medium" : "low",
    evidence: { process, container: process.container, data: { command: text } },
  };
}
