import { z } from "zod";
import type { Process } from "../events/fact.ts";
import { type ConfidenceName, type Match, matcher } from "./detector.ts";
import { belowPackageManager, ranBy } from "./knowledge/ancestry.ts";
import { type Command, commandLine, resolvePath } from "./knowledge/command.ts";
import { type FileEffect, fileEffects } from "./knowledge/file-effects.ts";
import { deployers, givesPower, isHtaccess } from "./knowledge/htaccess.ts";
import { deed, localCommands } from "./knowledge/local.ts";
import { basename } from "./knowledge/paths.ts";
import { allowedDirectories } from "./knowledge/shared-settings.ts";

/**
 * A command writes, replaces, removes or shields an `.htaccess` file: the web server's rules for a directory, by which an
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
      const effect = fileEffects(command).find(({ path }) => isHtaccess(path)) ?? swept(command);
      if (!effect || allowedDirectories.some((directory) => effect.path.startsWith(directory))) continue;
      return belowPackageManager(process) || ranBy(process, deployers) ? undefined : describe(command, effect, process);
    }
    return undefined;
  },
});

/** `find /var/www -name .htaccess -delete`: the protection of every directory is taken away. */
function swept(command: Command): FileEffect | undefined {
  const { name, args } = command;
  if (name !== "find") return undefined;
  const named = args.some(
    (arg, i) => /^-i?name$/.test(args[i - 1] ?? "") && isHtaccess(arg) && args[i - 2] !== "!" && args[i - 2] !== "-not",
  );
  const program = args[args.findIndex((arg) => /^-exec(?:dir)?$/.test(arg)) + 1] ?? "";
  if (!named || (!args.includes("-delete") && !/^(?:rm|unlink|shred)$/.test(basename(program)))) return undefined;
  return { kind: "remove", path: resolvePath(command, `${args[0]?.startsWith("-") ? "." : args[0]}/.htaccess`) };
}

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

/** Tidying its owner and mode is mostly an administrator's work; opening it to everyone and chattr are not. */
function confidence({ name, args }: Command, { kind }: FileEffect): ConfidenceName {
  if (kind !== "attribute" || name === "chattr") return "medium";
  return name === "chmod" && args.some((arg) => /^0?\d?\d?[2367]$|^(?:o|a|go|ugo)?\+\w*w/.test(arg)) ? "medium" : "low";
}
