/**
 * Secrets are dug for: tools that dump, crack or log credentials; reads of password hashes, private keys, the device's
 * identity keys, cloud, browser and keyring files, other processes' memory; searches of whole trees for any of these.
 *
 * Quiet where a package manager or configuration management does it, and for programs whose trade it is.
 *
 * Blind spot: a reader with its own name and the path in its configuration (see the file variant where audit watches).
 */
import { z } from "zod";
import type { ProcessStarted } from "../events/fact.ts";
import { type Match, matcher } from "./detector.ts";
import { configurationManagement, fromPackageManager, hasAncestor, schedulers } from "./knowledge/ancestry.ts";
import { type Command, type CommandLine, commandLine } from "./knowledge/command.ts";
import type { Access } from "./knowledge/credential-captures.ts";
import { accessOf } from "./knowledge/credential-reads.ts";
import { credentialTool } from "./knowledge/credentials.ts";
import { localCommands } from "./knowledge/local.ts";
import { basename } from "./knowledge/paths.ts";
import { programsIn } from "./knowledge/programs.ts";
import { secretReaders } from "./knowledge/shared-settings.ts";
import { sweepOf } from "./knowledge/sweeps.ts";

export const credentialAccessTools = matcher({
  alert: "credential-access-tools",
  on: ["process.started"],
  settings: z.object({
    allowedPaths: secretReaders,
    allowedTools: z
      .array(z.string())
      .default([])
      .describe("File names of credential tools that may run here, e.g. john."),
  }),
  match(started, { allowedPaths, allowedTools }): Match | undefined {
    const { process } = started;
    if (allowedPaths.includes(process.exe)) return undefined;
    const found = byTool(started, allowedTools) ?? (trusted(started) ? undefined : byDeed(started));
    return (
      found && {
        subject: found.what,
        reason: found.reason,
        confidence: found.confidence,
        evidence: { process, container: process.container, data: { what: found.what } },
      }
    );
  },
});

function trusted({ process }: ProcessStarted): boolean {
  return (
    fromPackageManager(process) || hasAncestor(process, configurationManagement) || hasAncestor(process, schedulers)
  );
}

function byTool(started: ProcessStarted, allowed: readonly string[]): Access | undefined {
  const tool = programsIn(started).find(({ path }) => credentialTool(path) && !allowed.includes(basename(path)));
  if (!tool) return undefined;
  const name = basename(tool.path).slice(0, 96);
  const how = started.failed ? "was asked for and is not there" : "dumps, cracks or logs credentials";
  return { what: `tool ${name}`, reason: `${name} ${how}`, confidence: "high" };
}

function byDeed(started: ProcessStarted): Access | undefined {
  const line = commandLine(started.process);
  let doubtful: Access | undefined;
  for (const command of localCommands(line)) {
    const found = accessOf(command) ?? sweep(command) ?? pipedSearch(command, line);
    if (found && found.confidence !== "low") return found;
    doubtful ??= found;
  }
  return doubtful;
}

function sweep(command: Command): Access | undefined {
  const found = sweepOf(command);
  return found?.kind === "secrets" ? { what: found.reason, reason: found.reason, confidence: "medium" } : undefined;
}

/** `cat ~/.bash_history | grep pass`, `env | grep -i token` */
function pipedSearch(command: Command, { commands }: CommandLine): Access | undefined {
  if (!/^(?:e|f)?grep$/.test(command.name) || command.stage === 0) return undefined;
  if (!command.args.some((arg) => /pass|secret|token|credential|api.?key|\bssh\b|\bkey\b/i.test(arg.slice(0, 256))))
    return undefined;
  const source = commands.find(({ pipeline, stage }) => pipeline === command.pipeline && stage === command.stage - 1);
  if (source?.args.some((arg) => /_history\*?$/.test(arg))) {
    return { what: "command history", reason: "searches the command history for secrets", confidence: "medium" };
  }
  const environment = source && /^(?:env|printenv|set|export)$/.test(source.name) && source.args.length === 0;
  return environment
    ? { what: "environment", reason: "searches the environment for secrets", confidence: "low" }
    : undefined;
}
