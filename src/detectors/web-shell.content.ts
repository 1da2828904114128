import { z } from "zod";
import type { Process } from "../events/fact.ts";
import { type Match, matcher } from "./detector.ts";
import { belowPackageManager } from "./knowledge/ancestry.ts";
import { type Command, type CommandLine, commandLine } from "./knowledge/command.ts";
import { fetchOf } from "./knowledge/fetchers.ts";
import { fileEffects } from "./knowledge/file-effects.ts";
import { deed, localCommands } from "./knowledge/local.ts";
import { inTemporaryDirectory, inWebRoot } from "./knowledge/paths.ts";
import { literalOutput } from "./knowledge/payload.ts";
import { isServerScript, isWebShellText } from "./knowledge/web.ts";

/**
 * A command line writes a script that hands a request's input to a shell, or fetches a script, or moves one out of a
 * temporary directory, into a web root.
 *
 * Blind spot: code that hides both the sink and the source of its input.
 */
export const webShellContent = matcher({
  alert: "web-shell",
  on: ["process.started"],
  settings: z.object({}),
  match({ process }) {
    const line = commandLine(process);
    for (const command of localCommands(line)) {
      const reason = planted(command, line);
      if (reason) return belowPackageManager(process) ? undefined : describe(command, reason, process);
    }
    return undefined;
  },
});

function planted(command: Command, line: CommandLine): string | undefined {
  const fetched = fetchOf(command)?.files.find((file) => isServerScript(file) && inWebRoot(file));
  if (fetched) return `a script is downloaded to ${fetched}`;
  const effects = fileEffects(command);
  const copied = effects.find(
    ({ path, source }) =>
      source !== undefined &&
      inTemporaryDirectory(source) &&
      isServerScript(path) &&
      isServerScript(source) &&
      inWebRoot(path),
  );
  if (copied) return `the script ${copied.source} is put at ${copied.path}`;
  const target = effects.find(
    ({ kind, path }) => /^(?:overwrite|append|edit)$/.test(kind) && (isServerScript(path) || inWebRoot(path)),
  )?.path;
  if (target === undefined) return undefined;
  const pipeline = line.pipelines[command.pipeline] ?? [];
  const text = [...pipeline, command]
    .flatMap(({ args, redirections }) => [...args, ...redirections.map((r) => r.target)])
    .join(" ");
  if (isWebShellText(text)) return `${target} is given code that runs what a request says`;
  const printed = literalOutput(pipeline.filter(({ stage }) => stage <= command.stage));
  if (printed !== undefined && isWebShellText(printed))
    return `${target} is given packed code that runs what a request says`;
  const decodes = pipeline.some(({ name, args }) => name === "base64" && args.some((arg) => /^-{1,2}d|^-D$/.test(arg)));
  return decodes && isServerScript(target) ? `${target} is given decoded code` : undefined;
}

function describe(command: Command, reason: string, process: Process): Match {
  return {
    subject: deed(command) || reason,
    reason,
    confidence: "high",
    evidence: { process, container: process.container, data: { command: deed(command) } },
  };
}
