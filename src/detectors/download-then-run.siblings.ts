/**
 * A download is run within a minute, seen from the children of a prompt: the fetcher and an interpreter without a
 * script share a parent within 2 seconds, or a file that a fetcher wrote is executed within 60 seconds.
 *
 * Blind spot: two unrelated children of one busy parent (a build) can look like one pipeline; hence the short window,
 * and the fetcher must write to standard output.
 */
import { z } from "zod";
import type { ProcessStarted } from "../events/fact.ts";
import { correlator, type Match } from "./detector.ts";
import { belowPackageManager } from "./knowledge/ancestry.ts";
import { type Command, commandLine } from "./knowledge/command.ts";
import { downloadRun, networkOutput, runsInput } from "./knowledge/download-runs.ts";
import { scriptOperand } from "./knowledge/executions.ts";
import { FetchedFiles, handlesFiles, installed } from "./knowledge/fetched-files.ts";
import { interpreterCall, isShell, shellCall } from "./knowledge/interpreters.ts";
import { makesFifo } from "./knowledge/network-shells.ts";
import { allFromPublishers } from "./knowledge/publishers.ts";
import { Siblings } from "./knowledge/siblings.ts";

const PIPE_MS = 2000;
const FILE_MS = 60_000;

interface Memory {
  readonly siblings: Siblings;
  readonly files: FetchedFiles;
}

export const downloadThenRunSiblings = correlator({
  alert: "download-then-run",
  on: ["process.started", "file.changed"],
  settings: z.object({}),
  memory: (): Memory => ({ siblings: new Siblings(PIPE_MS), files: new FetchedFiles(FILE_MS) }),
  concerns: (fact) => fact.kind === "file.changed" || handlesFiles(fact) || playsPart(fact),
  awaits: (fact, { files }) => fact.kind === "process.started" && files.knows(fact),
  step(fact, { siblings, files }): Match | undefined {
    if (fact.kind === "file.changed") {
      files.changed(fact);
      return undefined;
    }
    const run = files.started(fact);
    const piped = pipedSiblings(siblings, fact);
    const { process } = fact;
    if ((!run && !piped) || belowPackageManager(process)) return undefined;
    // The command line alone tells: download-then-run.ts has raised it.
    if (downloadRun(commandLine(process))) return undefined;
    const urls = piped?.urls ?? run?.fetched.urls ?? [];
    const low = allFromPublishers(urls) || (run !== undefined && !piped && installed(run));
    return {
      subject: `download ${(urls[0] ?? "unknown").slice(0, 256)}`,
      reason: piped?.reason ?? `${run?.path} was fetched by ${run?.fetched.tool} less than a minute ago and is run`,
      confidence: low ? "low" : "medium",
      firstSeen: run && !piped ? run.fetched.at : undefined,
      evidence: { process, container: process.container, url: urls[0], file: run ? { path: run.path } : undefined },
    };
  },
});

/** Standard input, or the pipe that a shell makes of `<(...)` (bash(1): /dev/fd/N). */
function runsStream(command: Command): boolean {
  return (
    runsInput(command) ||
    isScriptText(command) ||
    /^\/(?:dev|proc\/self)\/fd\/\d{1,5}$/.test(scriptOperand(command) ?? "")
  );
}

/** Can this start be an end of such a pipe? */
function playsPart({ process }: ProcessStarted): boolean {
  const [own] = commandLine(process).commands;
  return own !== undefined && (makesFifo(own) || runsStream(own) || networkOutput(own) !== undefined);
}

/** `sh -c "$(curl u)"`: the shell was given a whole script as text. Nobody types a shebang there. */
function isScriptText(command: Command): boolean {
  const text = isShell(command.name) ? shellCall(command.args).script : interpreterCall(command)?.code;
  return text?.startsWith("#!") === true && text.includes("\n");
}

/** `curl u` and `sh` from one parent, whichever execve came first. */
function pipedSiblings(siblings: Siblings, started: ProcessStarted) {
  const family = siblings.add(started);
  if (family.length < 2 || family.some(({ command }) => makesFifo(command))) return undefined;
  const own = family.at(-1)?.command;
  if (!own || own.nested || (!runsStream(own) && !networkOutput(own))) return undefined;
  const runner = family.findLast(
    ({ command }) => runsStream(command) && command.args.every((arg) => !/^-[a-z]*[il]$/.test(arg)),
  );
  const fetcher = family.findLast(({ command }) => networkOutput(command));
  if (!runner || !fetcher) return undefined;
  const fetch = networkOutput(fetcher.command);
  return (
    fetch && {
      urls: fetch.urls,
      reason: `${fetcher.command.name} and ${runner.command.name} were started together, as a pipe from ${fetch.hosts[0]}`,
    }
  );
}
