import { z } from "zod";
import type { Process } from "../events/fact.ts";
import { type Match, matcher } from "./detector.ts";
import { belowPackageManager, containerRuntimes, ranBy } from "./knowledge/ancestry.ts";
import { type Command, commandLine } from "./knowledge/command.ts";
import { deed, localCommands } from "./knowledge/local.ts";
import { type Tunnel, tunnelOf } from "./knowledge/tunnels.ts";

/** Programs that set NAT rules for their own guests. */
const managers = new Set([
  ...containerRuntimes,
  "firewalld",
  "libvirtd",
  "virtnetworkd",
  "lxd",
  "netavark",
  "tailscaled",
  "NetworkManager",
  "portmap",
]);
const listeners = /^(?:nc|ncat|netcat|nc\.traditional|nc\.openbsd)$/;

/**
 * A program carries other connections through this host: ssh with a forward, a relay between two sockets, a tunnel
 * program, a NAT rule towards another host.
 *
 * Blind spot: a forward that stands in ~/.ssh/config or is asked for in a running session (`~C`), and a tunnel program
 * under a harmless name.
 */
export const portForwarding = matcher({
  alert: "port-forwarding",
  on: ["process.started"],
  settings: z.object({
    allowedCommands: z
      .array(z.string().min(1))
      .default([])
      .describe("Command lines, or their beginnings, that may forward ports, e.g. `autossh -M 0 -N -R`."),
  }),
  match({ process }, { allowedCommands }) {
    const line = commandLine(process);
    let best: Match | undefined;
    for (const command of localCommands(line)) {
      const tunnel = tunnelOf(command) ?? relay(command, line.commands, line.pipelines[command.pipeline] ?? []);
      if (!tunnel || (best && tunnel.weak) || allowedCommands.some((allowed) => deed(command).startsWith(allowed)))
        continue;
      if (belowPackageManager(process) || ranBy(process, managers)) return undefined;
      best = describe(command, tunnel, process);
      if (!tunnel.weak) return best;
    }
    return best;
  },
});

/** One netcat listens, its peer in the pipeline (or its `-c`) dials out. */
function relay(command: Command, all: readonly Command[], pipeline: readonly Command[]): Tunnel | undefined {
  if (!listeners.test(command.name) || !listens(command)) return undefined;
  const peers = [...pipeline, ...all.filter(({ holder }) => all[holder] === command)];
  const dials = peers.some(
    (peer) => peer !== command && listeners.test(peer.name) && !listens(peer) && peer.args.length > 1,
  );
  return dials ? { reason: "two netcats relay a port" } : undefined;
}

function listens({ args }: Command): boolean {
  return args.some((arg) => /^-[a-zA-Z]{0,8}l|^--listen$/.test(arg));
}

function describe(command: Command, { reason, weak }: Tunnel, process: Process): Match {
  return {
    subject: deed(command),
    reason,
    confidence: weak ? "low" : "medium",
    evidence: { process, container: process.container, data: { command: deed(command) } },
  };
}
