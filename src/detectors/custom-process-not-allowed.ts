/**
 * A program runs that is not on this device's list of allowed executables. Off until the list has an entry.
 *
 * Judged by the path that the kernel tells, so a script counts as its interpreter. Kernel threads and Vedette's own
 * children are not programs of the device.
 *
 * Blind spot: code inside an allowed interpreter, and a file replaced under an allowed path (see
 * common-files-overwritten).
 */
import { z } from "zod";
import type { Process, ProcessStarted } from "../events/fact.ts";
import { type Match, matcher } from "./detector.ts";

/** The module's own process id, to know its children. */
const self = globalThis.process?.pid ?? -1;

export const customProcessNotAllowed = matcher({
  alert: "custom-process-not-allowed",
  on: ["process.started"],
  settings: z.object({
    allowed: z
      .array(z.string())
      .default([])
      .describe("Absolute paths of executables that may run; a path ending in * allows all that begin so. Empty: off."),
    includeContainers: z.boolean().default(false).describe("Judge programs inside containers too."),
  }),
  match(started, { allowed, includeContainers }): Match | undefined {
    if (allowed.length === 0) return undefined;
    const path = executable(started);
    if (path === undefined || isAllowed(path, allowed) || isOwn(started.process)) return undefined;
    if (started.process.container && !includeContainers) return undefined;
    return {
      subject: `process ${path}`,
      reason: `${path} is not an allowed executable`,
      confidence: "high",
      evidence: { process: started.process, container: started.process.container, file: started.file },
    };
  },
});

/** What was executed; undefined for kernel threads (no path) and for attempts that ran nothing. */
function executable({ process, failed }: ProcessStarted): string | undefined {
  if (failed || process.exe === "" || process.pid === 2 || process.ppid === 2) return undefined;
  return process.exe;
}

function isAllowed(path: string, allowed: readonly string[]): boolean {
  return allowed.some((entry) => (entry.endsWith("*") ? path.startsWith(entry.slice(0, -1)) : path === entry));
}

function isOwn({ pid, ppid, ancestors }: Process): boolean {
  return pid === self || ppid === self || (ancestors ?? []).some((ancestor) => ancestor.pid === self);
}
