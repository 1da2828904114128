/** The SYSCALL record: who did it, and how it ended (kernel/auditsc.c `audit_log_exit`). */
import type { Process } from "../../events/fact.ts";
import type { AuditEvent } from "./event.ts";
import { Fields } from "./fields.ts";
import type { Piece } from "./record.ts";
import type { Call } from "./syscalls.ts";

/** A system call that is over, with all its records. */
export class DoneCall {
  readonly event: AuditEvent;
  readonly call: Call;
  /** Of the SYSCALL record. */
  readonly fields: Fields;
  readonly succeeded: boolean;

  constructor(event: AuditEvent, call: Call, syscall: Piece) {
    this.event = event;
    this.call = call;
    this.fields = new Fields(syscall);
    this.succeeded = this.fields.raw(" success=") === "yes";
  }

  /** Built when asked for: many calls end without a fact. */
  process(argv: readonly string[] = [], cwd?: string): Process {
    return processOf(this.fields, argv, cwd);
  }
}

/** Pid 0 when the record was cut. Reads in the order in which the kernel writes; one literal, for one shape in V8. */
export function processOf(fields: Fields, argv: readonly string[] = [], cwd?: string): Process {
  const ppid = fields.number(" ppid=") ?? 0;
  const pid = fields.number(" pid=") ?? 0;
  const loginUid = fields.id(" auid=");
  const uid = fields.id(" uid=");
  const euid = fields.id(" euid=");
  const tty = fields.shared(" tty=");
  const session = fields.id(" ses=");
  const comm = fields.shared(" comm=");
  const exe = fields.shared(" exe=") ?? "";
  const user = fields.enriched("UID");
  return { pid, ppid, exe, argv, comm, cwd, uid, euid, loginUid, user, tty, session };
}
