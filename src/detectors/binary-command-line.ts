/**
 * An ordinary binary is used to spawn a shell, or a program is written byte by byte from a command line.
 *
 * An escape typed into a pager or a client (`!sh`) leaves only a bare shell below it, and that is enough.
 * Blind spot: the same in an editor, where `:!sh` is a developer's habit, and in programs that start shells by trade.
 */
import { z } from "zod";
import { type Match, matcher } from "./detector.ts";
import { belowPackageManager } from "./knowledge/ancestry.ts";
import { commandLine } from "./knowledge/command.ts";
import { belowPager } from "./knowledge/odd-parents.ts";
import { rawBinary } from "./knowledge/raw-binaries.ts";
import { shellEscape } from "./knowledge/shell-escapes.ts";
import { webServerAbove } from "./knowledge/web.ts";

export const binaryCommandLine = matcher({
  alert: "binary-command-line",
  on: ["process.started"],
  settings: z.object({
    allowedPrograms: z
      .array(z.string())
      .default([])
      .describe("Programs that may start a bare shell, by file name (`tmux`, `env`)."),
  }),
  match({ process }, { allowedPrograms }): Match | undefined {
    const line = commandLine(process);
    for (const command of line.commands) {
      const bytes = rawBinary(command);
      if (!bytes || belowPackageManager(process)) continue;
      return {
        subject: `bytes ${command.name}`,
        reason: `${command.name} is given ${bytes}`,
        evidence: { process, container: process.container },
      };
    }
    const found = shellEscape(line) ?? belowPager(process, line);
    if (!found || allowedPrograms.includes(found.program) || belowPackageManager(process)) return undefined;
    // A web server's child that starts a shell is web-shell's, and graver there.
    if (webServerAbove(process)) return undefined;
    return {
      subject: `shell from ${found.program}`,
      reason: found.reason,
      confidence: found.low ? "low" : "medium",
      evidence: { process, container: process.container },
    };
  },
});
