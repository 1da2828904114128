/** Files that root runs at boot or by the minute, written by hand alone: packages use units and cron.d (crontab(5)). */
import type { Process } from "../../events/fact.ts";
import { ancestors, configurationManagement, hasAncestor } from "./ancestry.ts";
import { isShell, shellCall } from "./interpreters.ts";
import { basename } from "./paths.ts";

const files = new Set(["/etc/rc.local", "/etc/rc.d/rc.local", "/etc/crontab"]);

/**
 * Why a line that `name` puts into a file is a way back in, although nobody saw its text: a shell's `>>`, tee or sed at
 * a prompt. What a script or `sh -c` says is judged by its text instead.
 */
export function typedForRoot(name: string, path: string, process: Process): string | undefined {
  if (!files.has(path)) return undefined;
  const shell = isShell(name) ? process : name === "tee" || name === "sed" ? shellAbove(process) : undefined;
  if (!shell || !shellCall(shell.argv.slice(1)).stdin || hasAncestor(process, configurationManagement))
    return undefined;
  return `${name} writes to ${path}, which root runs`;
}

/** `echo ... | sudo tee -a f`: the shell that was typed into. */
function shellAbove(process: Process) {
  return ancestors(process)
    .slice(0, 3)
    .find(({ exe }) => isShell(basename(exe)));
}
