/**
 * The log of the authenticating programs, followed: /var/log/auth.log (Debian, Ubuntu), /var/log/secure (Red Hat,
 * SUSE), or /var/log/messages where busybox' syslogd writes everything into one file (Alpine, OpenWrt, Yocto).
 *
 * Blind spot: a host with journald alone writes no such file; audit's records of logins remain.
 */
import { lstatSync } from "node:fs";
import { basename, dirname } from "node:path";
import { Observable, type Subscriber } from "rxjs";
import type { Fact } from "../events/fact.ts";
import { AuthParser } from "../parsers/auth/auth-parser.ts";
import { type HostRoot, SourceAbsent, type Stream } from "../ports.ts";
import { hostTimeZone, zoneOffset } from "./host-time-zone.ts";
import { type TailChunk, tail } from "./tail.ts";

export interface AuthLogOptions {
  readonly hostRoot: HostRoot;
  /** Paths on the host, the first that exists and was written last is followed. */
  readonly files?: readonly string[];
  readonly now?: () => number;
}

const SOURCE = "auth-log";
const FILES = ["/var/log/auth.log", "/var/log/secure"];
/** Only where none of the others exists: elsewhere it holds no logins. */
const EVERYTHING = "/var/log/messages";
const REMEDY = "install rsyslog, or let journald forward to a syslog daemon that writes auth and authpriv to a file";
const FLUSH_MS = 2000;
/** A file that nobody wrote for so long is probably a leftover of a syslog daemon that was removed. */
const STALE_MS = 7 * 86_400_000;

/** What is stored: the path, because Debian's and Red Hat's names differ, and the tail's own place in it. */
interface Position {
  readonly path: string;
  readonly place: unknown;
  /** What the parser holds back before that place (see `AuthParser.snapshot`). */
  readonly held?: unknown;
}

export function authLog(options: AuthLogOptions): Stream {
  return {
    source: SOURCE,
    open: (position) =>
      new Observable<Fact>((subscriber) => {
        const reader = new AuthLogReader(options, subscriber);
        reader.start(position);
        return () => reader.stop();
      }),
  };
}

class AuthLogReader {
  readonly #options: AuthLogOptions;
  readonly #now: () => number;
  readonly #subscriber: Subscriber<Fact>;
  readonly #parser: AuthParser;
  #path = "";
  #place: unknown;
  #stale = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: AuthLogOptions, subscriber: Subscriber<Fact>) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#subscriber = subscriber;
    this.#parser = new AuthParser({ now: this.#now, offset: offsetOf(options.hostRoot) });
  }

  start(saved: unknown): void {
    const { hostRoot, files = FILES } = this.#options;
    const found = newest(hostRoot, files) ?? newest(hostRoot, [EVERYTHING]);
    if (!found) {
      return void this.#subscriber.error(
        new SourceAbsent(`none of ${files.join(", ")} exists: journald only?`, REMEDY),
      );
    }
    this.#path = found.path;
    const { path, place, held } = (saved ?? {}) as Partial<Position>;
    this.#parser.restore(held);
    const chunks = tail({
      directory: hostRoot.path(dirname(found.path)),
      file: basename(found.path),
      within: hostRoot.root,
      position: path === found.path ? place : undefined,
      startAt: "end",
      tellStart: true,
    });
    this.#report(found.writtenAt);
    this.#subscriber.add(
      chunks.subscribe({
        next: (chunk) => this.#take(chunk),
        error: (error: unknown) => this.#subscriber.error(error),
        complete: () => this.#subscriber.complete(),
      }),
    );
    this.#timer = setInterval(() => this.#flush(), FLUSH_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #report(writtenAt: number): void {
    const at = this.#now();
    const days = Math.floor((at - writtenAt) / 86_400_000);
    this.#stale = at - writtenAt > STALE_MS;
    const health = this.#stale
      ? ({ state: "degraded", reason: `nobody wrote ${this.#path} for ${days} days`, remedy: REMEDY } as const)
      : ({ state: "live", reason: "" } as const);
    this.#subscriber.next({ kind: "source.reported", at, source: SOURCE, ...health });
  }

  #take({ bytes, position, lost }: TailChunk): void {
    if (this.#stale && bytes.length > 0) this.#report(this.#now());
    if (lost !== undefined) {
      this.#subscriber.next({
        kind: "coverage.lost",
        at: Math.trunc(position.modified ?? this.#now()),
        source: SOURCE,
        lost: 1,
        reason: lost,
      });
    }
    this.#emit(this.#parser.push(bytes));
    this.#place = position;
    this.#tellPosition();
  }

  #flush(): void {
    const facts = this.#parser.flush(this.#now());
    this.#emit(facts);
    if (facts.length > 0) this.#tellPosition();
  }

  /** In the same turn as the facts before it: whoever stores it between two turns has had them all. */
  #tellPosition(): void {
    if (this.#place === undefined) return;
    const position: Position = { path: this.#path, place: this.#place, held: this.#parser.snapshot() };
    this.#subscriber.next({ kind: "source.advanced", at: this.#now(), source: SOURCE, position });
  }

  #emit(facts: readonly Fact[]): void {
    for (const fact of facts) this.#subscriber.next(fact);
  }
}

/** Where the host does not tell its zone, a module outside a container shares it, and one inside assumes UTC. */
function offsetOf(host: HostRoot): ((wall: number) => number) | undefined {
  const zone = hostTimeZone(host);
  if (zone !== undefined) return zoneOffset(zone);
  return host.root === "/" ? (wall) => -new Date(wall).getTimezoneOffset() : undefined;
}

function newest(host: HostRoot, files: readonly string[]): { path: string; writtenAt: number } | undefined {
  let best: { path: string; writtenAt: number } | undefined;
  for (const path of files) {
    try {
      const writtenAt = lstatSync(host.path(path)).mtimeMs;
      if (!best || writtenAt > best.writtenAt) best = { path, writtenAt };
    } catch {
      // not here: the next name
    }
  }
  return best;
}
