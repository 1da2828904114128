import { z } from "zod";
import type { Process } from "../events/fact.ts";
import { BoundedMap } from "../operators/bounded.ts";
import { correlator, type Match } from "./detector.ts";
import { belowPackageManager } from "./knowledge/ancestry.ts";
import { type Command, commandLine } from "./knowledge/command.ts";
import { isShell, shellCall } from "./knowledge/interpreters.ts";
import { blindSender, filesRead } from "./knowledge/leaks.ts";
import { deed } from "./knowledge/local.ts";
import { makesFifo } from "./knowledge/network-shells.ts";
import { allowedDestinations } from "./knowledge/shared-settings.ts";
import { sensitive } from "./knowledge/uploads.ts";

interface Family {
  readonly at: number;
  readonly source?: string;
  readonly client?: string;
  /** A FIFO or a shell that reads commands was started too: the network speaks to a shell, which is reverse-shell's. */
  readonly shell?: boolean;
}

/** The stages of a pipeline start within this time of each other. */
const togetherMs = 2000;

/**
 * One shell started both a program that prints a sensitive file and a client that sends its input away: the pipeline
 * `cat f | nc h p` as seen where the shell's line itself is not. A client alone, towards a public address, counts too.
 *
 * Blind spot: two unrelated commands of one script within two seconds look the same.
 */
export const possibleDataLossPipe = correlator({
  alert: "possible-data-loss",
  on: ["process.started"],
  settings: z.object({
    allowedDestinations,
  }),
  memory: () => new BoundedMap<number, Family>(256),
  concerns: ({ process }) => partOf(process) !== undefined,
  step({ process, at }, families, { allowedDestinations }): Match | undefined {
    const part = partOf(process);
    if (!part) return undefined;
    const { command, shell, source, client, alone } = part;
    const before = families.peek(process.ppid);
    const others = before && at - before.at <= togetherMs ? before : undefined;
    const file = source ?? others?.source;
    const sender = client ?? others?.client;
    families.set(process.ppid, { at, source: file, client: sender, shell: shell || others?.shell });
    if (shell || others?.shell || belowPackageManager(process)) return undefined;
    const pair = others && file !== undefined && sender !== undefined && (grave(file) || !talks(sender));
    const to = pair ? sender : alone ? deed(command) : undefined;
    if (to === undefined || allowedDestinations.some((allowed) => to.includes(allowed))) return undefined;
    families.delete(process.ppid);
    return {
      subject: to,
      reason: pair ? `${file} is read beside ${to.split(" ", 1)[0]}, which sends its input away` : (alone?.what ?? ""),
      count: pair ? 2 : 1,
      firstSeen: pair ? others.at : at,
      evidence: {
        process,
        container: process.container,
        file: pair ? { path: file } : undefined,
        data: { command: to },
      },
    };
  },
});

/** What a start can be to such a pipeline; undefined for nothing. */
function partOf(process: Process) {
  const line = commandLine(process);
  const [command] = line.commands;
  if (!command || line.script !== undefined) return undefined;
  const shell = makesFifo(command) || (isShell(command.name) && shellCall(command.args).stdin);
  const source = shell ? undefined : filesRead(command).find(sensitive);
  const client = !shell && sendsInput(command) ? deed(command) : undefined;
  const alone = shell ? undefined : blindSender(command, line);
  const none = !shell && source === undefined && client === undefined && !alone;
  return none ? undefined : { command, shell, source, client, alone };
}

/** A client that takes what to send from standard input, or whose arguments a substitution may have filled. */
function sendsInput(command: Command): boolean {
  const { name, args } = command;
  if (/^(?:nc|ncat|netcat|nc\.traditional|nc\.openbsd|telnet)$/.test(name))
    return args.length > 1 && !args.some((arg) => /^-[a-zA-Z]*[zle]|^--(?:listen|exec|sh-exec)/.test(arg));
  if (name === "openssl") return args[0] === "s_client";
  if (name === "ssh" || name === "dbclient")
    return /(?:^|\s)(?:cat|tee|dd|tar)\s[^|]{0,200}(?:>|of=|x)/.test(args.join(" ").slice(0, 2048));
  if (name === "whois" || name === "cancel") return args.includes("-h");
  if (/^(?:dig|nslookup|host|drill|kdig)$/.test(name))
    return args.some((arg) => /^[^-+@][^/]{0,253}\.[\w-]{2,63}\.[a-z]{2,24}\.?$/i.test(arg) && !arg.endsWith(".arpa"));
  if (name === "finger") return args.some((arg) => arg.includes("@"));
  if (name === "wget") return args.some((arg) => /^--(?:post|body)-data(?:=|$)/.test(arg));
  if (name === "curl") return args.some((arg) => /^(?:-[a-zA-Z]*[dT]|--data\S{0,16}|--upload-file)$/.test(arg));
  return (
    name === "socat" &&
    args.some((arg) => /^(?:-|STDIN|STDIO)$/i.test(arg)) &&
    args.some((arg) => /^(?:TCP|UDP|SSL|OPENSSL)[\w-]{0,8}:/i.test(arg))
  );
}

/** An API call, or a look-up, beside a script that reads its settings is everyday; beside the accounts or a key it is not. */
function talks(sender: string): boolean {
  return (
    /^(?:curl|wget|dig|nslookup|host|drill|kdig) /.test(sender) && !/ (?:@-|-T -|--upload-file -)(?: |$)/.test(sender)
  );
}

function grave(file: string): boolean {
  return /^\/etc\/(?:passwd|g?shadow|group|sudoers)$|\/\.ssh\/|_history$/.test(file);
}
