/**
 * A command line leaves a way back in: a listening shell, a job, key, module or preload that runs what it should not,
 * or root's power for a file.
 *
 * Blind spot: content that is not in the line (an editor, a file copied from elsewhere).
 */
import { z } from "zod";
import type { Process } from "../events/fact.ts";
import { type Match, matcher } from "./detector.ts";
import { belowPackageManager, configurationManagement, hasAncestor } from "./knowledge/ancestry.ts";
import { type CommandLine, commandLine } from "./knowledge/command.ts";
import { fileEffects } from "./knowledge/file-effects.ts";
import { isShell } from "./knowledge/interpreters.ts";
import { networkShell } from "./knowledge/network-shells.ts";
import { basename, inTemporaryDirectory } from "./knowledge/paths.ts";
import { persistence } from "./knowledge/persistence.ts";
import { plantsPrivilege } from "./knowledge/privilege-files.ts";
import { typedForRoot } from "./knowledge/root-scripts.ts";
import { writtenFiles } from "./knowledge/written-text.ts";

export const possibleBackdoor = matcher({
  alert: "possible-backdoor",
  on: ["process.started"],
  settings: z.object({}),
  match({ process }): Match | undefined {
    const line = commandLine(process);
    const match =
      bindShell(line, process) ??
      privilege(line, process) ??
      preloaded(line, process) ??
      written(line, process) ??
      typed(line, process);
    if (!match || belowPackageManager(process) || hasAncestor(process, configurationManagement)) return undefined;
    return match;
  },
});

function bindShell(line: CommandLine, process: Process): Match | undefined {
  const found = networkShell(line);
  const reason = found?.kind === "bind" ? found.reason : terminalServer(line);
  if (!reason) return undefined;
  return {
    subject: `bind shell ${line.text.slice(0, 128)}`,
    reason,
    evidence: { process, container: process.container },
  };
}

/** `telnetd -l /bin/sh`: a login without a login. */
function terminalServer(line: CommandLine): string | undefined {
  for (const { name, args } of line.commands) {
    const at = args.indexOf("-l");
    if (
      (name === "telnetd" || name === "utelnetd" || name === "in.telnetd") &&
      at >= 0 &&
      isShell(basename(args[at + 1] ?? ""))
    )
      return `${name} hands out ${args[at + 1]} without a login`;
  }
  return undefined;
}

function privilege(line: CommandLine, process: Process): Match | undefined {
  for (const command of line.commands) {
    const reason = plantsPrivilege(command);
    if (reason) return { subject: reason, reason, evidence: { process, container: process.container } };
  }
  return undefined;
}

/** `LD_PRELOAD=/tmp/x.so sshd` (ld.so(8)) */
function preloaded(line: CommandLine, process: Process): Match | undefined {
  for (const { name, assignments } of line.commands) {
    const library = assignments.find(([key]) => key === "LD_PRELOAD" || key === "LD_AUDIT")?.[1];
    if (name === "" || library === undefined || !library.startsWith("/")) continue;
    if (!inTemporaryDirectory(library) && !basename(library).startsWith(".")) continue;
    return {
      subject: `preload ${library.slice(0, 256)}`,
      reason: `${name} is started with the library ${library.slice(0, 256)} loaded first`,
      evidence: { process, container: process.container, file: { path: library } },
    };
  }
  return undefined;
}

/** `... | sudo tee -a /etc/crontab`, of which only tee is seen. */
function typed({ commands }: CommandLine, process: Process): Match | undefined {
  const [command] = commands;
  if (command?.name !== "tee") return undefined;
  for (const { path } of fileEffects(command)) {
    const reason = typedForRoot("tee", path, process);
    if (reason) return { subject: reason, reason, evidence: { process, container: process.container, file: { path } } };
  }
  return undefined;
}

function written(line: CommandLine, process: Process): Match | undefined {
  for (const file of writtenFiles(line)) {
    const found = persistence(file);
    if (!found) continue;
    return {
      subject: `persistence ${file.path}`,
      reason: found.reason,
      confidence: found.low ? "low" : "medium",
      evidence: { process, container: process.container, file: { path: file.path }, url: file.urls[0]?.slice(0, 512) },
    };
  }
  return undefined;
}
