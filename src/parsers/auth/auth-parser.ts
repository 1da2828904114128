/**
 * Lines of auth.log, secure, or the journal -> facts about logins. Pure: bytes in, facts out, no I/O.
 *
 * Memory: at most 512 open suspicions. Anyone on the host can write a line with `logger -t sshd`; a syslog file
 * cannot tell such a line from a true one (rsyslog's trusted properties can, but are not in the file).
 */
import type { LoginFailed, LoginSucceeded } from "../../events/fact.ts";
import { BoundedMap } from "../../operators/bounded.ts";
import { JournalExport } from "./journal-export.ts";
import { tell } from "./message.ts";
import { type SyslogLine, syslogLine } from "./syslog-line.ts";
import { endOfStamp, type LogClock, StampReader } from "./syslog-stamp.ts";
import type { Told } from "./told.ts";

export type LoginFact = LoginSucceeded | LoginFailed;

interface Held {
  readonly told: Told;
  readonly at: number;
  readonly pid: number | undefined;
}

/** How long login(1) may take from PAM's word to its own, ms. */
const ENTERING = 3000;
/** A suspicion outlives sshd's LoginGraceTime (120 s by default) a little, ms. */
const SUSPECTED = 150_000;
const MOST_ATTEMPTS = 1000;
/** Held words that are stored, the latest ones: a flood of suspicions is not worth more of the disk. */
const MOST_SAVED = 128;

export class AuthParser {
  readonly #clock: LogClock;
  readonly #stamps: StampReader;
  readonly #journal = new JournalExport();
  readonly #held = new BoundedMap<string, Held>(512);
  /** What the line before told, for `last message repeated N times`. */
  #last: { told: Told; pid: number | undefined } | undefined;
  #facts: LoginFact[] = [];
  /** When the first of the held is due. */
  #due = Number.POSITIVE_INFINITY;
  #problems = 0;

  constructor(clock: LogClock) {
    this.#clock = clock;
    this.#stamps = new StampReader(clock);
  }

  /** Lines that are no syslog lines, so far. */
  get problems(): number {
    return this.#problems;
  }

  /** Whole lines (UTF-8; a last line without its end is taken as whole). */
  push(bytes: Buffer): readonly LoginFact[] {
    const text = bytes.toString("utf8");
    for (let start = 0; start < text.length; ) {
      let end = text.indexOf("\n", start);
      if (end < 0) end = text.length;
      this.#line(text.slice(start, text.charCodeAt(end - 1) === 13 ? end - 1 : end));
      start = end + 1;
    }
    return this.#take();
  }

  /** Lets go what waited until `now` for a second word; without `now`, everything that is a fact by itself. */
  flush(now = Number.POSITIVE_INFINITY): readonly LoginFact[] {
    if (now >= this.#due) this.#expire(now);
    return this.#take();
  }

  /**
   * What is held back for a second word: JSON-safe, to be stored with the place in the log that it belongs to. A
   * journal entry cut by the end of the bytes is not in it.
   */
  snapshot(): unknown {
    return { held: [...this.#held.entries()].slice(-MOST_SAVED), last: this.#last };
  }

  /** Takes a snapshot back, unchecked; what is malformed is left out. */
  restore(saved: unknown): void {
    const { held, last } = (saved ?? {}) as { held?: unknown; last?: { told?: unknown; pid?: unknown } };
    for (const pair of Array.isArray(held) ? held.slice(-MOST_SAVED) : []) {
      if (Array.isArray(pair) && typeof pair[0] === "string" && isHeld(pair[1])) this.#hold(pair[0], pair[1]);
    }
    if (isTold(last?.told)) this.#last = { told: last.told, pid: typeof last.pid === "number" ? last.pid : undefined };
  }

  #take(): readonly LoginFact[] {
    const facts = this.#facts;
    this.#facts = [];
    return facts;
  }

  #line(text: string): void {
    if (text === "") {
      const entry = this.#journal.end();
      if (entry) this.#message(entry.line, entry.at);
      return;
    }
    const line = syslogLine(text) ?? repeatedLine(text);
    if (line) this.#message(line, undefined);
    else if (!this.#journal.takes(text)) this.#problems++;
  }

  #message(line: SyslogLine, known: number | undefined): void {
    const repeated = repetition(line);
    const inner = repeated?.message === undefined ? line : { ...line, message: repeated.message };
    const told = repeated && repeated.message === undefined ? this.#last?.told : tell(inner);
    const pid = repeated && repeated.message === undefined ? this.#last?.pid : line.pid;
    this.#last = told && { told, pid };
    if (!told) return;
    const at = known ?? (line.stamp === "" ? this.#clock.now() : this.#stamps.read(line.stamp));
    if (at === undefined) this.#problems++;
    else this.#settle(repeated ? { ...told, attempts: (told.attempts ?? 1) * repeated.times } : told, at, pid);
  }

  /** Weighs what was told against what the same process told before. */
  #settle(told: Told, at: number, pid: number | undefined): void {
    if (at > this.#due) this.#expire(at);
    const key = `${told.service} ${pid}`;
    const held = this.#held.peek(key);
    if (held?.told.outcome === "entered") {
      this.#held.delete(key);
      if (told.outcome !== "succeeded") this.#emit(held.told, held.at, pid);
    }
    if (told.outcome === "suspected" || told.outcome === "entered") {
      // a suspicion with an address is worth more than a later one without
      if (held?.told.outcome !== "suspected" || !held.told.source) this.#hold(key, { told, at, pid });
    } else {
      if (held) this.#held.delete(key);
      if (told.outcome !== "closed") this.#emit(told, at, pid);
      else if (held?.told.outcome === "suspected") {
        this.#emit({ ...held.told, source: held.told.source ?? told.source, outcome: "failed" }, held.at, pid);
      }
    }
  }

  #hold(key: string, held: Held): void {
    this.#held.set(key, held);
    this.#due = Math.min(this.#due, dueOf(held));
  }

  #expire(at: number): void {
    this.#due = Number.POSITIVE_INFINITY;
    for (const [key, held] of [...this.#held.entries()]) {
      if (dueOf(held) > at) this.#due = Math.min(this.#due, dueOf(held));
      else {
        this.#held.delete(key);
        if (held.told.outcome === "entered") this.#emit(held.told, held.at, held.pid);
      }
    }
  }

  #emit(told: Told, at: number, pid: number | undefined): void {
    const { service, teller, user, source, method = "unknown", terminal, unknownUser, autologin } = told;
    const base = { at, user, source, method, service, terminal, pid, teller };
    if (told.outcome !== "failed") this.#facts.push({ kind: "login.succeeded", ...base, autologin });
    else {
      const attempts = told.attempts === undefined ? undefined : Math.min(told.attempts, MOST_ATTEMPTS);
      this.#facts.push({ kind: "login.failed", ...base, unknownUser, attempts });
    }
  }
}

function isTold(value: unknown): value is Told {
  const told = value as Partial<Told> | null | undefined;
  return (
    typeof told === "object" && told !== null && typeof told.outcome === "string" && typeof told.service === "string"
  );
}

function isHeld(value: unknown): value is Held {
  const held = value as Partial<Held> | null | undefined;
  return typeof held === "object" && held !== null && typeof held.at === "number" && isTold(held.told);
}

const dueOf = (held: Held) => held.at + (held.told.outcome === "entered" ? ENTERING : SUSPECTED);

/** `Dec 10 10:00:00 host last message repeated 5 times` has no tag. */
function repeatedLine(text: string): SyslogLine | undefined {
  const open = text.length < 256 ? text.indexOf(" last message repeated ") : -1;
  if (open < 0) return undefined;
  return { stamp: text.slice(0, endOfStamp(text, 0)), program: "", pid: undefined, message: text.slice(open + 1) };
}

/** rsyslog: `message repeated 5 times: [ ...]`; syslogd and busybox: `last message repeated 5 times`. */
function repetition(line: SyslogLine): { times: number; message?: string } | undefined {
  const { message } = line;
  if (message.startsWith("message repeated ")) {
    const match = /^message repeated (\d{1,6}) times: \[ ?/.exec(message);
    if (!match) return undefined;
    const end = message.lastIndexOf("]");
    return { times: Number(match[1]), message: message.slice(match[0].length, end < 0 ? undefined : end).trimEnd() };
  }
  const last = message.startsWith("last message ") ? /^last message repeated (\d{1,6}) times?/.exec(message) : null;
  return last ? { times: Number(last[1]) } : undefined;
}

/** What one line says by itself: a fact, nothing, or "problem" where it is no syslog line. */
export function parseAuthLine(line: string, clock: LogClock): LoginFact | undefined | "problem" {
  const parser = new AuthParser(clock);
  const [fact] = [...parser.push(Buffer.from(line)), ...parser.flush()];
  return fact ?? (parser.problems > 0 ? "problem" : undefined);
}
