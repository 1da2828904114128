/**
 * Someone gets to know the host: one telling search (set-uid sweep, secrets, virtual machine signs, rivals), several
 * facts asked in one line or burst, or enough distinct facts in a minute of one session.
 *
 * Quiet below schedulers, package managers, configuration management, monitoring, and scripts of system directories.
 *
 * Blind spot: questions asked slowly, or through a program that reads /proc itself.
 */
import { z } from "zod";
import type { Process, ProcessStarted } from "../events/fact.ts";
import { BoundedMap } from "../operators/bounded.ts";
import { correlator, type Match } from "./detector.ts";
import { asksByTrade, runsScriptFile } from "./knowledge/asked-by-trade.ts";
import { commandLine } from "./knowledge/command.ts";
import { localCommands } from "./knowledge/local.ts";
import { type Asked, askedBy } from "./knowledge/recon.ts";
import { pipedFacts, telling } from "./knowledge/recon-signs.ts";
import { sessionOf } from "./knowledge/session.ts";

interface Session {
  /** Fact to weight and time of its last question; at most 32. */
  readonly facts: Map<string, { readonly weight: number; readonly at: number }>;
}
interface Burst {
  at: number;
  readonly facts: Map<string, number>;
  /** What was shown last, for a filter that follows. */
  shown: string;
}
interface Memory {
  readonly sessions: BoundedMap<string, Session>;
  readonly bursts: BoundedMap<string, Burst>;
}

/** Nobody types two commands in this time; a script does. */
const BURST_MS = 1000;

export const localHostReconnaissance = correlator({
  alert: "local-host-reconnaissance",
  on: ["process.started"],
  settings: z.object({
    facts: z.number().min(2).max(32).default(4).describe("Distinct facts asked for in one session that are a finding."),
    windowSeconds: z.number().int().min(5).max(3600).default(60).describe("Time in which these facts are counted."),
    allowedParents: z
      .array(z.string())
      .default([])
      .describe("Absolute paths of programs or scripts below which questions are ordinary."),
  }),
  memory: (): Memory => ({ sessions: new BoundedMap(1000), bursts: new BoundedMap(1000) }),
  concerns(started, { allowedParents }) {
    if (started.failed) return false;
    const commands = localCommands(commandLine(started.process));
    const asks = telling(commands) || pipedFacts(commands) || commands.some((command) => askedBy(command).length > 0);
    return asks ? !asksByTrade(started.process, allowedParents) : false;
  },
  awaits: ({ process }, { bursts }) => bursts.has(burstOf(process)),
  step(started, memory, { facts, windowSeconds, allowedParents }): Match | undefined {
    if (started.failed || asksByTrade(started.process, allowedParents)) return undefined;
    const commands = localCommands(commandLine(started.process));
    const sign = telling(commands) ?? pipedFacts(commands);
    if (sign) return match(started.process, sign, `search ${sign}`);
    const inner = new Set(commands.flatMap(({ substitutions }) => substitutions));
    const asked = commands.flatMap((command) => (inner.has(command) ? askedBy(command).map(halved) : askedBy(command)));
    const many = new Set(asked.map(({ fact }) => fact));
    if (many.size >= 5)
      return {
        ...match(
          started.process,
          `asks in one line for ${[...many].join(", ")}`,
          `facts ${[...many].sort().join(", ")}`,
        ),
        count: many.size,
      };
    return inBurst(started, asked, memory) ?? inSession(started, asked, memory, facts, windowSeconds * 1000);
  },
});

function halved({ fact }: Asked): Asked {
  return { fact, weight: 0.5 };
}

function match(process: Process, reason: string, subject: string): Match {
  return { subject, reason, evidence: { process, container: process.container } };
}

function burstOf({ container, ppid }: Process): string {
  return `${container?.id ?? ""}:${ppid}`;
}

/** Two wide questions in one line, or by one parent within a second. */
function inBurst(started: ProcessStarted, asked: readonly Asked[], { bursts }: Memory): Match | undefined {
  const { process, at } = started;
  const key = burstOf(process);
  const known = bursts.peek(key);
  const own = Math.abs(at - (known?.at ?? 0)) <= BURST_MS ? known : undefined;
  const burst: Burst = own ?? { at, facts: new Map(), shown: "" };
  const piped = pipedFacts([], burst.shown, process);
  if (piped) return match(process, piped, `search ${piped}`);
  burst.at = at;
  if (asked.length === 0 && !own) return undefined;
  for (const { fact, weight } of asked)
    if (burst.facts.size < 32) burst.facts.set(fact, Math.max(weight, burst.facts.get(fact) ?? 0));
  if (asked.length > 0) burst.shown = shownBy(process);
  bursts.set(key, burst);
  const wide = [...burst.facts].filter(([, weight]) => weight === 1).map(([fact]) => fact);
  const total = [...burst.facts.values()].reduce((sum, weight) => sum + weight, 0);
  // A script file asks more before it does its work (installers) than a line that someone typed.
  const needed = runsScriptFile(process) ? 3 : 2;
  if (wide.length === 0 || total < needed || burst.facts.size < 2) return undefined;
  const list = [...burst.facts.keys()];
  burst.facts.clear();
  return {
    ...match(process, `asks at once for ${list.join(", ")}`, `facts ${[...list].sort().join(", ")}`),
    count: list.length,
  };
}

function shownBy({ argv }: Process): string {
  return argv.slice(0, 8).join(" ").slice(0, 256);
}

/** Enough distinct facts within the window; the session then starts afresh. */
function inSession(
  { at, process }: ProcessStarted,
  asked: readonly Asked[],
  { sessions }: Memory,
  needed: number,
  window: number,
): Match | undefined {
  if (asked.length === 0) return undefined;
  const key = sessionOf(process);
  const session: Session = sessions.get(key) ?? { facts: new Map() };
  sessions.set(key, session);
  for (const [fact, seen] of session.facts)
    if (at - seen.at > window || seen.at - at > window) session.facts.delete(fact);
  for (const { fact, weight } of asked) {
    const before = session.facts.get(fact)?.weight ?? 0;
    if (session.facts.size < 32 || before > 0) session.facts.set(fact, { weight: Math.max(weight, before), at });
  }
  const total = [...session.facts.values()].reduce((sum, { weight }) => sum + weight, 0);
  if (total < needed) return undefined;
  const list = [...session.facts.keys()];
  const firstSeen = Math.min(...[...session.facts.values()].map((seen) => seen.at));
  session.facts.clear();
  const reason = `asks within ${Math.ceil((at - firstSeen) / 1000)} s for ${list.join(", ")}`;
  return {
    ...match(process, reason, `session facts of ${process.user ?? process.uid ?? "someone"}`),
    firstSeen,
    count: list.length,
  };
}
