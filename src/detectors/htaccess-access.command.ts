import { z } from "zod";
import type { Process } from "../events/fact.ts";
import { type ConfidenceName, type Match, matcher } from "./detector.ts";
import { belowPackageManager, ranBy } from "./knowledge/ancestry.ts";
import { type Command, commandLine } from "./knowledge/command.ts";
import { type FileEffect, fileEffects } from "./knowledge/file-effects.ts";
import { deployers, givesPower, isHtaccess } from "./knowledge/htaccess.ts";
import { deed, localCommands } from "./knowledge/local.ts";
import { allowedDirectories } from "./knowledge/shared-settings.ts";

/**
 * A command writes, replaces or shields an `.htaccess` file: the web server's rules for a directory, by which an
 * intruder makes a picture run as a script.
 *
 * Reading it, and finding it, is no alert. Blind spot: a file deployed under another name (`AccessFileName`).
 */
export const htaccessAccessCommand = matcher({
  alert: "htaccess-access",
  on: ["process.started"],
  settings: z.object({
    allowedDirectories,
  }),
  match({ process }, { allowedDirectories }) {
    for (const command of localCommands(commandLine(process))) {
      const effect = fileEffects(command).find(({ path }) => isHtaccess(path));
      if (!effect || allowedDirectories.some((directory) => effect.path.startsWith(directory))) continue;
      return belowPackageManager(process) || ranBy(process, deployers) ? undefined : describe(command, effect, process);
    }
    return undefined;
  },
});

function describe(command: Command, effect: FileEffect, process: Process): Match {
  const text = [...command.args, ...command.redirections.map(({ target }) => target)].join(" ");
  const power = givesPower(text);
  return {
    subject: `file ${effect.path}`,
    reason: power
      ? `${effect.path} is given the directive ${power}`
      : `${effect.path} is changed by ${command.name || "the shell"}`,
    confidence: power ? "high" : confidence(command, effect),
    evidence: { process, container: process.container, file: { path: effect.path }, data: { command: deed(command) } },
  };
}

/** Removing it, or tidying its owner and mode, is mostly an administrator's work; chattr is not. */
function confidence({ name }: Command, { kind }: FileEffect): ConfidenceName {
  if (kind === "remove") return "low";
  return kind === "attribute" && name !== "chattr" ? "low" : "medium";
}
