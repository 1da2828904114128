/**
 * The same parent made a FIFO, started a shell without a script, and a listener, within 5 seconds: a bind shell typed at
 * a prompt.
 *
 * Blind spot: the parts are known by their names; a renamed netcat is not.
 */
import { z } from "zod";
import { correlator, type Match } from "./detector.ts";
import { belowPackageManager } from "./knowledge/ancestry.ts";
import { playsPart, shellWithConnection } from "./knowledge/sibling-shells.ts";
import { Siblings } from "./knowledge/siblings.ts";

const WINDOW_MS = 5000;

export const possibleBackdoorSiblings = correlator({
  alert: "possible-backdoor",
  on: ["process.started"],
  settings: z.object({}),
  memory: () => new Siblings(WINDOW_MS),
  concerns: playsPart,
  step(started, siblings): Match | undefined {
    const found = shellWithConnection(siblings, started);
    const { process } = started;
    if (!found?.listens || belowPackageManager(process)) return undefined;
    return {
      subject: `bind shell on port ${found.port ?? "?"}`,
      reason: `a FIFO, a shell and a listener on port ${found.port ?? "?"} were started together`,
      evidence: { process, container: process.container },
    };
  },
});
