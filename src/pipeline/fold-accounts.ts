/**
 * Changes of accounts and groups, told by audit at once (with the actor, sometimes without the group or the name) and
 * by the files a second later (complete, without an actor). The files are the authority, but nobody waits for them
 * when audit's fact is complete or its command line completes it: the files' fact is then a repetition.
 */
import { basename } from "node:path";
import { accountDeeds } from "../detectors/knowledge/account-commands.ts";
import type { AccountDeeds } from "../detectors/knowledge/account-deeds.ts";
import { mentions } from "../detectors/knowledge/account-match.ts";
import { commandLine } from "../detectors/knowledge/command.ts";
import type { AccountChanged, Actor, Fact, GroupChanged, Process } from "../events/fact.ts";
import { BoundedMap } from "../operators/bounded.ts";

type Change = AccountChanged | GroupChanged;

/** The files are read a second after they are quiet, and at the latest by the next look (5 s); auditd may lag. */
const REPETITION_MS = 30_000;
const PATIENCE_MS = 3000;
const MOST = 512;
const MOST_SAVED = 64;

export class AccountFold {
  /** Commands that work on accounts, by pid: they say what audit's record leaves out. */
  readonly #commands = new BoundedMap<number, Process>(MOST);
  /** Changes that went on, and when. */
  readonly #passed = new BoundedMap<string, number>(MOST);
  /** Changes told by audit that lack a name, waiting for the files. */
  #waiting: Change[] = [];

  /** @param saved what `snapshot` returned before a restart, unchecked */
  constructor(saved?: unknown) {
    const { commands, passed, waiting } = (saved ?? {}) as Readonly<Record<string, unknown>>;
    for (const process of listOf(commands)) if (isProcess(process)) this.#commands.set(process.pid, process);
    for (const pair of listOf(passed)) {
      if (Array.isArray(pair) && typeof pair[0] === "string" && typeof pair[1] === "number") {
        this.#passed.set(pair[0], pair[1]);
      }
    }
    this.#waiting = listOf(waiting).filter(isChange);
  }

  /** JSON-safe; what waits for the files is in it, so that a crash loses no change. */
  snapshot(): unknown {
    return {
      commands: [...this.#commands.values()].slice(-MOST_SAVED),
      passed: [...this.#passed.entries()].slice(-MOST_SAVED),
      waiting: this.#waiting,
    };
  }

  get waits(): boolean {
    return this.#waiting.length > 0;
  }

  see(process: Process): void {
    if (mentions(process.argv)) this.#commands.set(process.pid, process);
    else if (this.#commands.has(process.pid)) this.#commands.delete(process.pid);
  }

  fold(change: Change): readonly Fact[] {
    if (change.actor === undefined) return this.#pass([this.#withActor(change)]);
    const process = this.#process(change.actor);
    // deleting an account takes it out of its groups: the deletion tells it
    if (change.kind === "group.left" && process && basename(process.exe) === "userdel") return [];
    const actor = process && !change.actor.process?.argv.length ? { ...change.actor, process } : change.actor;
    const complete = completed({ ...change, actor }, process);
    if (complete.length > 0) return this.#pass(complete);
    if (this.#waiting.length >= MOST) this.#waiting.shift();
    this.#waiting.push({ ...change, actor });
    return [];
  }

  /** What nobody completed goes on as it is. */
  due(now: number): readonly Fact[] {
    const due = this.#waiting.filter(({ at }) => now - at > PATIENCE_MS);
    if (due.length === 0) return [];
    this.#waiting = this.#waiting.filter(({ at }) => now - at <= PATIENCE_MS);
    return this.#pass(due);
  }

  /** The command that did it: by its own pid, as it was executed. */
  #process(actor: Actor): Process | undefined {
    const { process } = actor;
    if (!process) return undefined;
    return process.argv.length > 0 ? process : (this.#commands.peek(process.pid) ?? process);
  }

  /** A file's fact takes the actor of the waiting one that means the same. */
  #withActor(change: Change): Change {
    const index = this.#waiting.findIndex((held) => held.kind === change.kind && means(held, change));
    if (index < 0) return change;
    const [held] = this.#waiting.splice(index, 1);
    return { ...change, actor: held?.actor };
  }

  #pass(changes: readonly Change[]): readonly Fact[] {
    return changes.filter((change) => {
      const key = keyOf(change);
      const last = this.#passed.get(key);
      this.#passed.set(key, change.at);
      this.#passed.delete(keyOf({ ...change, kind: opposites[change.kind] } as Change));
      return last === undefined || Math.abs(change.at - last) > REPETITION_MS;
    });
  }
}

/** What undoes a change makes room for its repetition: joined, left, joined again are three changes. */
const opposites = {
  "account.created": "account.deleted",
  "account.deleted": "account.created",
  "group.joined": "group.left",
  "group.left": "group.joined",
} as const satisfies Record<Change["kind"], Change["kind"]>;

function listOf(saved: unknown): readonly unknown[] {
  return Array.isArray(saved) ? saved.slice(-MOST) : [];
}

function isProcess(value: unknown): value is Process {
  const { pid, argv, exe } = (value ?? {}) as Partial<Process>;
  return (
    typeof pid === "number" &&
    typeof exe === "string" &&
    Array.isArray(argv) &&
    argv.every((a) => typeof a === "string")
  );
}

function isChange(value: unknown): value is Change {
  const { kind, user, at, actor } = (value ?? {}) as Partial<Change>;
  const process = actor?.process;
  return (
    Object.hasOwn(opposites, String(kind)) &&
    typeof user === "string" &&
    typeof at === "number" &&
    (process === undefined || isProcess(process))
  );
}

function keyOf(change: Change): string {
  return `${change.kind} ${change.user} ${"group" in change ? (change.group ?? "") : ""}`;
}

function means(held: Change, change: Change): boolean {
  if (held.user === change.user) return true;
  return "uid" in held && "uid" in change && held.uid !== undefined && held.uid === change.uid;
}

/** The change with what its command line adds; empty where a name is still missing. */
function completed(change: Change, process: Process | undefined): readonly Change[] {
  if (change.kind === "group.joined" || change.kind === "group.left") {
    if (change.group !== undefined) return [change];
    const all = process ? deedsOf(process) : [];
    const which = change.kind === "group.joined" ? "joined" : "left";
    const found = all.flatMap((deeds) => deeds[which]).filter(({ user }) => user === change.user);
    return found.map(({ group }) => ({ ...change, group }));
  }
  // audit knows neither home nor uid of a new account, the files do
  if (change.kind === "account.created" && change.home === undefined) return [];
  if (change.user !== "" && !/^#?\d+$/.test(change.user)) return [change];
  const names = (process ? deedsOf(process) : []).flatMap(({ deleted }) => deleted);
  return names[0] ? [{ ...change, user: names[0] }] : [];
}

function deedsOf(process: Process): readonly AccountDeeds[] {
  const line = commandLine(process);
  return line.commands.map((command) => accountDeeds(command, line));
}
