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

/** Builds the stage: each call takes one fact and answers with those that go on, in order. Never throws. */
export function foldLogins(): (fact: Fact) => readonly Fact[] {
  const failures = new FailureFold();
  const successes = new SuccessFold();
  const accounts = new AccountFold();
  return (fact) => {
    const due = accounts.waits ? accounts.due(fact.at) : none;
    const now = fold(fact);
    return due.length > 0 ? [...due, ...now] : now;
  };

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

  fold(login: LoginSucceeded): readonly Fact[] {
    const key = `${serviceFamily(login.service)} ${login.user ?? ""}`;
    const before = this.#byUser.peek(key);
    if (before && sameSession(before, login)) return none;
    this.#byUser.set(key, login);
    return [login];
  }
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
