import { z } from "zod";
import { BoundedMap } from "../operators/bounded.ts";
import { correlator } from "./detector.ts";
import { fromPackageManager, ranBy } from "./knowledge/ancestry.ts";
import { isHistoryDraft, isHistoryFile } from "./knowledge/history-files.ts";
import { basename, dirname } from "./knowledge/paths.ts";

/** Account removal takes the home directory with it. */
const removers = new Set(["userdel", "deluser", "systemd-homed"]);
const shells = new Set(["bash", "zsh", "sh", "dash", "ash", "busybox", "ksh", "mksh", "fish", "tcsh", "csh"]);

/**
 * A history file was removed, emptied, or moved away.
 *
 * A shell that appends its history at exit raises nothing: it does not truncate; the drafts it renames are known. A shell
 * creates the file once, at the first exit of an account: quiet for an account seen to be created.
 * Blind spot: that first exit of an older account, which looks like `> ~/.bash_history`.
 */
export const bashHistoryClearedFile = correlator({
  alert: "bash-history-cleared",
  on: ["file.changed", "account.created"],
  settings: z.object({}),
  memory: () => new BoundedMap<string, true>(256),
  step(fact, fresh) {
    if (fact.kind === "account.created") {
      if (fact.home) fresh.set(fact.home, true);
      return undefined;
    }
    const { operation, file, from, process } = fact;
    if (!process || fromPackageManager(process) || ranBy(process, removers)) return undefined;
    const path = operation === "rename" ? from : file.path;
    if (path === undefined || !isHistoryFile(path) || isHistoryDraft(path)) return undefined;
    if (operation === "create" && (!shells.has(basename(process.exe)) || fresh.delete(dirname(path)))) return undefined;
    const done = verbs.get(operation);
    if (done === undefined) return undefined;
    return {
      subject: `${process.user ?? process.uid ?? "someone"}: ${path}`,
      reason: `${path} was ${done} by ${process.exe || "an unknown program"}`,
      evidence: { process, file, user: process.user, container: process.container },
    };
  },
});

const verbs = new Map([
  ["delete", "deleted"],
  ["truncate", "emptied"],
  ["rename", "moved away"],
  ["create", "written anew"],
]);
