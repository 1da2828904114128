#!/usr/bin/env node
/** Process entry: what the arguments name is run, and its outcome is the exit code. */
import { commandLine } from "./cli/command-line.ts";

// A reader that has seen enough (`| head`) closes the pipe; that is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

process.exitCode = await commandLine(process.argv.slice(2));
