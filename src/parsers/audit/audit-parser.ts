/**
 * audit.log -> facts. Bytes in, facts out, in the order in which the events began.
 *
 * The kernel writes the records of concurrent events interleaved, ends each with PROCTITLE (and EOE, which auditd does
 * not log), and may lose records. So an event leaves as soon as it is ended, or has all that its facts need when a
 * newer one begins, or the log's own time has moved on by a second, or `flush` is called.
 *
 * Blind spot: events of several hosts in one log (`node=`) are kept apart but their facts do not name the host.
 */
import type { Fact } from "../../events/fact.ts";
import { AuditEvent } from "./event.ts";
import { Facts } from "./facts.ts";
import { lostByKernel } from "./lost.ts";
import { numberAfter } from "./number-after.ts";
import { Header, type Piece } from "./record.ts";
import { kind, type RecordKind, type RecordType } from "./record-type.ts";
import { type Call, callNamed, callOf, isKnownArch, isSocketCall, socketCall } from "./syscalls.ts";

/** More events at once than a machine has system calls being audited; the oldest is given up as it is. */
const MAX_OPEN = 64;
/** By the log's own time. auparse waits 2 s; records of one event are written within milliseconds. */
const MAX_AGE_MS = 1_000;
/** Serials of events that are done or unwanted: their late records are no new events. */
const MEMORY = 64;

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const LETTER_T = 116;
const LETTER_N = 110;

export type Emit = (fact: Fact) => void;

export class AuditParser {
  readonly #header = new Header();
  readonly #facts = new Facts();
  /** In the order in which they began. */
  #open: AuditEvent[] = [];
  #clock = 0;
  #consumed = 0;
  readonly #gone = new Float64Array(MEMORY);
  #goneAt = 0;

  /** Bytes pushed so far. */
  get consumed(): number {
    return this.#consumed;
  }

  /** Number of the byte up to which everything has been given as facts: where a restart must begin. */
  get settled(): number {
    return this.#open[0]?.begin ?? this.#consumed;
  }

  /** Parses whole lines. Never throws on any bytes; `bytes` may be reused afterwards. */
  push(bytes: Buffer, emit: Emit): void {
    for (let start = 0; start < bytes.length; ) {
      let next = bytes.indexOf(NEWLINE, start);
      if (next < 0) next = bytes.length;
      const end = next > start && bytes[next - 1] === CARRIAGE_RETURN ? next - 1 : next;
      if (this.#header.read(bytes, start, end)) this.#record(bytes, start, end, emit);
      else if (bytes[start] !== LETTER_T && bytes[start] !== LETTER_N) this.#foreign(bytes, start, end, emit);
      start = next + 1;
    }
    this.#consumed += bytes.length;
    for (const event of this.#open) event.detach();
  }

  /**
   * Gives what needs no further record; with `all`, everything that is still open, as far as it is known. Call it when
   * nothing has come for a while (50 ms; `all` after a second) and at the end of the log.
   */
  flush(emit: Emit, all = true): void {
    for (const event of this.#open) if (all || event.satisfied) event.closed = true;
    this.#drain(emit);
  }

  #record(bytes: Buffer, line: number, end: number, emit: Emit): void {
    const { type, fields } = this.#header;
    if (type === undefined) return;
    const piece = { bytes, start: fields, end };
    if (type.kind >= kind.userAuth) this.#single(type, piece, line, emit);
    else if (type.kind === kind.syscall) this.#syscall(piece, line, emit);
    else this.#part(type.kind, piece, line, emit);
  }

  #single(type: RecordType, piece: Piece, line: number, emit: Emit): void {
    const event = this.#begin(line);
    event.single = { type, piece };
    event.closed = true;
    this.#drain(emit);
  }

  #syscall(piece: Piece, line: number, emit: Emit): void {
    const call = judge(piece);
    const known = this.#find();
    if (!known && call === undefined) {
      this.#remember(this.#header.serial);
      return;
    }
    const event = known ?? this.#begin(line);
    event.syscall = piece;
    event.call = call;
    if (!known) this.#drain(emit);
  }

  /** Any other record of an event: it may come before its SYSCALL, and must not begin a done event again. */
  #part(of: RecordKind, piece: Piece, line: number, emit: Emit): void {
    const ends = of === kind.proctitle || of === kind.end;
    const known = this.#find();
    if (!known && (ends || this.#isGone())) return;
    const event = known ?? this.#begin(line);
    event.add(of, piece);
    if (ends) event.closed = true;
    if (ends || !known) this.#drain(emit);
  }

  /** A new event: the older ones that have all they need wait no longer. */
  #begin(line: number): AuditEvent {
    const { at, serial, node } = this.#header;
    if (at > this.#clock) this.#clock = at;
    for (const event of this.#open) {
      if (!event.closed && (event.satisfied || this.#clock - event.clock > MAX_AGE_MS)) event.closed = true;
    }
    if (this.#open.length >= MAX_OPEN) for (const event of this.#open.slice(0, MAX_OPEN / 2)) event.closed = true;
    const event = new AuditEvent(at, serial, node, this.#consumed + line, this.#clock);
    this.#open.push(event);
    return event;
  }

  #find(): AuditEvent | undefined {
    const { at, serial, node } = this.#header;
    for (let i = this.#open.length - 1; i >= 0; i--) {
      const event = this.#open[i] as AuditEvent;
      if (event.serial === serial && event.at === at && event.node === node) return event;
    }
    return undefined;
  }

  /** Emits from the front as far as events are closed. */
  #drain(emit: Emit): void {
    const open = this.#open;
    let kept = 0;
    let at = 0;
    for (; at < open.length; at++) {
      const event = open[at] as AuditEvent;
      if (event.closed) {
        this.#remember(event.serial);
        this.#facts.of(event, emit);
      } else if (event.orphan) open[kept++] = event;
      else break;
    }
    if (at > kept) open.splice(kept, at - kept);
  }

  #remember(serial: number): void {
    this.#gone[this.#goneAt] = serial;
    this.#goneAt = (this.#goneAt + 1) % MEMORY;
  }

  #isGone(): boolean {
    const { serial } = this.#header;
    const newest = (this.#goneAt + MEMORY - 1) % MEMORY;
    return this.#gone[newest] === serial || this.#gone.includes(serial);
  }

  /** A line that auditd did not write: the kernel's own complaint, where its log is read. */
  #foreign(bytes: Buffer, start: number, end: number, emit: Emit): void {
    const fact = lostByKernel(bytes, start, end, this.#clock);
    if (fact) emit(fact);
  }
}

const ARCH = Buffer.from(" arch=");
const SYSCALL = Buffer.from(" syscall=");
const FIRST_ARGUMENT = Buffer.from(" a0=");

/** Reads `arch=c000003e syscall=59` without making a string; undefined when the call makes no fact. */
function judge({ bytes, start, end }: Piece): Call | undefined {
  for (let i = 0; i < ARCH.length; i++) if (bytes[start + i] !== ARCH[i]) return undefined;
  let at = start + ARCH.length;
  let arch = 0;
  for (; at < end; at++) {
    const digit = hexDigit(bytes[at] as number);
    if (digit < 0) break;
    arch = arch * 16 + digit;
  }
  const number = numberAfter(SYSCALL, bytes, at, end);
  if (isKnownArch(arch)) {
    if (isSocketCall(arch, number)) return socketCall(numberAfter(FIRST_ARGUMENT, bytes, at, end));
    return callOf(arch, number);
  }
  const text = bytes.toString("latin1", at, end);
  const name = text.lastIndexOf(" SYSCALL=");
  return name < 0 ? undefined : callNamed(text.slice(name + 9).split(" ", 1)[0] ?? "");
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return code - 87;
  return code >= 65 && code <= 70 ? code - 55 : -1;
}
