/**
 * An interpreter is given a script whose extension says it is something else: another language, a picture, a log.
 *
 * Blind spot: content is not read, so a script without any extension, and a right extension over foreign content, pass.
 */
import { z } from "zod";
import { type Match, matcher } from "./detector.ts";
import { belowPackageManager } from "./knowledge/ancestry.ts";
import { type Command, commandLine, resolvePath } from "./knowledge/command.ts";
import { scriptOperand } from "./knowledge/executions.ts";
import { interpreterFamily, isShell } from "./knowledge/interpreters.ts";
import { extension, inSystemDirectory } from "./knowledge/paths.ts";
import { mismatch } from "./knowledge/script-extensions.ts";

export const scriptInterpreterMismatch = matcher({
  alert: "script-interpreter-mismatch",
  on: ["process.started"],
  settings: z.object({
    allowedPaths: z
      .array(z.string())
      .default([])
      .describe("Script files that may have a foreign extension, by absolute path."),
  }),
  match({ process }, { allowedPaths }): Match | undefined {
    for (const command of commandLine(process).commands) {
      const found = judge(command);
      if (!found || allowedPaths.includes(found.path) || belowPackageManager(process)) continue;
      return {
        subject: `${found.interpreter} ${found.path}`,
        reason: `${found.interpreter} runs ${found.path}, which is named as ${found.kind}`,
        evidence: { process, container: process.container, file: { path: found.path } },
      };
    }
    return undefined;
  },
});

interface Found {
  readonly interpreter: string;
  readonly path: string;
  readonly kind: string;
}

function judge(command: Command): Found | undefined {
  const { name, args } = command;
  const family = isShell(name) ? "shell" : interpreterFamily(name);
  // `perl -x` looks for its script inside a text; awk, gdb and -m have no script operand.
  if (family === undefined || (family === "perl" && args.some((arg) => arg.startsWith("-x")))) return undefined;
  const operand = scriptOperand(command);
  if (operand === undefined || operand.startsWith("-")) return undefined;
  const kind = mismatch(family, extension(operand));
  if (kind === undefined) return undefined;
  const path = resolvePath(command, operand);
  return inSystemDirectory(path) ? undefined : { interpreter: name, path, kind };
}
