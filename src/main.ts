#!/usr/bin/env node
/** Process entry: what the arguments name is run, and its outcome is the exit code. */
import { commandLine } from "./cli/command-line.ts";

process.exitCode = await commandLine(process.argv.slice(2));
