/** The SYSCALL record: who did it, and how it ended (kernel/auditsc.c `audit_log_exit`). */
import type { Process } from "../../events/fact.ts";
import type { AuditEvent } from "./event.ts";
import type { Fields } from "./fields.ts";
import type { Call } from "./syscalls.ts";

/** A system call that is over, with all its records. */
export interface DoneCall {
  readonly event: AuditEvent;
  readonly call: Call;
  /** Of the SYSCALL record. */
  readonly fields: Fields;
  readonly succeeded: boolean;
  readonly process: Process;
}

/** Undefined when the record was cut before its pid. Reads in the order in which the kernel writes. */
export function processOf(fields: Fields): Process | undefined {
  const ppid = fields.number("ppid") ?? 0;
  const pid = fields.number("pid");
  if (pid === undefined) return undefined;
  const loginUid = fields.id("auid");
  const uid = fields.id("uid");
  const euid = fields.id("euid");
  const tty = fields.string("tty");
  const session = fields.id("ses");
  const comm = fields.string("comm");
  const exe = fields.string("exe") ?? "";
  const user = fields.enriched("UID");
  return { pid, ppid, exe, argv: [], comm, uid, euid, loginUid, user, tty, session };
}
