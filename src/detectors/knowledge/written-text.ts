/** Text that a command line writes into files, as far as it stands in the line itself. */
import { type Command, type CommandLine, resolvePath } from "./command.ts";
import { aliases } from "./executions.ts";
import { fetchOf, stdoutFile } from "./fetchers.ts";
import { parseOptions } from "./options.ts";
import { hereText, literalOutput } from "./payload.ts";

/** Everything one line writes to one file. */
export interface Written {
  readonly path: string;
  /** Literal text, pieces in order; "" when only unknown content is written. */
  readonly text: string;
  /** URLs whose content is written there. */
  readonly urls: readonly string[];
  /** Files copied or moved there. */
  readonly sources: readonly string[];
  /** Something else than appending. */
  readonly replaces: boolean;
  readonly command: Command;
}

interface Draft {
  path: string;
  text: string;
  urls: string[];
  sources: string[];
  replaces: boolean;
  command: Command;
}

/** Standard input of `crontab -` and `crontab` counts as this file. */
const userCrontab = "/var/spool/cron/crontabs/-";

/** Files that a line writes, by path; at most 64. */
export function writtenFiles(line: CommandLine): readonly Written[] {
  const files = new Map<string, Draft>();
  for (const command of line.commands) {
    if (files.size >= 64) break;
    direct(command, line, files);
    for (const { from, to } of aliases(command)) {
      const draft = open(files, to, command);
      draft.sources.push(from);
      draft.text += files.get(from)?.text ?? "";
      draft.urls.push(...(files.get(from)?.urls ?? []));
    }
    const fetch = fetchOf(command);
    for (const file of fetch?.files ?? []) open(files, file, command).urls.push(...(fetch?.urls ?? []));
    if (command.name === "crontab") installCrontab(command, line, files);
  }
  return [...files.values()];
}

function open(files: Map<string, Draft>, path: string, command: Command): Draft {
  const known = files.get(path);
  if (known) return known;
  const draft = { path, text: "", urls: [], sources: [], replaces: false, command };
  files.set(path, draft);
  return draft;
}

/** Redirections, tee, `sed -i`, `dd of=`. */
function direct(command: Command, line: CommandLine, files: Map<string, Draft>): void {
  const target = stdoutFile(command);
  if (target && !target.startsWith("/dev/"))
    add(command, target, printed(command, line), appends(command), line, files);
  if (command.name === "tee") {
    const options = parseOptions(command.args);
    for (const file of options.operands.slice(0, 8))
      add(command, file, input(command, line), options.has("a", "append"), line, files);
  }
  if (command.name === "sed" && command.args.some((arg) => /^-[a-zA-Z]*i|^--in-place/.test(arg))) {
    const file = command.args.at(-1);
    if (file) add(command, file, command.args.slice(0, -1).join("\n"), true, line, files);
  }
}

function appends(command: Command): boolean {
  return command.redirections.some((r) => r.operator.endsWith(">>"));
}

function add(
  command: Command,
  file: string,
  text: string,
  append: boolean,
  line: CommandLine,
  files: Map<string, Draft>,
): void {
  const draft = open(files, resolvePath(command, file), command);
  draft.text = `${draft.text}${draft.text ? "\n" : ""}${text}`.slice(0, 16_384);
  draft.urls.push(...urlsBefore(command, line));
  if (!append) draft.replaces = true;
}

/** What a command itself prints. */
function printed(command: Command, line: CommandLine): string {
  return literalOutput([command]) ?? input(command, line);
}

/** What is fed to a command: its here-text, or the literal texts of the stages before it. */
function input(command: Command, line: CommandLine): string {
  const here = hereText(command);
  if (here !== undefined) return here;
  const before = line.pipelines[command.pipeline]?.filter((other) => other.stage < command.stage) ?? [];
  return (
    literalOutput(before) ??
    before
      .map((other) => literalOutput([other]) ?? "")
      .filter(Boolean)
      .join("\n")
  );
}

function urlsBefore(command: Command, line: CommandLine): readonly string[] {
  return (line.pipelines[command.pipeline] ?? [])
    .filter((other) => other.stage < command.stage)
    .flatMap((other) => fetchOf(other)?.urls ?? [])
    .slice(0, 4);
}

/** `... | crontab -`, `crontab FILE`, `crontab <<EOF` */
function installCrontab(command: Command, line: CommandLine, files: Map<string, Draft>): void {
  const options = parseOptions(command.args, { short: "u" });
  if (options.has("l", "r", "e")) return;
  const file = options.operands[0];
  const draft = open(files, userCrontab, command);
  draft.replaces = true;
  if (file !== undefined && file !== "-") {
    const source = files.get(resolvePath(command, file));
    draft.text += source?.text ?? "";
    draft.urls.push(...(source?.urls ?? []), ...command.substitutions.flatMap((inner) => fetchOf(inner)?.urls ?? []));
    draft.sources.push(resolvePath(command, file));
  } else {
    draft.text += input(command, line);
    draft.urls.push(...urlsBefore(command, line));
  }
}
