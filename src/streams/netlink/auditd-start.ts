/**
 * An audit daemon is about to register, which the kernel refuses while we are: so its start must be seen within the few
 * milliseconds that it takes (measured: 3 ms and more from its exec to its registration).
 */
import { readFileSync } from "node:fs";
import { Fields } from "../../parsers/audit/fields.ts";
import { containerIdOf } from "../../parsers/cgroup.ts";
import { HEADER_BYTES } from "./abi.ts";

const COMM = Buffer.from(' comm="auditd" ');
const programs = new Set(["/sbin/auditd", "/usr/sbin/auditd"]);

/**
 * @param record a datagram of type SYSCALL
 * @returns the pid of a daemon of the host's; a container has its own /sbin/auditd, which could only keep us away
 */
export function auditdStarting(record: Buffer): number | undefined {
  if (record.indexOf(COMM) < 0) return undefined;
  const fields = new Fields({ bytes: record, start: HEADER_BYTES, end: record.length });
  const pid = fields.number(" pid=");
  const isDaemon = programs.has(fields.string(" exe=") ?? "") && fields.number(" euid=") === 0;
  return pid !== undefined && isDaemon && !inContainer(pid) ? pid : undefined;
}

function inContainer(pid: number): boolean {
  try {
    return containerIdOf(readFileSync(`/proc/${pid}/cgroup`, "utf8")) !== undefined;
  } catch {
    return false;
  }
}
