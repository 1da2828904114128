/** What this machine offers to the end-to-end suite, and what to do about a test whose needs are not met. */
import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

export const needNames = [
  "root",
  "audit",
  "docker",
  "rsyslog",
  "sshd",
  "login",
  "shadow",
  "namespaces",
  "iptables",
  "web-server",
  "compiler",
  "hydra",
  "boot",
] as const;
export type Need = (typeof needNames)[number];

const programs: Readonly<Record<Exclude<Need, "root" | "audit">, readonly string[]>> = {
  docker: ["dockerd", "containerd", "runc", "docker"],
  rsyslog: ["rsyslogd"],
  sshd: ["sshd", "ssh", "ssh-keygen", "sshpass"],
  login: ["login", "script"],
  shadow: ["useradd", "usermod", "gpasswd", "userdel", "groupadd", "groupdel", "chpasswd"],
  namespaces: ["unshare", "mount"],
  iptables: ["iptables"],
  "web-server": ["lighttpd"],
  compiler: ["cc"],
  hydra: ["hydra"],
  boot: ["systemctl", "cloud-init", "nft", "nsenter", "cron"],
};

/** Why the need is not met here; undefined when it is. */
export function lacking(need: Need): string | undefined {
  if (need === "root") return process.getuid?.() === 0 ? undefined : "not root";
  if (need === "audit") return lackingPrograms(["auditd", "auditctl"]) ?? lackingKernelAudit();
  return lackingPrograms(programs[need]);
}

/** The first reason of those that are missing, for a whole test. */
export function lackingAny(needs: readonly Need[]): string | undefined {
  for (const need of needs) {
    const reason = lacking(need);
    if (reason) return `needs ${need}: ${reason}`;
  }
  return undefined;
}

/** CI forbids skips: what is not proven there is proven nowhere. */
export const strict = process.env.VEDETTE_E2E_STRICT === "1";

export function programPath(name: string): string | undefined {
  const path = `${process.env.PATH ?? ""}${delimiter}/usr/local/sbin${delimiter}/usr/sbin${delimiter}/sbin`;
  return path
    .split(delimiter)
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

/** Capabilities this process may pass on: bit N of CapBnd is capability N (capability.h). */
export function hasCapability(bit: number): boolean {
  const bounding = /^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return bounding !== undefined && (BigInt(`0x${bounding}`) >> BigInt(bit)) % 2n === 1n;
}

function lackingPrograms(names: readonly string[]): string | undefined {
  const missing = names.filter((name) => programPath(name) === undefined);
  return missing.length === 0 ? undefined : `${missing.join(", ")} not installed`;
}

function lackingKernelAudit(): string | undefined {
  // CAP_AUDIT_CONTROL (30) is taken from containers by default; without it no rule can be loaded.
  return hasCapability(30) ? undefined : "this kernel or container gives no CAP_AUDIT_CONTROL";
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
