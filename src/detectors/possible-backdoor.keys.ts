/**
 * The .ssh directory of an account is removed and its key file written anew within a minute: how bots lock themselves in
 * and the owner out.
 *
 * Blind spot: a key that is only appended looks like administration when its text is not seen.
 */
import { z } from "zod";
import type { FileChanged, ProcessStarted } from "../events/fact.ts";
import { BoundedMap } from "../operators/bounded.ts";
import { correlator, type Match } from "./detector.ts";
import { fromPackageManager } from "./knowledge/ancestry.ts";
import { type Command, commandLine, resolvePath } from "./knowledge/command.ts";
import { basename, dirname } from "./knowledge/paths.ts";
import { persistentPlace } from "./knowledge/persistence.ts";

const WINDOW_MS = 60_000;
/** Records of one moment may reach the log in either order. */
const DISORDER_MS = 1000;

interface Memory {
  /** Removed .ssh directories. */
  readonly removed: BoundedMap<string, number>;
  /** .ssh directories whose key file was written. */
  readonly written: BoundedMap<string, FileChanged>;
}

export const possibleBackdoorKeys = correlator({
  alert: "possible-backdoor",
  on: ["process.started", "file.changed"],
  settings: z.object({}),
  memory: (): Memory => ({ removed: new BoundedMap(128), written: new BoundedMap(128) }),
  concerns: (fact) => fact.kind === "file.changed" || commandLine(fact.process).commands.some(removesKeys),
  step(fact, memory): Match | undefined {
    if (fact.kind === "process.started") return removes(fact, memory);
    const { file, operation, process, at } = fact;
    if (operation === "delete" || persistentPlace(file.path) !== "keys") return undefined;
    if (process && fromPackageManager(process)) return undefined;
    const directory = dirname(file.path);
    memory.written.set(directory, fact);
    const since = memory.removed.peek(directory);
    return since !== undefined && at >= since && at - since <= WINDOW_MS ? describe(fact, since) : undefined;
  },
});

function removesKeys({ name, args }: Command): boolean {
  return name === "rm" && args.some((arg) => arg.includes(".ssh"));
}

/** `rm -rf ~/.ssh` */
function removes({ process, at }: ProcessStarted, { removed, written }: Memory): Match | undefined {
  for (const command of commandLine(process).commands) {
    if (!removesKeys(command)) continue;
    for (const arg of command.args.slice(0, 32)) {
      const path = resolvePath(command, arg);
      if (basename(path) !== ".ssh") continue;
      removed.set(path, at);
      const write = written.peek(path);
      if (write && Math.abs(at - write.at) <= DISORDER_MS) return describe(write, write.at);
    }
  }
  return undefined;
}

function describe({ file, process }: FileChanged, firstSeen: number): Match {
  return {
    subject: `persistence ${file.path}`,
    reason: `${file.path} is written anew as its directory is removed`,
    firstSeen,
    evidence: { process, container: process?.container, file },
  };
}
