/** The literal text that a command reads from its standard input, as far as the command line holds it. */
import type { Command, CommandLine } from "./command.ts";

const maxText = 65_536;

/**
 * Its own here-documents and here-strings, and what `echo`, `printf` or a `cat <<` in an earlier stage of its pipeline
 * says. "" when nothing is known.
 */
export function pipedText(line: CommandLine, command: Command): string {
  const parts = [...bodies(command)];
  if (command.stage > 0) {
    for (const other of line.commands) {
      if (other.pipeline !== command.pipeline || other.stage >= command.stage) continue;
      if (/^(?:echo|printf)$/.test(other.name)) parts.push(other.args.join(" "));
      parts.push(...bodies(other));
    }
  }
  return parts.join("\n").slice(0, maxText);
}

function bodies({ redirections }: Command): string[] {
  return redirections.filter(({ operator }) => operator.startsWith("<<")).map(({ target }) => target);
}
