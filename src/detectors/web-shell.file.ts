import { z } from "zod";
import type { Process } from "../events/fact.ts";
import { type ConfidenceName, matcher } from "./detector.ts";
import { ancestorOf, fromPackageManager, languagePackageManagers, ranBy } from "./knowledge/ancestry.ts";
import { deployers } from "./knowledge/htaccess.ts";
import { isShell } from "./knowledge/interpreters.ts";
import { basename, dirname, inWebRoot } from "./knowledge/paths.ts";
import { isServerScript, isWebServer, webServerAbove } from "./knowledge/web.ts";

/** Directories that an application's own updater fills with scripts. */
const updated =
  /\/(?:wp-content\/(?:plugins|themes|upgrade|languages|cache)|wp-admin|wp-includes|vendor|node_modules|storage\/framework|var\/cache|cache|sites\/[^/]{1,64}\/files\/php|administrator|modules|components)\//;
const copiers = new Set([
  "cp",
  "mv",
  "install",
  "tar",
  "unzip",
  "vi",
  "vim",
  "vim.basic",
  "nano",
  "emacs",
  "rsync",
  "scp",
  "sftp-server",
  "chmod",
  "sed",
  "ln",
]);

/**
 * A script that a web server would execute appears in a web root, and no package or deployment put it there.
 *
 * An administrator's copy, and an application's own update, are graded low. Blind spot: the content is not read.
 */
export const webShellFile = matcher({
  alert: "web-shell",
  on: ["file.changed"],
  settings: z.object({
    allowedDirectories: z
      .array(z.string().min(1))
      .default([])
      .describe("Directories in which new scripts are expected, e.g. a deployment's."),
  }),
  match({ operation, file, process }, { allowedDirectories }) {
    if (operation !== "create" && operation !== "rename" && operation !== "link") return undefined;
    if (!process || !inWebRoot(file.path) || !isServerScript(file.path)) return undefined;
    if (allowedDirectories.some((directory) => file.path.startsWith(directory))) return undefined;
    if (fromPackageManager(process) || ranBy(process, deployers) || ancestorOf(process, languagePackageManagers))
      return undefined;
    return {
      subject: `scripts in ${dirname(file.path)}`,
      reason: `${process.exe || "an unknown program"} put the script ${file.path} into a web root`,
      confidence: grade(file.path, process),
      evidence: { process, file, container: process.container },
    };
  },
});

function grade(path: string, process: Process): ConfidenceName {
  const name = basename(process.exe);
  const byServer = isWebServer(process.exe) || webServerAbove(process) !== undefined;
  if (byServer) return isWebServer(process.exe) && updated.test(path) ? "low" : "medium";
  return isShell(name) || !copiers.has(name) ? "medium" : "low";
}
