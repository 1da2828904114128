/**
 * A change on disk plants a way back in: a preload for every program, a set-user-id file in a temporary place, or a line
 * put into rc.local or the system's crontab at a prompt.
 *
 * Blind spot: the content is not read; key files and cron.d are written too often to be reported by that alone.
 */
import { z } from "zod";
import { type Match, matcher } from "./detector.ts";
import { fromPackageManager } from "./knowledge/ancestry.ts";
import { isShell } from "./knowledge/interpreters.ts";
import { basename, inTemporaryDirectory } from "./knowledge/paths.ts";
import { typedForRoot } from "./knowledge/root-scripts.ts";

/** S_ISUID of inode(7). */
const SET_USER_ID = 0o4000;
const REGULAR = 0o100000;
const KIND = 0o170000;

export const possibleBackdoorFile = matcher({
  alert: "possible-backdoor",
  on: ["file.changed"],
  settings: z.object({}),
  match({ operation, file, process }): Match | undefined {
    const written = operation === "create" || operation === "write" || operation === "truncate";
    const reason =
      judge(operation, file.path, file.mode ?? 0) ??
      (written && process ? typedForRoot(basename(process.exe), file.path, process) : undefined);
    if (!reason || (process && fromPackageManager(process))) return undefined;
    return { subject: reason, reason, evidence: { process, container: process?.container, file } };
  },
});

function judge(operation: string, path: string, mode: number): string | undefined {
  if (path === "/etc/ld.so.preload" && operation !== "delete" && operation !== "chown" && operation !== "chmod") {
    return "a library is preloaded into every program by /etc/ld.so.preload";
  }
  const regular = (mode & KIND) === REGULAR || (mode & KIND) === 0;
  if (operation === "delete" || !regular || (mode & SET_USER_ID) === 0) return undefined;
  const planted = inTemporaryDirectory(path) || (operation === "chmod" && isShell(basename(path)));
  return planted ? `${path} is set-user-id` : undefined;
}
