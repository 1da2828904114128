/** States of the host's audit in which it is not ours to take. */
import { readFileSync } from "node:fs";
import { SourceAbsent } from "../../ports.ts";
import { FAIL_PANIC, LOCKED } from "./abi.ts";
import type { AuditStatus } from "./status.ts";

/** @throws SourceAbsent */
export function refuseToBegin({ pid, failure, enabled }: AuditStatus): void {
  if (pid !== 0 && pid !== process.pid && isAlive(pid)) {
    const name = nameOf(pid);
    throw new SourceAbsent(
      `${name} (process ${pid}) is the host's audit daemon`,
      name === "auditd"
        ? "none: audit-log reads what auditd writes; etc/audit/30-vedette.rules belong into its rules.d"
        : `none if that is Vedette itself; otherwise have ${name} write /var/log/audit/audit.log, or stop it`,
    );
  }
  if (failure === FAIL_PANIC) {
    throw new SourceAbsent(
      "this host panics when an audit record is lost (failure 2), so Vedette leaves its audit alone",
      "run auditd, or `auditctl -f 1` on the host",
    );
  }
  if (enabled === LOCKED) {
    throw new SourceAbsent("the audit configuration is locked until the next boot (enabled 2)", "run auditd");
  }
}

/** The registration of a dead daemon stands until the kernel has something to send. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "another program";
  }
}
