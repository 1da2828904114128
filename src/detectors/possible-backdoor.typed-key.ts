import { z } from "zod";
import type { FileChanged, ProcessStarted } from "../events/fact.ts";
import { correlator, type Match } from "./detector.ts";
import { configurationManagement, fromPackageManager, hasAncestor } from "./knowledge/ancestry.ts";
import { commandLine } from "./knowledge/command.ts";
import { fetchOf } from "./knowledge/fetchers.ts";
import { Held } from "./knowledge/held.ts";
import { isShell, shellCall } from "./knowledge/interpreters.ts";
import { producesData } from "./knowledge/leaks.ts";
import { basename } from "./knowledge/paths.ts";
import { persistentPlace } from "./knowledge/persistence.ts";

/** The program that fills a redirection is started within this time of its open(2). */
const FILLED_MS = 2000;

/**
 * A shell at a prompt writes to authorized_keys by itself: the key was spelt out in what was typed (`echo ssh-rsa ... >>`),
 * as intruders do. Where a program fills the file (`cat laptop.pub >>`), it is administration.
 *
 * Blind spot: the text is not seen, so an owner who pastes a key looks the same.
 */
export const possibleBackdoorTypedKey = correlator({
  alert: "possible-backdoor",
  on: ["file.changed", "process.started", "clock.ticked"],
  settings: z.object({}),
  memory: () => new Held(),
  concerns: (fact) => fact.kind !== "process.started",
  awaits: (_fact, held) => held.waiting,
  step(fact, held): readonly Match[] {
    const due = held.due(fact.at);
    if (fact.kind === "process.started") filled(fact, held);
    if (fact.kind === "file.changed" && typed(fact))
      held.hold(String(fact.process?.pid), describe(fact), fact.at, FILLED_MS);
    return due;
  },
});

/** The shell's own child took the file over, or prints into it. */
function filled({ process, at }: ProcessStarted, held: Held): void {
  const [command] = commandLine(process).commands;
  const edits = command?.name === "sed" && command.args.some((arg) => /^-[a-zA-Z]*i|^--in-place/.test(arg));
  const prints = command !== undefined && !edits && (producesData(command) || fetchOf(command) !== undefined);
  held.dismiss(at, String(process.pid), ...(prints ? [String(process.ppid)] : []));
}

function typed({ operation, file, process }: FileChanged): boolean {
  if (!process || !isShell(basename(process.exe)) || persistentPlace(file.path) !== "keys") return false;
  if (operation !== "create" && operation !== "write" && operation !== "truncate") return false;
  if (!shellCall(process.argv.slice(1)).stdin || fromPackageManager(process)) return false;
  return !hasAncestor(process, configurationManagement);
}

function describe({ file, process }: FileChanged): Match {
  return {
    subject: `persistence ${file.path}`,
    reason: `a key that was typed is written to ${file.path}`,
    evidence: { process, container: process?.container, file },
  };
}
