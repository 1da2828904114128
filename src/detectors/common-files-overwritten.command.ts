import { z } from "zod";
import type { Process } from "../events/fact.ts";
import { type ConfidenceName, type Match, matcher } from "./detector.ts";
import { isPublicAddress } from "./knowledge/addresses.ts";
import { belowPackageManager, ranBy } from "./knowledge/ancestry.ts";
import { type Command, type CommandLine, commandLine } from "./knowledge/command.ts";
import { type CommonKind, commonKind, keepers } from "./knowledge/common-files.ts";
import { type FileEffect, fileEffects } from "./knowledge/file-effects.ts";
import { trimsImage } from "./knowledge/image-build.ts";
import { deed, localCommands } from "./knowledge/local.ts";
import { basename, hiddenPath, inTemporaryDirectory } from "./knowledge/paths.ts";
import { overwritablePaths } from "./knowledge/shared-settings.ts";

/**
 * A command writes over, moves away or links a program of the base system, an account file, the hosts file or the
 * loader's lists. The fallback where no file record tells it.
 *
 * Blind spot: a package's own files written by hand into /usr/local are left alone; new names in /usr/bin are graded low.
 */
export const commonFilesOverwrittenCommand = matcher({
  alert: "common-files-overwritten",
  on: ["process.started"],
  settings: z.object({
    allowedPaths: overwritablePaths,
  }),
  match({ process }, { allowedPaths }) {
    const line = commandLine(process);
    let best: Match | undefined;
    for (const command of localCommands(line)) {
      for (const effect of fileEffects(command)) {
        const kind = allowedPaths.includes(effect.path) ? undefined : commonKind(effect.path);
        const confidence = kind && grade(kind, effect, command, line);
        if (!confidence || (best && confidence === "low")) continue;
        if (belowPackageManager(process) || ranBy(process, keepers)) return undefined;
        best = describe(command, effect, confidence, process);
        if (confidence !== "low") return best;
      }
    }
    return best;
  },
});

/** Undefined: no overwriting. The grade of dual use follows how administrators and image recipes work. */
function grade(kind: CommonKind, effect: FileEffect, command: Command, line: CommandLine): ConfidenceName | undefined {
  switch (effect.kind) {
    case "attribute":
      return undefined;
    case "touch":
      return kind === "other" ? "medium" : undefined;
    case "remove":
    case "editor":
      return kind === "other" ? undefined : "low";
    case "link":
      return linked(kind, effect);
    case "moved":
      return kind === "other" ? undefined : "medium";
    default:
      return written(kind, effect, command, line);
  }
}

function linked(kind: CommonKind, { source = "" }: FileEffect): ConfidenceName | undefined {
  if (kind === "other") return undefined;
  const foreign =
    source === "/dev/null" || inTemporaryDirectory(source) || hiddenPath(source) || source.startsWith("/home/");
  return foreign ? "medium" : "low";
}

/** A new program copied or downloaded by hand is mostly an installation; a shell that writes one is not. */
function written(
  kind: CommonKind,
  effect: FileEffect,
  command: Command,
  line: CommandLine,
): ConfidenceName | undefined {
  const { path, source } = effect;
  if (kind === "grant") return "low";
  if (kind === "hosts") return effect.kind === "overwrite" || diverts(command) ? "medium" : "low";
  if (kind === "account" && trimsImage(line)) return "low";
  if (kind !== "other") return "medium";
  if (hiddenPath(basename(path))) return "medium";
  const made = line.commands.some(
    ({ name, args }) => name === "chmod" && args.some((arg) => path.endsWith(arg) && arg.includes("/")),
  );
  const installed = made || source !== undefined || /^(?:curl|wget|install|openssl)$/.test(command.name);
  return installed || trimsImage(line) ? "low" : "medium";
}

/**
 * A line for the hosts file that sends a name of the internet elsewhere: to a public address, or to nowhere, which is
 * how updates are cut off. A name of the own network, or for testing, is everyday.
 */
function diverts({ args }: Command): boolean {
  const entries = args
    .join(" ")
    .slice(0, 4096)
    .split(/\\n|\n/, 64);
  return entries.some((entry) => {
    const [address = "", ...names] = entry.trim().replace(/^["']/, "").split(/\s+/, 8);
    if (isPublicAddress(address)) return names.some((name) => name.includes("."));
    const nowhere = address === "0.0.0.0" || address.startsWith("127.") || address === "::1" || address === "::";
    return (
      nowhere && names.some((name) => /\.(?:com|net|org|io|info|ru|cn|fr|de|eu|dev|cloud|stream|pro)$/i.test(name))
    );
  });
}

function describe(command: Command, effect: FileEffect, confidence: ConfidenceName, process: Process): Match {
  return {
    subject: `file ${effect.path}`,
    reason: `${effect.path} is ${effect.kind === "moved" ? "moved away" : "changed"} by ${command.name || "the shell"}`,
    confidence: process.container ? "low" : confidence,
    evidence: { process, container: process.container, file: { path: effect.path }, data: { command: deed(command) } },
  };
}
