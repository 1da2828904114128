import { z } from "zod";
import { matcher } from "./detector.ts";
import { fromPackageManager, isProgramOf, ranBy } from "./knowledge/ancestry.ts";
import { isRotated, logKind, logRotators, logWriters } from "./knowledge/log-files.ts";
import { basename } from "./knowledge/paths.ts";
import { removablePaths } from "./knowledge/shared-settings.ts";

const verbs = new Map([
  ["delete", "deleted"],
  ["truncate", "emptied"],
  ["rename", "moved away"],
  ["create", "written anew"],
]);
/** A daemon creates its own log; a shell or a copying tool that does writes over it. */
const copiers = new Set([
  "bash",
  "sh",
  "dash",
  "zsh",
  "ash",
  "ksh",
  "busybox",
  "cp",
  "dd",
  "tee",
  "cat",
  "truncate",
  "ln",
  "python3",
]);

/**
 * A log of the system was unlinked, emptied or renamed by something that does not keep logs.
 *
 * Blind spot: a log rewritten in place, line by line, by a process that holds it open.
 */
export const systemLogRemovalFile = matcher({
  alert: "system-log-removal",
  on: ["file.changed"],
  settings: z.object({
    allowedPaths: removablePaths,
  }),
  match({ operation, file, from, process }, { allowedPaths }) {
    const done = verbs.get(operation);
    const path = operation === "rename" ? from : file.path;
    if (done === undefined || path === undefined || !process || allowedPaths.includes(path)) return undefined;
    const kind = logKind(path);
    if (kind !== "system" && kind !== "journal") return undefined;
    if (operation === "create" && !copiers.has(basename(process.exe))) return undefined;
    if (operation === "rename" && isRotated(file.path)) return undefined;
    if (fromPackageManager(process) || ranBy(process, logRotators) || isProgramOf(process, logWriters))
      return undefined;
    return {
      subject: `file ${path}`,
      reason: `the system log ${path} was ${done} by ${process.exe || "an unknown program"}`,
      evidence: { process, file, container: process.container },
    };
  },
});
