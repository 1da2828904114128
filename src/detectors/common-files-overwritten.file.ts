import { z } from "zod";
import type { FileOperation, Process } from "../events/fact.ts";
import { type ConfidenceName, matcher } from "./detector.ts";
import { fromPackageManager, ranBy } from "./knowledge/ancestry.ts";
import { type CommonKind, commonKind, keepers } from "./knowledge/common-files.ts";
import { isShell } from "./knowledge/interpreters.ts";
import { basename } from "./knowledge/paths.ts";
import { overwritablePaths } from "./knowledge/shared-settings.ts";

const changing = new Set<FileOperation>(["create", "write", "truncate", "rename", "link"]);
/** What puts new programs in place by hand, or as a build's last step. */
const installers = new Set([
  "cp",
  "mv",
  "install",
  "ln",
  "make",
  "ld",
  "tar",
  "unzip",
  "curl",
  "wget",
  "rsync",
  "go",
  "cargo",
  "pip",
  "pip3",
  "npm",
  "node",
  "gem",
  "cmake",
  "scp",
  "sftp-server",
]);
/** Interactive editors, and sed's in-place copies. */
const editors = new Set(["vi", "vim", "vim.basic", "vim.tiny", "nvim", "nano", "emacs", "joe"]);

/**
 * A program of the base system, an account file, the hosts file or the loader's list was written by something that is
 * neither a package nor the tool in charge of it.
 *
 * Blind spot: a change in place by a process that had the file open already.
 */
export const commonFilesOverwrittenFile = matcher({
  alert: "common-files-overwritten",
  on: ["file.changed"],
  settings: z.object({
    allowedPaths: overwritablePaths,
  }),
  match({ operation, file, from, process }, { allowedPaths }) {
    if (!process || !changing.has(operation)) return undefined;
    const path = operation === "rename" && from !== undefined && commonKind(from) === "name" ? from : file.path;
    const kind = allowedPaths.includes(path) ? undefined : commonKind(path);
    if (!kind || fromPackageManager(process) || ranBy(process, keepers)) return undefined;
    return {
      subject: `file ${path}`,
      reason: `${path} was ${path === from ? "moved away" : "changed"} by ${process.exe || "an unknown program"}`,
      confidence: grade(kind, operation, process),
      evidence: { process, file, container: process.container },
    };
  },
});

function grade(kind: CommonKind, operation: FileOperation, process: Process): ConfidenceName {
  const name = basename(process.exe);
  if (process.container || kind === "grant" || editors.has(name)) return "low";
  // What is appended, or written anew by a shell's `>`, looks alike here; the command tells them apart where it is seen.
  if (kind === "hosts" && (operation === "write" || isShell(name))) return "low";
  return kind === "other" && installers.has(name) ? "low" : "medium";
}
