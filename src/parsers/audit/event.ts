/** The records of one kernel event while they come in; equal node, time and serial say that they belong together. */

import { numberAfter } from "./number-after.ts";
import type { Piece } from "./record.ts";
import { kind, type RecordKind, type RecordType } from "./record-type.ts";
import type { Call } from "./syscalls.ts";

/** PATH records that the kernel announces. */
const ITEMS = Buffer.from(" items=");
/** One event has at most a few dozen PATHs; more is damage. */
const MAX_PATHS = 64;
/** 7,500 bytes each (kernel MAX_EXECVE_AUDIT_LEN): more argument text than is kept. */
const MAX_EXECVE = 40;
const MAX_TARGETS = 16;

export class AuditEvent {
  readonly at: number;
  readonly serial: number;
  readonly node: string;
  /** Number of the log's byte at which the event began, counted over all pushes. */
  readonly begin: number;
  /** The log's own time when it was opened. */
  readonly clock: number;
  /** A record that is an event of its own. */
  single: { readonly type: RecordType; readonly piece: Piece } | undefined;
  call: Call | undefined;
  syscall: Piece | undefined;
  execve: Piece[] = [];
  cwd: Piece | undefined;
  paths: Piece[] = [];
  sockaddr: Piece | undefined;
  targets: Piece[] = [];
  openat2: Piece | undefined;
  config: Piece | undefined;
  proctitle: Piece | undefined;
  /** Nothing more will come, or is waited for. */
  closed = false;

  constructor(at: number, serial: number, node: string, begin: number, clock: number) {
    this.at = at;
    this.serial = serial;
    this.node = node;
    this.begin = begin;
    this.clock = clock;
  }

  /** Without its SYSCALL record nothing can be said yet, and nobody has to wait for it. */
  get orphan(): boolean {
    return this.syscall === undefined && this.config === undefined && this.single === undefined;
  }

  add(of: RecordKind, piece: Piece): void {
    if (of === kind.path) {
      if (this.paths.length < MAX_PATHS) this.paths.push(piece);
    } else if (of === kind.execve) {
      if (this.execve.length < MAX_EXECVE) this.execve.push(piece);
    } else if (of === kind.objPid) {
      if (this.targets.length < MAX_TARGETS) this.targets.push(piece);
    } else if (of === kind.cwd) this.cwd = piece;
    else if (of === kind.sockaddr) this.sockaddr = piece;
    else if (of === kind.openat2) this.openat2 = piece;
    else if (of === kind.configChange) this.config = piece;
    else if (of === kind.proctitle) this.proctitle = piece;
  }

  /** Whether all records that its facts need are here, so that it need not wait for the end mark. */
  get satisfied(): boolean {
    if (this.call === undefined) return this.syscall !== undefined || this.single !== undefined;
    const items = this.syscall ? numberAfter(ITEMS, this.syscall.bytes, this.syscall.start, this.syscall.end) : 0;
    if (this.paths.length < Math.min(items, MAX_PATHS)) return false;
    switch (this.call.action) {
      case "exec":
        return this.execve.length > 0 && lastArgumentIsHere(this.execve);
      case "connect":
        return this.sockaddr !== undefined;
      default:
        return items === 0 || this.cwd !== undefined;
    }
  }

  /** Copies what it holds, so that the chunk it came in can go. */
  detach(): void {
    this.syscall = copy(this.syscall);
    this.cwd = copy(this.cwd);
    this.sockaddr = copy(this.sockaddr);
    this.openat2 = copy(this.openat2);
    this.config = copy(this.config);
    this.proctitle = copy(this.proctitle);
    this.execve = this.execve.map(copied);
    this.paths = this.paths.map(copied);
    this.targets = this.targets.map(copied);
    if (this.single) this.single = { type: this.single.type, piece: copied(this.single.piece) };
  }
}

function lastArgumentIsHere(execve: readonly Piece[]): boolean {
  const first = execve[0] as Piece;
  const argc = Number.parseInt(
    first.bytes.toString("latin1", first.start + 6, Math.min(first.end, first.start + 16)),
    10,
  );
  if (!(argc > 0)) return true;
  const last = execve[execve.length - 1] as Piece;
  const text = last.bytes.toString("latin1", last.start, last.end);
  // Of a long argument the length is told first, so only its bytes count; which of them are last is not known.
  return text.includes(` a${argc - 1}=`);
}

function copy(piece: Piece | undefined): Piece | undefined {
  return piece && copied(piece);
}

function copied({ bytes, start, end }: Piece): Piece {
  if (start === 0 && end === bytes.length) return { bytes, start, end };
  return { bytes: Buffer.from(bytes.subarray(start, end)), start: 0, end: end - start };
}
