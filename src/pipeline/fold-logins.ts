/**
 * One attempt, one fact: sshd, PAM and audit each tell the same login, audit and the files each tell the same change
 * of an account. Pure and bounded; time is the facts' own, so a replay folds like the live module.
 *
 * Latency: no login waits. A change of an account that audit tells without saying which waits at most 3 s for the
 * files (see fold-accounts.ts), or until the clock's next tick after that.
 */
import type { Fact, LoginFailed, LoginSucceeded } from "../events/fact.ts";
import { BoundedMap } from "../operators/bounded.ts";
import { serviceFamily } from "../parsers/auth/service.ts";
import { AccountFold } from "./fold-accounts.ts";

/** The stage: each call takes one fact and answers with those that go on, in order. Never throws. */
export interface LoginFold {
  (fact: Fact): readonly Fact[];
  /** JSON-safe memory, with what is held back in it: to be stored together with the logs' positions. */
  snapshot(): unknown;
}

/** @param saved what `snapshot` returned before a restart, unchecked */
export function foldLogins(saved?: unknown): LoginFold {
  const before = (saved ?? {}) as { failures?: unknown; successes?: unknown; accounts?: unknown };
  const failures = new FailureFold(before.failures);
  const successes = new SuccessFold(before.successes);
  const accounts = new AccountFold(before.accounts);
  const stage = (fact: Fact) => {
    const due = accounts.waits ? accounts.due(fact.at) : none;
    const now = fold(fact);
    return due.length > 0 ? [...due, ...now] : now;
  };
  return Object.assign(stage, {
    snapshot: () => ({
      failures: failures.snapshot(),
      successes: successes.snapshot(),
      accounts: accounts.snapshot(),
    }),
  });

  function fold(fact: Fact): readonly Fact[] {
    switch (fact.kind) {
      case "login.failed":
        return failures.fold(fact);
      case "login.succeeded":
        failures.end(fact);
        return successes.fold(fact);
      case "account.created":
      case "account.deleted":
      case "group.joined":
      case "group.left":
        return accounts.fold(fact);
      case "process.started":
        accounts.see(fact.process);
        return [fact];
      default:
        return [fact];
    }
  }
}

const none: readonly Fact[] = [];
/** A pid may belong to another process after this much silence, ms (sshd gives a connection 120 s). */
const SILENCE_MS = 600_000;
/** Two voices without a common pid mean one attempt when they speak this close together, ms. */
const TOGETHER_MS = 5000;
const MOST_PROCESSES = 4096;
const MOST_TELLERS = 8;
/** Entries of each memory that are stored, those used last. */
const MOST_SAVED = 256;

const voice = (login: LoginFailed | LoginSucceeded) => login.teller ?? "audit";

interface Attempts {
  readonly told: Map<string, number>;
  emitted: number;
  last: number;
}

/**
 * Every voice counts the attempts of a process for itself; the true number is what the best informed has told. So an
 * attempt passes when its voice is ahead of all that has passed, and PAM's "3 more failures" adds nothing to sshd's three.
 */
class FailureFold {
  readonly #byProcess = new BoundedMap<string, Attempts>(MOST_PROCESSES);

  constructor(saved: unknown) {
    for (const [key, value] of savedPairs(saved)) {
      const { told, emitted, last } = value as { told?: unknown; emitted?: unknown; last?: unknown };
      if (typeof emitted !== "number" || typeof last !== "number") continue;
      const counts = savedPairs(told).filter((pair): pair is [string, number] => typeof pair[1] === "number");
      this.#byProcess.set(key, { told: new Map(counts.slice(0, MOST_TELLERS + 1)), emitted, last });
    }
  }

  snapshot(): unknown {
    const latest = [...this.#byProcess.entries()].slice(-MOST_SAVED);
    return latest.map(([key, { told, emitted, last }]) => [key, { told: [...told], emitted, last }]);
  }

  fold(failed: LoginFailed): readonly Fact[] {
    const known = this.#attempts(failed);
    const teller = known.told.has(voice(failed)) || known.told.size < MOST_TELLERS ? voice(failed) : "others";
    const total = (known.told.get(teller) ?? 0) + (failed.attempts ?? 1);
    known.told.set(teller, total);
    known.last = failed.at;
    const fresh = total - known.emitted;
    if (fresh <= 0) return none;
    known.emitted = total;
    return fresh === (failed.attempts ?? 1) ? [failed] : [{ ...failed, attempts: fresh }];
  }

  /** A success ends the count: what the process does next is another story. */
  end(succeeded: LoginSucceeded): void {
    if (succeeded.pid !== undefined) this.#byProcess.delete(keyOf(succeeded));
  }

  #attempts(failed: LoginFailed): Attempts {
    const key = keyOf(failed);
    const known = this.#byProcess.get(key);
    const silence = failed.pid === undefined ? TOGETHER_MS : SILENCE_MS;
    if (known && Math.abs(failed.at - known.last) <= silence) return known;
    const fresh = { told: new Map<string, number>(), emitted: 0, last: failed.at };
    this.#byProcess.set(key, fresh);
    return fresh;
  }
}

/** The process, or where it is unknown, who and from where. */
function keyOf({ service, pid, source, user, terminal }: LoginFailed | LoginSucceeded): string {
  const family = serviceFamily(service);
  if (pid !== undefined) return `${family} ${pid}`;
  return `${family} ${source?.ip ?? source?.hostname ?? terminal ?? ""} ${user ?? ""}`;
}

/** The same session told twice is one: by pid, or by other voices that agree about user, place and time. */
class SuccessFold {
  readonly #byUser = new BoundedMap<string, LoginSucceeded>(512);

  constructor(saved: unknown) {
    for (const [key, value] of savedPairs(saved)) {
      const login = value as Partial<LoginSucceeded>;
      if (typeof login.at === "number" && typeof login.service === "string") {
        this.#byUser.set(key, login as LoginSucceeded);
      }
    }
  }

  snapshot(): unknown {
    return [...this.#byUser.entries()].slice(-MOST_SAVED);
  }

  fold(login: LoginSucceeded): readonly Fact[] {
    const key = `${serviceFamily(login.service)} ${login.user ?? ""}`;
    const before = this.#byUser.peek(key);
    if (before && sameSession(before, login)) return none;
    this.#byUser.set(key, login);
    return [login];
  }
}

/** Pairs of a key and something that is not null; anything else is left out. */
function savedPairs(saved: unknown): [string, unknown][] {
  if (!Array.isArray(saved)) return [];
  return saved
    .slice(-MOST_SAVED)
    .filter((pair): pair is [string, unknown] => Array.isArray(pair) && typeof pair[0] === "string" && pair[1] != null);
}

function sameSession(a: LoginSucceeded, b: LoginSucceeded): boolean {
  if (Math.abs(a.at - b.at) > TOGETHER_MS) return false;
  if (a.pid !== undefined && a.pid === b.pid) return true;
  if (voice(a) === voice(b)) return false;
  return agree(place(a), place(b)) && agree(a.source?.ip ?? a.source?.hostname, b.source?.ip ?? b.source?.hostname);
}

/** sshd has no terminal yet when it accepts; audit writes `ssh` or the pseudo terminal. */
function place({ service, terminal }: LoginSucceeded): string | undefined {
  return serviceFamily(service) === "sshd" ? undefined : terminal?.replace(/^\/dev\//, "") || undefined;
}

function agree(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined || a === b;
}
