/**
 * A change on disk plants a way back in: a preload for every program, or a set-user-id file in a temporary place.
 *
 * Blind spot: the content of key files and cron entries is not read here; writes to them are too common to report.
 */
import { z } from "zod";
import { type Match, matcher } from "./detector.ts";
import { fromPackageManager } from "./knowledge/ancestry.ts";
import { isShell } from "./knowledge/interpreters.ts";
import { basename, inTemporaryDirectory } from "./knowledge/paths.ts";

/** S_ISUID of inode(7). */
const SET_USER_ID = 0o4000;
const REGULAR = 0o100000;
const KIND = 0o170000;

export const possibleBackdoorFile = matcher({
  alert: "possible-backdoor",
  on: ["file.changed"],
  settings: z.object({}),
  match({ operation, file, process }): Match | undefined {
    const reason = judge(operation, file.path, file.mode ?? 0);
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
