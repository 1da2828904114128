import { z } from "zod";
import { matcher } from "./detector.ts";
import { fromPackageManager, ranBy } from "./knowledge/ancestry.ts";
import { isAuditConfiguration } from "./knowledge/auditing.ts";

/** The tools that write there as their trade. */
const keepers = new Set(["augenrules", "auditd", "auditctl", "authconfig", "usbguard"]);
const changing = new Set(["create", "write", "truncate", "delete", "rename", "link"]);

/**
 * The audit daemon's configuration was changed by something that is neither a package nor its own tools.
 *
 * Blind spot: the file's content is not read: a stricter rule set raises the alert too.
 */
export const auditdDisabledFile = matcher({
  alert: "auditd-disabled",
  on: ["file.changed"],
  settings: z.object({
    allowedWriters: z
      .array(z.string().min(1))
      .default([])
      .describe("Executables that may write to /etc/audit, by absolute path."),
  }),
  match({ operation, file, from, process }, { allowedWriters }) {
    const path = isAuditConfiguration(file.path)
      ? file.path
      : from !== undefined && isAuditConfiguration(from)
        ? from
        : undefined;
    if (path === undefined || !changing.has(operation) || !process) return undefined;
    if (allowedWriters.includes(process.exe) || fromPackageManager(process) || ranBy(process, keepers))
      return undefined;
    return {
      subject: `file ${path}`,
      reason: `the audit configuration ${path} was changed by ${process.exe || "an unknown program"}`,
      evidence: { process, file, container: process.container },
    };
  },
});
