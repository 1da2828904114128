/**
 * auditd's log, followed: /var/log/audit/audit.log.
 *
 * Blind spots: what the kernel dropped before auditd wrote it (`audit-netlink` and the kernel log know), and hosts whose
 * auditd writes elsewhere (`log_file` in auditd.conf) or not at all (`write_logs = no`, `log_format` other than
 * RAW or ENRICHED).
 */
import { statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { Observable, type Subscriber, type Subscription } from "rxjs";
import type { CoverageLost, Fact } from "../events/fact.ts";
import { AuditParser } from "../parsers/audit/audit-parser.ts";
import { type HostRoot, SourceAbsent, type Stream } from "../ports.ts";
import { AuditHealth } from "./audit-health.ts";
import { Marks } from "./audit-marks.ts";
import { AuditSerials } from "./audit-serials.ts";
import { type TailChunk, tail } from "./tail.ts";

export interface AuditLogOptions {
  readonly hostRoot: HostRoot;
  /** Path on the host; default `/var/log/audit/audit.log`. */
  readonly file?: string;
  /** Epoch ms. */
  readonly now?: () => number;
}

const SOURCE = "audit-log";
const FILE = "/var/log/audit/audit.log";
const INSTALL = "install auditd on the host, load etc/audit/30-vedette.rules, and mount /var/log read-only";
/** No further record of a complete event comes after this pause. */
const IDLE_MS = 50;
/** Nor of an incomplete one. */
const GIVE_UP_MS = 1_000;
const HEALTH_MS = 60_000;

/**
 * Emits facts as soon as their events are complete, and `source.advanced` in the same turn: whoever stores the position
 * between two turns has had every fact before it and none after it.
 */
export function auditLog(options: AuditLogOptions): Stream {
  return {
    source: SOURCE,
    open: (position) =>
      new Observable<Fact>((subscriber) => {
        const reader = new AuditLogReader(options, subscriber);
        reader.start(position);
        return () => reader.stop();
      }),
  };
}

class AuditLogReader {
  readonly #now: () => number;
  readonly #root: string;
  readonly #path: string;
  readonly #subscriber: Subscriber<Fact>;
  readonly #parser = new AuditParser();
  readonly #marks = new Marks();
  readonly #serials = new AuditSerials();
  readonly #health: AuditHealth;
  #chunks: Subscription | undefined;
  #idle: NodeJS.Timeout | undefined;
  #check: NodeJS.Timeout | undefined;

  constructor({ hostRoot, file = FILE, now = Date.now }: AuditLogOptions, subscriber: Subscriber<Fact>) {
    this.#now = now;
    this.#root = hostRoot.root;
    this.#path = hostRoot.path(file);
    this.#subscriber = subscriber;
    this.#health = new AuditHealth(hostRoot, now);
  }

  start(position: unknown): void {
    const [directory, file] = [dirname(this.#path), basename(this.#path)];
    // Without a place to go on: not months of history, but all of a log that began after us.
    const startAt = bornAfterUs(this.#path) ? "begin" : "end";
    this.#chunks = tail({ directory, file, within: this.#root, position, startAt, tellStart: true }).subscribe({
      next: (chunk) => this.#take(chunk),
      error: (error: unknown) => this.#fail(error),
    });
    this.#check = setInterval(() => this.#report(), HEALTH_MS);
  }

  stop(): void {
    this.#chunks?.unsubscribe();
    clearTimeout(this.#idle);
    clearInterval(this.#check);
  }

  #take({ bytes, position, lost }: TailChunk): void {
    const missing = this.#serials.next(bytes);
    if (lost !== undefined) this.#subscriber.next(this.#lost(lost, missing, position.modified));
    this.#parser.push(bytes, this.#emit);
    this.#marks.add(this.#parser.consumed, position);
    if (bytes.length > 0) this.#health.wrote(this.#now());
    this.#report();
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#pause(false), IDLE_MS);
    this.#advance();
  }

  /** Nothing came for a while. */
  #pause(all: boolean): void {
    this.#parser.flush(this.#emit, all);
    this.#report();
    if (!all && this.#parser.settled < this.#parser.consumed) {
      this.#idle = setTimeout(() => this.#pause(true), GIVE_UP_MS - IDLE_MS);
    }
    this.#advance();
  }

  readonly #emit = (fact: Fact): void => {
    this.#health.saw(fact);
    this.#subscriber.next(fact);
  };

  /** The place stays before an event that is still open, so that a restart reads it whole. */
  #advance(): void {
    const position = this.#marks.at(this.#parser.settled);
    if (position === undefined) return;
    this.#subscriber.next({ kind: "source.advanced", at: this.#now(), source: SOURCE, position });
  }

  #report(): void {
    const report = this.#health.changed();
    if (report) this.#subscriber.next({ kind: "source.reported", at: this.#now(), source: SOURCE, ...report });
  }

  /** Told again after a crash, it has the same time and so the same id, unless the log went on meanwhile. */
  #lost(reason: string, missing: number | undefined, at = this.#now()): CoverageLost {
    return { kind: "coverage.lost", at: Math.trunc(at), source: SOURCE, lost: Math.max(1, missing ?? 1), reason };
  }

  #fail(error: unknown): void {
    this.stop();
    const missing = error instanceof SourceAbsent && /ENOENT|ENOTDIR|removed/.test(error.message);
    this.#subscriber.error(missing ? new SourceAbsent(error.message, INSTALL) : error);
  }
}

/** File systems without a birth time give 0, or the last change. */
function bornAfterUs(path: string): boolean {
  const birth = statSync(path, { throwIfNoEntry: false })?.birthtimeMs ?? 0;
  return birth > performance.timeOrigin;
}
