/**
 * An offensive tool is run: by name, as an interpreter's script, or inside another command; also where the file is
 * absent and the attempt fails. Tools that administrators use too (nmap, tcpdump...) are judged by their arguments.
 *
 * Blind spot: a renamed tool, and a tool compiled into another program.
 */
import { z } from "zod";
import type { ProcessStarted } from "../events/fact.ts";
import { type ConfidenceName, type Match, matcher } from "./detector.ts";
import { fromMonitoring } from "./knowledge/ancestry.ts";
import { type Command, type CommandLine, commandLine } from "./knowledge/command.ts";
import { containerRequests } from "./knowledge/container-command.ts";
import { dualUse } from "./knowledge/dual-use-tools.ts";
import { imageReference } from "./knowledge/image-reference.ts";
import { basename, inSystemDirectory } from "./knowledge/paths.ts";
import { type Program, programsIn } from "./knowledge/programs.ts";
import { attackToolPurpose, exploitName, homemadeTool, toolName } from "./knowledge/tools.ts";

interface Sight {
  readonly tool: string;
  readonly reason: string;
  readonly confidence: ConfidenceName;
}

export const attackTools = matcher({
  alert: "attack-tools",
  on: ["process.started"],
  settings: z.object({
    allowedTools: z
      .array(z.string())
      .default([])
      .describe("Tool names that may run on this device, in lower case without extension, e.g. nmap."),
    allowedPaths: z
      .array(z.string())
      .default([])
      .describe("Absolute paths of programs or scripts that may run although they are named like a tool."),
  }),
  match(started, { allowedTools, allowedPaths }): Match | undefined {
    const seen = sight(started);
    if (!seen || allowedTools.includes(seen.tool)) return undefined;
    if (allowedPaths.includes(started.process.exe)) return undefined;
    return {
      subject: `tool ${seen.tool}`,
      reason: started.failed ? `${seen.reason} (the attempt failed)` : seen.reason,
      confidence: seen.confidence,
      evidence: { process: started.process, container: started.process.container, data: { tool: seen.tool } },
    };
  },
});

/** The clearest sign in the command; undefined for none. */
function sight(started: ProcessStarted): Sight | undefined {
  for (const program of programsIn(started)) {
    const found = named(program);
    if (found) return found;
  }
  const image = byImage(started);
  if (image) return image;
  let doubtful: Sight | undefined;
  const line = commandLine(started.process);
  for (const command of line.commands) {
    const found = byArguments(command, line) ?? fetched(command) ?? portLoop(command);
    if (found && found.confidence !== "low")
      return fromMonitoring(started.process) ? { ...found, confidence: "low" } : found;
    doubtful ??= found;
  }
  return doubtful;
}

function named({ path, args, script, written }: Program): Sight | undefined {
  const purpose = attackToolPurpose(path, args, script);
  if (purpose)
    return { tool: toolName(path), reason: `${toolName(path)} is a tool for ${purpose}`, confidence: "high" };
  if ((script || written.includes("/")) && !inSystemDirectory(path) && homemadeTool(path)) {
    return {
      tool: basename(path),
      reason: `${basename(path)} is named like a scanner, guesser or flooder`,
      confidence: "medium",
    };
  }
  const exploit = exploitName(path);
  if (!exploit || isSource(exploit)) return undefined;
  return { tool: exploit, reason: `${exploit} is named like an exploit`, confidence: "medium" };
}

/** `docker run aquasec/kube-hunter`: the image is named for the tool. */
function byImage({ process }: ProcessStarted): Sight | undefined {
  for (const { deed, image } of containerRequests(commandLine(process))) {
    const name = image === undefined || deed !== "run" ? undefined : imageReference(image)?.path.at(-1);
    const purpose = name === undefined ? undefined : attackToolPurpose(name, [], false);
    if (name && purpose)
      return { tool: toolName(name), reason: `runs the image of ${name}, a tool for ${purpose}`, confidence: "medium" };
  }
  return undefined;
}

/** Sources and documents are edited or compiled, not run. */
function isSource(name: string): boolean {
  return /\.(?:c|cc|cpp|h|md|txt|html|json|ya?ml|log|tar|gz|zip)$/.test(name);
}

function byArguments(command: Command, line: CommandLine): Sight | undefined {
  const found = dualUse(command, line);
  return found && { tool: command.name, ...found };
}

/** A tool's own script fetched by its name (`curl .../linpeas.sh`). */
function fetched(command: Command): Sight | undefined {
  if (command.name !== "wget" && command.name !== "curl") return undefined;
  for (const arg of command.args) {
    if (!arg.includes("://") || !/\.(?:sh|py|pl|rb)(?:$|[?#])/.test(arg)) continue;
    const file = arg.split(/[?#]/, 1)[0] ?? "";
    const purpose = attackToolPurpose(file, [], true);
    if (purpose)
      return { tool: toolName(file), reason: `fetches ${toolName(file)}, a tool for ${purpose}`, confidence: "medium" };
  }
  return undefined;
}

/** `for p in ...; do echo > /dev/tcp/$host/$p; done`: bash's own port scan. */
function portLoop(command: Command): Sight | undefined {
  const loop = command.redirections.some(({ target }) => /^\/dev\/(?:tcp|udp)\/[^/]+\/\$\{?\w+/.test(target));
  return loop &&
    (command.name === "echo" ||
      command.name === "" ||
      command.name === ":" ||
      command.name === "printf" ||
      command.name === "true")
    ? { tool: "bash port scan", reason: "a loop opens one port after the other", confidence: "medium" }
    : undefined;
}
