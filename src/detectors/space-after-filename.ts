/**
 * A file whose name ends in a space (or another blank) is run, made or made executable: `invoice.pdf ` opens like a
 * document and runs like a program.
 *
 * The name is judged exactly as the kernel tells it and is never trimmed. argv[0] counts only where the kernel's name
 * is unknown, since programs choose it themselves.
 *
 * Blind spot: a directory whose name ends in a blank, and a file that only a running program renames or writes (see
 * space-after-filename.file.ts).
 */
import { z } from "zod";
import type { ProcessStarted } from "../events/fact.ts";
import { type Match, matcher } from "./detector.ts";
import { blankEnd } from "./knowledge/blanks.ts";
import { type Command, commandLine } from "./knowledge/command.ts";
import { programsOf } from "./knowledge/programs.ts";
import { blankEndedPaths } from "./knowledge/shared-settings.ts";

export const spaceAfterFilename = matcher({
  alert: "space-after-filename",
  on: ["process.started"],
  settings: z.object({
    allowedPaths: blankEndedPaths,
  }),
  match(started, { allowedPaths }): Match | undefined {
    const found = executed(started) ?? handled(started);
    if (!found || allowedPaths.includes(found.path)) return undefined;
    return {
      subject: `file ${JSON.stringify(found.path.slice(-256))}`,
      reason: `${found.verb} ${JSON.stringify(found.path.slice(-128))}, whose name ends in a blank`,
      evidence: { process: started.process, container: started.process.container, file: { path: found.path } },
    };
  },
});

interface Found {
  readonly verb: string;
  readonly path: string;
}

/** By the kernel's word first; a script operand of an interpreter counts like a program. */
function executed({ process, file, failed }: ProcessStarted): Found | undefined {
  if (!failed && blankEnd(process.exe)) return { verb: "runs", path: process.exe };
  if (file && blankEnd(file.path)) return { verb: failed ? "tries to run" : "runs", path: file.path };
  const { commands } = commandLine(process);
  for (const command of commands) {
    for (const program of programsOf(command)) {
      const own = command === commands[0] && !program.script;
      if (own && process.exe !== "") continue;
      if (blankEnd(program.path) && pathLike(program.path)) return { verb: "runs", path: program.path };
    }
  }
  return undefined;
}

const makers = new Set(["cp", "mv", "ln", "install"]);

/** `cp x 'y.txt '`, `chmod +x 'y.txt '`, `... > 'y.txt '` */
function handled({ process }: ProcessStarted): Found | undefined {
  for (const command of commandLine(process).commands) {
    const target = madeBy(command) ?? command.redirections.find(written)?.target;
    if (target !== undefined && blankEnd(target) && pathLike(target)) return { verb: "makes", path: target };
  }
  return undefined;
}

function madeBy({ name, args }: Command): string | undefined {
  if (makers.has(name) && args.length >= 2) return args.at(-1);
  if (
    name === "chmod" &&
    /^(?:[ugoa]*\+[rwst]*x|0?[0-7]?[1357][0-7]{2})/.test(args.find((arg) => !arg.startsWith("-")) ?? "")
  ) {
    return args.slice(1).find((arg) => blankEnd(arg));
  }
  return name === "touch" ? args.find((arg) => !arg.startsWith("-") && blankEnd(arg)) : undefined;
}

function written({ operator }: { readonly operator: string }): boolean {
  return operator.includes(">") && !operator.startsWith("<");
}

/** A path or a file name with an extension; not a date (`touch -d '2 days ago '`) or other prose. */
function pathLike(text: string): boolean {
  return text.length < 4096 && !text.includes("\n") && (text.includes("/") || /^[^\s]{1,200}\s$/u.test(text));
}
