/** Joins what is intended (arguments, files, warnings) with what is listening into the listeners of `docker.posture`. */
import type { DockerListener, DockerTls } from "../../events/fact.ts";
import { isLoopback, isWildcard } from "../sockets/proc-net.ts";
import { type DaemonListener, listenerOf } from "./daemon.ts";

export type SeenIn = DockerListener["seenIn"][number];

/** One place that says where dockerd listens. */
export interface Intent {
  readonly seenIn: SeenIn;
  readonly hosts: readonly string[];
  readonly tls: DockerTls;
}

export interface Listening {
  readonly ip: string;
  readonly port: number;
}

const order: readonly SeenIn[] = ["socket", "command-line", "daemon.json", "systemd", "info-warning"];
/** Cluster management and gossip of swarm mode, both with mutual TLS of their own (Docker docs, swarm "ports"). */
const swarmPorts = new Set([2377, 7946]);
const maxListeners = 64;

/**
 * `owned` are sockets known to be dockerd's, `listening` all of them (used where ownership could not be read).
 * An owned socket that no intent explains is told too, except `notApi` ports and those of swarm.
 */
export function dockerListeners(input: {
  readonly intents: readonly Intent[];
  readonly owned: readonly Listening[];
  readonly listening: readonly Listening[];
  readonly notApi: ReadonlySet<number>;
}): DockerListener[] {
  const found = new Map<string, { listener: DaemonListener; tls: DockerTls; seenIn: Set<SeenIn> }>();
  for (const { seenIn, hosts, tls } of input.intents) {
    for (const host of hosts) {
      const listener = listenerOf(host, tls);
      if (!listener || found.size >= maxListeners) continue;
      const key = `${listener.host}:${listener.port}`;
      const known = found.get(key);
      if (!known) found.set(key, { listener, tls, seenIn: new Set([seenIn]) });
      else {
        known.seenIn.add(seenIn);
        known.tls = worse(known.tls, tls);
      }
    }
  }
  for (const entry of found.values()) {
    if (input.listening.some((socket) => matches(entry.listener, socket))) entry.seenIn.add("socket");
  }
  for (const socket of input.owned) {
    const explained = [...found.values()].some(({ listener }) => matches(listener, socket));
    if (explained || input.notApi.has(socket.port) || swarmPorts.has(socket.port)) continue;
    const key = `${socket.ip}:${socket.port}`;
    if (found.size < maxListeners) {
      found.set(key, { listener: { host: socket.ip, port: socket.port }, tls: "none", seenIn: new Set(["socket"]) });
    }
  }
  return [...found.values()]
    .map(({ listener, tls, seenIn }) => ({ ...listener, tls, seenIn: order.filter((place) => seenIn.has(place)) }))
    .sort((a, b) => a.port - b.port || (a.host < b.host ? -1 : 1));
}

/** One place may be out of date: the weaker claim counts, since the running daemon may follow it. */
function worse(a: DockerTls, b: DockerTls): DockerTls {
  const rank: readonly DockerTls[] = ["none", "tls", "tlsverify"];
  return rank[Math.min(rank.indexOf(a), rank.indexOf(b))] as DockerTls;
}

function matches(listener: DaemonListener, socket: Listening): boolean {
  if (listener.port !== socket.port) return false;
  const { host } = listener;
  if (host === socket.ip || isWildcard(socket.ip) || isWildcard(host)) return true;
  if (host === "localhost") return isLoopback(socket.ip);
  // A host name: the port is all that can be compared without a resolver.
  return !/^[\d.]+$/.test(host) && !host.includes(":");
}
