import { z } from "zod";
import type { Process } from "../events/fact.ts";
import { type ConfidenceName, type Match, matcher } from "./detector.ts";
import { ranBy } from "./knowledge/ancestry.ts";
import { type Command, commandLine } from "./knowledge/command.ts";
import { fileEffects } from "./knowledge/file-effects.ts";
import { isHistoryFile, isHistoryVariable } from "./knowledge/history-files.ts";
import { deed, localCommands } from "./knowledge/local.ts";

interface Clearing {
  readonly reason: string;
  readonly confidence?: ConfidenceName;
}

/** Account removal takes the home directory with it. */
const keepers = new Set(["userdel", "deluser", "dpkg", "rpm"]);

/**
 * A command line that deletes, empties or diverts a shell's history, or stops the shell from keeping one.
 *
 * Blind spot: builtins (`history -c`, `unset HISTFILE`) typed at a prompt make no process; only the file shows them.
 */
export const bashHistoryClearedCommand = matcher({
  alert: "bash-history-cleared",
  on: ["process.started"],
  settings: z.object({}),
  match({ process }) {
    for (const command of localCommands(commandLine(process))) {
      const seen = clearing(command);
      if (seen) return ranBy(process, keepers) ? undefined : describe(command, seen, process);
    }
    return undefined;
  },
});

function clearing(command: Command): Clearing | undefined {
  return assigned(command) ?? builtin(command) ?? touched(command) ?? persisted(command);
}

/** `HISTFILE=/dev/null`, `HISTSIZE=0`, also behind export, declare, env. */
function assigned({ name, args, assignments }: Command): Clearing | undefined {
  const words = /^(?:export|declare|typeset|local|readonly|set|setenv|env)$/.test(name) ? args : [];
  for (const [key, value] of [...assignments, ...words.map(split)]) {
    if (isHistoryVariable(key) && /^(?:|0|-1|\/dev\/null|\/dev\/zero|''|"")$/.test(value))
      return { reason: `${key} is set to ${value || "nothing"}` };
    if (key === "HISTIGNORE" && /^['"]?\*['"]?$/.test(value)) return { reason: "HISTIGNORE leaves every command out" };
    if (key === "HISTCONTROL" && /ignore(?:space|both)/.test(value))
      return { reason: `HISTCONTROL is set to ${value}`, confidence: "low" };
  }
  if (name === "set" && args[0] === "fish_history" && args.slice(1).join("") === "")
    return { reason: "fish keeps no history" };
  return undefined;
}

function split(word: string): readonly [string, string] {
  const at = word.indexOf("=");
  return at < 0 ? ["", word] : [word.slice(0, at), word.slice(at + 1)];
}

function builtin({ name, args }: Command): Clearing | undefined {
  switch (name) {
    case "history":
      if (args.some((arg) => /^-[a-z]*[cdp]/.test(arg) && !arg.startsWith("-p")))
        return { reason: "the history list is cleared" };
      if (args[0] === "-w" && args[1] === "/dev/null") return { reason: "the history is written to nowhere" };
      return args[0] === "clear" || args[0] === "delete" ? { reason: "fish's history is cleared" } : undefined;
    case "unset":
    case "unsetenv":
      return args.some(isHistoryVariable) ? { reason: `${args.find(isHistoryVariable)} is unset` } : undefined;
    case "export":
      return args[0] === "-n" && args.some(isHistoryVariable) ? { reason: "the history file is unset" } : undefined;
    case "set":
      return stops(args) ? { reason: "the shell is told to keep no history" } : undefined;
    case "unsetopt":
    case "setopt":
      return args.some((arg) => /^no_?hist|^(?:share_?|append_?|inc_?append_?)history$/i.test(arg)) &&
        name === "unsetopt"
        ? { reason: "the shell is told to keep no history", confidence: "low" }
        : undefined;
    case "pwsh":
    case "powershell":
      return /Clear-History|HistorySavePath|HistorySaveStyle\s+SaveNothing/i.test(args.join(" "))
        ? { reason: "PowerShell's history is cleared" }
        : undefined;
    default:
      return undefined;
  }
}

/** `set +o history`; `set -o` alone lists options. */
function stops(args: readonly string[]): boolean {
  return args.some((arg, i) => arg === "+H" || (arg === "+o" && args[i + 1] === "history"));
}

function touched(command: Command): Clearing | undefined {
  if (command.name === "find") return swept(command);
  for (const { kind, path, source } of fileEffects(command)) {
    if (!isHistoryFile(path)) continue;
    if (kind === "attribute") {
      const sealed = command.name === "chattr" || /^(?:0?[0145][0-7]{0,2}|[ugoa]*-[rwx]+)$/.test(command.args[0] ?? "");
      if (sealed && !command.args.some((arg) => arg.startsWith("-i")))
        return { reason: `${path} is sealed by ${command.name}` };
    } else if (kind === "edit" || (kind !== "append" && kind !== "touch" && kind !== "editor")) {
      if (kind === "overwrite" && source !== undefined && source !== "/dev/null") continue;
      return {
        reason: `${path} is ${kind === "moved" ? "moved away" : kind === "link" ? `replaced by a link to ${source}` : "removed or emptied"}`,
      };
    }
  }
  return undefined;
}

/** `find / -name .bash_history -delete`; `-exec rm` shows as its own command with `{}`. */
function swept({ args }: Command): Clearing | undefined {
  const destroys =
    args.includes("-delete") ||
    /^(?:rm|shred|truncate|unlink)$/.test(args[args.findIndex((a) => /^-exec(?:dir)?$|^-ok$/.test(a)) + 1] ?? "");
  const named = args.some(
    (arg, i) =>
      /^-i?name$/.test(args[i - 1] ?? "") && args[i - 2] !== "!" && args[i - 2] !== "-not" && isHistoryFile(arg),
  );
  return destroys && named ? { reason: "history files are searched for and removed" } : undefined;
}

/** The same settings written into a profile, for every shell to come. */
function persisted(command: Command): Clearing | undefined {
  if (!/^(?:echo|printf|sed|tee|cat)$/.test(command.name)) return undefined;
  const text = [...command.args, ...command.redirections.map(({ target }) => target)].join(" ").slice(0, 8192);
  if (!/unset\s+HISTFILE|HIST(?:FILE|SIZE|FILESIZE)=(?:0\b|\/dev\/null|["']{2})|set \+o history/.test(text))
    return undefined;
  const profile = /(?:profile|bashrc|bash_profile|bash_login|zshrc|zshenv|environment|\.shrc|\.kshrc)\b/.test(text);
  return profile ? { reason: "a shell profile is told to keep no history" } : undefined;
}

function describe(command: Command, { reason, confidence }: Clearing, process: Process): Match {
  return {
    subject: `${process.user ?? process.uid ?? "someone"}: ${deed(command) || reason}`,
    reason,
    confidence,
    evidence: { process, container: process.container, user: process.user },
  };
}
