import { z } from "zod";
import type { Process } from "../events/fact.ts";
import { type ConfidenceName, type Match, matcher } from "./detector.ts";
import { belowPackageManager, isProgramOf, ranBy } from "./knowledge/ancestry.ts";
import { type Command, type CommandLine, commandLine, resolvePath } from "./knowledge/command.ts";
import { type FileEffect, fileEffects } from "./knowledge/file-effects.ts";
import { trimsImage } from "./knowledge/image-build.ts";
import { deed, localCommands, loopValues } from "./knowledge/local.ts";
import { isRotated, type LogKind, logKind, logRotators, logWriters } from "./knowledge/log-files.ts";
import { basename } from "./knowledge/paths.ts";
import { removablePaths } from "./knowledge/shared-settings.ts";

interface Removal {
  readonly what: string;
  readonly confidence: ConfidenceName;
}

/**
 * A command deletes, empties, overwrites, diverts or moves away the host's own logs, or vacuums the journal to nothing.
 *
 * Quiet: rotated copies, rotation itself, age-bound cleaning, and image builds that end with a cleaning.
 * Blind spot: a tool that rewrites a log in place without naming it (log wipers are known by their names only).
 */
export const systemLogRemovalCommand = matcher({
  alert: "system-log-removal",
  on: ["process.started"],
  settings: z.object({
    journalDays: z
      .number()
      .min(0)
      .max(365)
      .default(1)
      .describe("Vacuuming the journal to this many days or fewer counts as removal."),
    journalMegabytes: z
      .number()
      .min(0)
      .max(100_000)
      .default(10)
      .describe("Vacuuming the journal to this many megabytes or fewer counts as removal."),
    allowedPaths: removablePaths,
  }),
  match({ process }, settings) {
    const line = commandLine(process);
    let best: Match | undefined;
    for (const command of localCommands(line)) {
      const seen = removal(command, line, settings);
      if (!seen || (best && seen.confidence === "low")) continue;
      if (belowPackageManager(process) || ranBy(process, logRotators) || isProgramOf(process, logWriters))
        return undefined;
      best = describe(command, seen, process);
      if (seen.confidence !== "low") return best;
    }
    return best;
  },
});

interface Settings {
  readonly journalDays: number;
  readonly journalMegabytes: number;
  readonly allowedPaths: readonly string[];
}

function removal(command: Command, line: CommandLine, settings: Settings): Removal | undefined {
  switch (command.name) {
    case "journalctl":
      return vacuumed(command.args, settings);
    case "find":
      return swept(command);
    case "dmesg":
      return command.args.some((arg) => arg === "-C" || arg === "--clear")
        ? cleared("the kernel's ring buffer")
        : undefined;
    case "lastlog":
    case "faillog":
      return command.args.some((arg) => /^(?:-C|--clear|-r|--reset)$/.test(arg)) ? cleared(command.name) : undefined;
    case "mig-logcleaner":
    case "logcleaner":
    case "wipeout":
    case "zap2":
    case "cloak2":
    case "logtamper":
    case "utclean":
      return cleared("logs, by a log wiper,");
    default:
      return byFiles(command, line, settings.allowedPaths);
  }
}

function cleared(what: string): Removal {
  return { what: `${what} cleared`, confidence: "medium" };
}

function byFiles(command: Command, line: CommandLine, allowed: readonly string[]): Removal | undefined {
  let weak: Removal | undefined;
  const effects = fileEffects(command);
  for (const effect of effects) {
    if (!destructive(effect, effects) || allowed.includes(effect.path)) continue;
    const kind = loopValues(line, effect.path).map(logKind).find(Boolean);
    if (!kind) continue;
    const confidence = weigh(kind, effect, line);
    const seen = { what: `${effect.path} ${outcome(effect)}`, confidence };
    if (confidence !== "low") return seen;
    weak ??= seen;
  }
  return weak;
}

function outcome({ kind, source }: FileEffect): string {
  if (kind === "link") return `replaced by a link to ${source}`;
  if (kind === "moved") return "moved away";
  return kind === "remove" ? "deleted" : kind === "edit" ? "edited" : "overwritten";
}

/** Moving a log onto its own rotated name is rotation. */
function destructive(effect: FileEffect, all: readonly FileEffect[]): boolean {
  const { kind, path } = effect;
  if (kind === "append" || kind === "touch" || kind === "attribute" || kind === "editor") return false;
  if (kind === "link" && /^\/(?:dev\/(?:std|fd)|proc\/(?:self|1)\/fd)/.test(effect.source ?? "")) return false;
  if (kind !== "moved") return true;
  const target = all.find(({ kind: other, source }) => other === "overwrite" && source === path)?.path;
  return target === undefined || !(isRotated(target) && basename(target).startsWith(basename(path).slice(0, 3)));
}

function weigh(kind: LogKind, effect: FileEffect, line: CommandLine): ConfidenceName {
  if (kind === "other") return "low";
  if (kind === "whole" && effect.kind === "remove" && trimsImage(line)) return "low";
  if (kind === "whole" && effect.kind !== "remove" && effect.kind !== "moved" && !/[*?]/.test(effect.path))
    return "low";
  if (kind === "mail" && effect.kind === "moved") return "low";
  return "medium";
}

/** `--vacuum-time=1s`, `--vacuum-size=1K`, `--vacuum-files=1` (journalctl(1), systemd.time(7)). */
function vacuumed(args: readonly string[], { journalDays, journalMegabytes }: Settings): Removal | undefined {
  for (const [i, arg] of args.entries()) {
    const [name, attached] = arg.split("=", 2) as [string, string | undefined];
    const value = attached ?? args[i + 1] ?? "";
    const gone =
      (name === "--vacuum-time" && days(value) <= journalDays) ||
      (name === "--vacuum-size" && megabytes(value) <= journalMegabytes) ||
      (name === "--vacuum-files" && Number.parseInt(value, 10) <= 1);
    if (gone) return { what: `the journal is vacuumed (${name}=${value})`, confidence: "medium" };
  }
  return undefined;
}

function days(span: string): number {
  const found = /^(\d{1,9}(?:\.\d{1,6})?)\s*([a-zA-Z]{0,12})$/.exec(span);
  if (!found) return Number.POSITIVE_INFINITY;
  const unit = found[2] ?? "";
  const inDays = /^(?:s|sec|seconds?|)$/.test(unit)
    ? 1 / 86_400
    : /^(?:m|min|minutes?)$/.test(unit)
      ? 1 / 1440
      : undefined;
  if (inDays !== undefined) return Number(found[1]) * inDays;
  if (/^(?:us|ms|usec|msec)$/.test(unit)) return 0;
  if (/^(?:h|hr|hours?)$/.test(unit)) return Number(found[1]) / 24;
  return Number(found[1]) * (/^(?:d|days?)$/.test(unit) ? 1 : /^(?:w|weeks?)$/.test(unit) ? 7 : 30);
}

function megabytes(size: string): number {
  const found = /^(\d{1,12})\s*([KMGT]?)B?$/i.exec(size);
  if (!found) return Number.POSITIVE_INFINITY;
  const scale = { "": 1 / 1_048_576, K: 1 / 1024, M: 1, G: 1024, T: 1_048_576 }[(found[2] ?? "").toUpperCase()] ?? 1;
  return Number(found[1]) * scale;
}

/** `find /var/log -type f -delete`: everything goes; with an age or for rotated names it is tidying. */
function swept(command: Command): Removal | undefined {
  const { args } = command;
  const starts = args
    .slice(
      0,
      args.findIndex((arg) => /^[-!(]/.test(arg)),
    )
    .map((arg) => resolvePath(command, arg));
  const start = starts.find((path) => logKind(path) !== undefined);
  const exec = args[args.findIndex((arg) => /^-(?:exec|execdir|ok)$/.test(arg)) + 1] ?? "";
  const destroys = args.includes("-delete") || /^(?:rm|shred|truncate|unlink|cp|sh|bash|dd|tee)$/.test(basename(exec));
  if (start === undefined || !destroys || logKind(start) === "other") return undefined;
  const aged = args.some((arg) => /^-(?:[acm]time|[acm]min|newer\w*|size|empty)$/.test(arg));
  const names = args.filter((_, i) => /^-i?(?:name|regex|path)$/.test(args[i - 1] ?? ""));
  const tidy =
    aged ||
    (names.length > 0 && names.every((name) => isRotated(name) || /\.(?:\*|\[0-9\]\*?|old|gz|journal~)$/.test(name)));
  return tidy ? undefined : { what: `everything below ${start} is removed or emptied`, confidence: "medium" };
}

function describe(command: Command, { what, confidence }: Removal, process: Process): Match {
  return {
    subject: deed(command) || what,
    reason: `system logs: ${what}`,
    confidence,
    evidence: { process, container: process.container, data: { command: deed(command) } },
  };
}
