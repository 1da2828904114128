/**
 * A shell is connected to a remote host.
 *
 * Blind spot: a shell tied to a socket by a compiled program is seen only at run time (reverse-shell.socket.ts), and
 * there only when the shell itself connects.
 */
import { z } from "zod";
import { type Match, matcher } from "./detector.ts";
import { addressClass } from "./knowledge/addresses.ts";
import { belowPackageManager } from "./knowledge/ancestry.ts";
import { commandLine } from "./knowledge/command.ts";
import { networkShell } from "./knowledge/network-shells.ts";

export const reverseShell = matcher({
  alert: "reverse-shell",
  on: ["process.started"],
  settings: z.object({}),
  match({ process }): Match | undefined {
    const line = commandLine(process);
    const found = networkShell(line);
    if (found?.kind !== "reverse" || belowPackageManager(process)) return undefined;
    const { host, port, reason } = found;
    const destination = host ? { ...(addressClass(host) ? { ip: host } : { hostname: host }), port } : undefined;
    return {
      subject: `reverse shell ${host ?? line.text.slice(0, 128)}`,
      reason,
      evidence: { process, container: process.container, destination },
    };
  },
});
