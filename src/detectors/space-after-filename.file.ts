/**
 * A file whose name ends in a space (or another blank) appears in a place from which people open files, or is made
 * executable. The name is never trimmed.
 *
 * Blind spot: only directories that the audit rules watch.
 */
import { z } from "zod";
import { type Match, matcher } from "./detector.ts";
import { fromPackageManager } from "./knowledge/ancestry.ts";
import { blankEnd } from "./knowledge/blanks.ts";
import { blankEndedPaths } from "./knowledge/shared-settings.ts";

export const spaceAfterFilenameFile = matcher({
  alert: "space-after-filename",
  on: ["file.changed"],
  settings: z.object({
    allowedPaths: blankEndedPaths,
  }),
  match({ operation, file, process }, { allowedPaths }): Match | undefined {
    if (!["create", "rename", "chmod", "link"].includes(operation) || !blankEnd(file.path)) return undefined;
    if (operation === "chmod" && file.mode !== undefined && (file.mode & 0o111) === 0) return undefined;
    if (allowedPaths.includes(file.path) || (process && fromPackageManager(process))) return undefined;
    return {
      subject: `file ${JSON.stringify(file.path.slice(-256))}`,
      reason: `${operation} of ${JSON.stringify(file.path.slice(-128))}, whose name ends in a blank`,
      evidence: { process, container: process?.container, file },
    };
  },
});
