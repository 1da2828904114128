/** The matches of the account alerts, alike whether a file, audit or a command told: repeats fold by the subject. */
import type { Actor, Process } from "../../events/fact.ts";
import type { Evidence, Match } from "../detector.ts";
import { accountDeeds } from "./account-commands.ts";
import type { AccountDeeds } from "./account-deeds.ts";
import { commandLine } from "./command.ts";
import { localCommands } from "./local.ts";

/** Evidence of a change that a file or audit told. */
export function byActor(user: string, actor: Actor | undefined, data: Readonly<Record<string, unknown>>): Evidence {
  const who = actor && { actor: actor.user ?? (actor.uid === undefined ? undefined : `uid ${actor.uid}`) };
  return { user, process: actor?.process, data: { ...data, ...who } };
}

export function joined(user: string, group: string | undefined, evidence: Evidence): Match {
  return {
    subject: `user ${user} in group ${group ?? "unknown"}`,
    reason: `${user} was added to ${group === undefined ? "a group" : `group ${group}`}`,
    evidence,
  };
}

export function left(user: string, group: string | undefined, evidence: Evidence): Match {
  return {
    subject: `user ${user} in group ${group ?? "unknown"}`,
    reason: `${user} was removed from ${group === undefined ? "a group" : `group ${group}`}`,
    evidence,
  };
}

export function deleted(user: string, evidence: Evidence): Match {
  return { subject: `user ${user}`, reason: `the account ${user} was deleted`, evidence };
}

/**
 * What the process's command line does to the accounts of this host. A container has accounts of its own; a command
 * that only failed to start changes nothing.
 */
export function hostDeeds(process: Process, failed: boolean | undefined): readonly AccountDeeds[] {
  if (failed || process.container || !mentions(process.argv)) return [];
  const line = commandLine(process);
  return localCommands(line).map((command) => accountDeeds(command, line));
}

/** Cheap: most processes have nothing to do with accounts and need no parsing. */
const WORDS = /user|group|passwd|homectl/;

export function mentions(argv: readonly string[]): boolean {
  return argv.some((arg) => WORDS.test(arg));
}
