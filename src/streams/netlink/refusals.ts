/** Why the audit netlink cannot be used here, in the operator's words. */
import { readFileSync } from "node:fs";
import { SourceAbsent } from "../../ports.ts";
import { Refused } from "./errors.ts";
import { NoForeignCalls } from "./libc.ts";

/** CAP_AUDIT_CONTROL, include/uapi/linux/capability.h. */
const AUDIT_CONTROL = 30n;
const AUDITD = "or install auditd on the host with etc/audit/30-vedette.rules and mount /var/log";

/** Any failure as an absence: what is not absent is taken for a source that reads. */
export function absence(error: unknown): SourceAbsent {
  if (error instanceof SourceAbsent) return error;
  if (error instanceof NoForeignCalls) {
    return new SourceAbsent(
      `no koffi binary for this machine (${process.arch}): ${error.message}`,
      `use an image of Vedette for linux/amd64, arm64 or arm32v7 on glibc, ${AUDITD}`,
    );
  }
  if (!(error instanceof Refused)) return new SourceAbsent(String(error), `install auditd on the host, ${AUDITD}`);
  return new SourceAbsent(...refused(error.code));
}

function refused(code: string): [reason: string, remedy: string] {
  switch (code) {
    case "EPERM":
    case "EACCES":
      return mayControl()
        ? ["the kernel's audit answers only in the host's pid namespace", `set PidMode host, ${AUDITD}`]
        : ["no right to the kernel's audit: CAP_AUDIT_CONTROL is missing", `add CapAdd AUDIT_CONTROL, ${AUDITD}`];
    case "ECONNREFUSED":
      return [
        "the kernel's audit does not answer in a user namespace",
        `run the module without user namespace remapping (UsernsMode host), ${AUDITD}`,
      ];
    case "EPROTONOSUPPORT":
    case "EAFNOSUPPORT":
      return [
        "this kernel has no audit, or was booted with audit=0",
        "boot a kernel with CONFIG_AUDITSYSCALL without audit=0",
      ];
    case "EEXIST":
      return ["another process is the kernel's audit daemon", "let that daemon write /var/log/audit/audit.log"];
    default:
      return [`the kernel's audit refused: ${code}`, `look at auditctl -s on the host, ${AUDITD}`];
  }
}

/** Whether this process has the capability; then it is the namespace that is wrong. */
function mayControl(): boolean {
  try {
    const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return effective !== undefined && ((BigInt(`0x${effective}`) >> AUDIT_CONTROL) & 1n) === 1n;
  } catch {
    return false;
  }
}
