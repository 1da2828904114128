/**
 * Shell text that feeds other programs: `!/bin/sh` typed into a pager, code typed into an interpreter, a file written
 * first and then run by a program that was not made to start shells.
 */
import { callsShell, plugsTerminal } from "./bare-shells.ts";
import type { Command, CommandLine } from "./command.ts";
import { interpreterFamily, isShell } from "./interpreters.ts";
import { basename } from "./paths.ts";
import { speakers } from "./shell-speakers.ts";

/** A way to a shell by what is typed or written in this text. */
export function textEscape(line: CommandLine): { readonly program: string; readonly reason: string } | undefined {
  if (line.script === undefined || !line.script.includes("sh")) return undefined;
  const typed = byTypedEscape(line);
  if (typed) return { program: typed, reason: `${typed} is made to start a shell by what is typed into it` };
  const written = byWrittenCode(line);
  if (written) return { program: written, reason: `${written} is given a file that starts a shell` };
  if (!plugsTerminal(line.script)) return undefined;
  const program = programIn(line) ?? "a program";
  return { program, reason: `${program} leads to a shell that is plugged back into the terminal` };
}

function programIn({ commands }: CommandLine): string | undefined {
  return commands.find(({ name }) => name !== "" && !isShell(name) && !speakers.has(name))?.name;
}

/** Prompt (`nmap> `), key (`^K`) or colon, then `!`, then a shell. */
const bang =
  /^\s{0,8}(?:[\w ]{0,16}[>#%:]\s{1,4}|\^\w\s?)?[:\\]?!\s?(?:exec\s+)?['"]?(?:\/(?:usr\/)?bin\/)?(?:ba|da|z|k|a)?sh['"]?(?:\s+-\w{1,4})?\s*$/;

/** A script that drives a pager, a debugger or an editor and then types into it. */
function byTypedEscape(line: CommandLine): string | undefined {
  const text = (line.script as string).slice(0, 4096);
  if (!text.includes("\n")) return undefined;
  const rows = text.split("\n", 64);
  const program = line.commands.find(({ name }) => name !== "" && !isShell(name))?.name;
  const language = program !== undefined && (interpreterFamily(program) !== undefined || consoles.has(program));
  const typed = rows.slice(1).some((row) => {
    if (!row.includes("sh") || row.length > 1024) return false;
    if (bang.test(row) || /^exec \/bin\/\w*sh <@stdin/.test(row)) return true;
    return (language || /^[\w.:> ]{1,64}\(/.test(row)) && callsShell(row);
  });
  return typed ? (program ?? "a program") : undefined;
}

/** Consoles of languages and tools in which code is typed. */
const consoles = new Set("irb pry ghci jshell scala clisp cpan dotnet msfconsole rails tclsh wish iex erl".split(" "));

/** `echo 'os.execute("/bin/sh")' > $TF; nmap --script=$TF`: the code is written first and then run by a program. */
function byWrittenCode({ commands }: CommandLine): string | undefined {
  for (const [i, command] of commands.entries()) {
    if (command.name !== "echo" && command.name !== "printf") continue;
    const code = command.args.find((arg) => arg.length < 4096 && arg.includes("sh") && startsShell(arg));
    if (code === undefined) continue;
    const fed = commands.find((other) => other.pipeline === command.pipeline && other.stage > command.stage);
    if (fed && (consoles.has(fed.name) || fed.name === "at" || fed.name === "batch")) return fed.name;
    const file = command.redirections.find((r) => r.operator.startsWith(">") && !r.target.startsWith("/dev/"))?.target;
    const runner = file === undefined ? undefined : commands.find((other, at) => at !== i && runs(other, file));
    if (runner) return runner.name;
  }
  return undefined;
}

/** Code in any language, a hook's or a configuration's line, that comes to a bare shell; a `#!` line only names one. */
function startsShell(text: string): boolean {
  return (
    callsShell(text) ||
    /(?:^|(?:[\n;:{]|(?<!#)!)\s{0,4})(?:exec\s{1,4})?["']?\/(?:usr\/)?bin\/(?:ba|da|z|k|a)?sh(?:;false)?["']?\s{0,4}(?:[};]|\\n|$)/.test(
      text,
    )
  );
}

/** Does this program take the file: named in its arguments, or by the place it was written to (a hook)? */
function runs({ name, args, program }: Command, file: string): boolean {
  if (name === "" || isShell(name) || speakers.has(name) || interpreterFamily(name) || program === file) return false;
  if (args.some((arg) => arg === file || (arg.length > file.length && arg.endsWith(file)))) return true;
  if (args.some((arg) => arg.length > 2 && file.startsWith(`${arg}/`))) return true;
  return /\/hooks\//.test(file) && basename(name) === "git";
}
