import { z } from "zod";
import { BoundedMap } from "../operators/bounded.ts";
import { correlator } from "./detector.ts";
import { belowPackageManager } from "./knowledge/ancestry.ts";
import { type Command, commandLine } from "./knowledge/command.ts";
import { filesRead } from "./knowledge/leaks.ts";
import { deed } from "./knowledge/local.ts";
import { allowedDestinations } from "./knowledge/shared-settings.ts";
import { sensitive } from "./knowledge/uploads.ts";

interface Half {
  readonly at: number;
  readonly source?: string;
  readonly client?: string;
}

/** The stages of a pipeline start within this time of each other. */
const togetherMs = 2000;

/**
 * One shell started both a program that prints a sensitive file and a client that sends its input away: the pipeline
 * `cat f | nc h p` as seen where the shell's line itself is not.
 *
 * Blind spot: two unrelated commands of one script within two seconds look the same.
 */
export const possibleDataLossPipe = correlator({
  alert: "possible-data-loss",
  on: ["process.started"],
  settings: z.object({
    allowedDestinations,
  }),
  memory: () => new BoundedMap<number, Half>(256),
  step({ process, at }, halves, { allowedDestinations }) {
    const [command] = commandLine(process).commands;
    if (!command || commandLine(process).script !== undefined) return undefined;
    const source = filesRead(command).find(sensitive);
    const client = sendsInput(command) ? deed(command) : undefined;
    if (source === undefined && client === undefined) return undefined;
    const before = halves.peek(process.ppid);
    const other = before && at - before.at <= togetherMs ? before : undefined;
    const file = source ?? other?.source;
    const sender = client ?? other?.client;
    if (!other || file === undefined || sender === undefined) {
      halves.set(process.ppid, { at, source: file, client: sender });
      return undefined;
    }
    halves.delete(process.ppid);
    if (belowPackageManager(process) || allowedDestinations.some((allowed) => sender.includes(allowed)))
      return undefined;
    return {
      subject: sender,
      reason: `${file} is read beside ${sender.split(" ", 1)[0]}, which sends its input away`,
      count: 2,
      firstSeen: other.at,
      evidence: { process, container: process.container, file: { path: file }, data: { command: sender } },
    };
  },
});

/** A client that takes what to send from standard input. */
function sendsInput({ name, args }: Command): boolean {
  if (/^(?:nc|ncat|netcat|nc\.traditional|nc\.openbsd|telnet)$/.test(name))
    return args.length > 1 && !args.some((arg) => /^-[a-zA-Z]*[zle]|^--(?:listen|exec|sh-exec)/.test(arg));
  if (name === "openssl") return args[0] === "s_client";
  if (name === "curl")
    return args.some(
      (arg, i) => /^(?:@-|-)$/.test(arg) && /^(?:-d|-T|--data\S{0,16}|--upload-file)$/.test(args[i - 1] ?? ""),
    );
  return (
    name === "socat" &&
    args.some((arg) => /^(?:-|STDIN|STDIO)$/i.test(arg)) &&
    args.some((arg) => /^(?:TCP|UDP|SSL|OPENSSL)[\w-]{0,8}:/i.test(arg))
  );
}
