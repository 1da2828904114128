/**
 * TCP connections and listening sockets from the kernel's tables, where no audit rule watches connect(2), and the
 * number of connections in any case. The host's own namespace is read, and that of each container.
 *
 * Blind spot: UDP, and connections made and forgotten between two looks (those that end in TIME_WAIT are still seen).
 */
import { readFileSync } from "node:fs";
import { concatMap, defer, from, type Observable, repeat, timer } from "rxjs";
import type { Container, Endpoint, Fact, Process } from "../events/fact.ts";
import type { SocketRow } from "../parsers/sockets/proc-net.ts";
import { type SocketNews, SocketTable } from "../parsers/sockets/socket-table.ts";
import { type HostRoot, type ProcessLookup, SourceAbsent, type Stream } from "../ports.ts";
import { ContainerSockets } from "./container-sockets.ts";
import { procDirectory } from "./process-lookup.ts";
import { socketOwners } from "./socket-owners.ts";
import { readTables } from "./socket-tables.ts";

export interface SocketsOptions {
  readonly hostRoot: HostRoot;
  readonly lookup: ProcessLookup;
  /** Milliseconds between looks, default 5,000; stretched up to twelvefold when a look is dear. */
  readonly interval?: number;
  /** False while audit tells connections itself: then only listening sockets and counts are told. */
  readonly tellConnections?: () => boolean;
  readonly now?: () => number;
}

const defaultInterval = 5_000;
/** A look may take a hundredth of the time; 12 x 5 s is the minute that TIME_WAIT lasts. */
const share = 0.01;
const longest = 12;
const maxOwners = 128;

export function sockets(options: SocketsOptions): Stream {
  const now = options.now ?? Date.now;
  const interval = options.interval ?? defaultInterval;
  return {
    source: "sockets",
    open: () =>
      defer(() => {
        const look = looker(options, now);
        let pause = 0;
        const once = defer(async () => {
          const started = performance.now();
          const facts = await look();
          pause = Math.min(Math.max(interval, (performance.now() - started) / share), interval * longest);
          return facts;
        });
        return once.pipe(
          concatMap((facts): Observable<Fact> => from(facts)),
          repeat({ delay: () => timer(pause) }),
        );
      }),
  };
}

/** Rejects with SourceAbsent where the host's table cannot be read. */
function looker(options: SocketsOptions, now: () => number): () => Promise<Fact[]> {
  const proc = procDirectory(options.hostRoot);
  const table = new SocketTable();
  const containers = new ContainerSockets(options.lookup, proc, readTables);
  let reported: string | undefined;
  return async () => {
    // Process 1 lives in the host's network namespace; `/proc/net` would be that of this container.
    const host = await readTables(proc, 1);
    if (!host) {
      throw new SourceAbsent(`${proc}/1/net/tcp cannot be read`, "Bind the host's /proc and set PidMode host.");
    }
    const at = now();
    const facts: Fact[] = [];
    const reason = reasonOf(host.cut);
    if (reason !== reported) facts.push(report(at, reason));
    reported = reason;
    const news = table.look(host.rows);
    facts.push(...told(news, options, proc, at));
    let { established } = news;
    const inodes = new Set(host.rows.map(({ inode }) => inode));
    for (const inside of await containers.look(at, inodes)) {
      established += inside.established;
      facts.push(...told({ ...inside, listening: [] }, options, proc, at, { id: inside.containerId }));
    }
    facts.push({ kind: "sockets.counted", at, established });
    return facts;
  };
}

function reasonOf(cut: boolean): string {
  if (cut) return "the socket table is larger than 4 MiB: its end is not read";
  return mayTrace() ? "" : "which process holds a socket cannot be told without CAP_SYS_PTRACE";
}

/** Bit 19 of the effective capabilities (include/uapi/linux/capability.h): needed for other users' descriptors. */
function mayTrace(): boolean {
  try {
    const found = /^CapEff:\s*([0-9a-f]{1,16})$/m.exec(readFileSync("/proc/self/status", "utf8"));
    return found !== null && ((BigInt(`0x${found[1]}`) >> 19n) & 1n) === 1n;
  } catch {
    return false;
  }
}

function report(at: number, reason: string): Fact {
  return { kind: "source.reported", at, source: "sockets", state: reason === "" ? "live" : "degraded", reason };
}

function told(news: SocketNews, options: SocketsOptions, proc: string, at: number, container?: Container): Fact[] {
  const connections = (options.tellConnections?.() ?? true) ? news.connected : [];
  const wanted = [...news.listening, ...connections].slice(0, maxOwners).map(({ inode }) => inode);
  const owners = socketOwners(options.lookup, proc, new Set(wanted.filter((inode) => inode > 0)));
  const owner = (row: SocketRow) => ownerOf(row, owners, options.lookup, container);
  const facts: Fact[] = [];
  for (const row of news.listening) {
    const local: Endpoint = { ip: row.localIp, port: row.localPort };
    facts.push({ kind: "socket.listening", at, local, ...owner(row) });
  }
  for (const row of connections) {
    const destination: Endpoint = { ip: row.remoteIp, port: row.remotePort };
    const inbound = row.inbound ? { inbound: true } : {};
    facts.push({ kind: "socket.connected", at, destination, protocol: "tcp", ...inbound, ...owner(row) });
  }
  if (connections.length > 0 && news.untold > 0) {
    const reason = "more new connections than one look may tell";
    facts.push({ kind: "coverage.lost", at, source: "sockets", lost: news.untold, reason });
  }
  return facts;
}

/** A container's connection whose process is unknown (TIME_WAIT, no rights) still names the container. */
function ownerOf(
  row: SocketRow,
  owners: ReadonlyMap<number, number>,
  lookup: ProcessLookup,
  known: Container | undefined,
): { process?: Process } {
  const pid = owners.get(row.inode);
  const living = pid === undefined ? undefined : lookup.lookup(pid);
  if (!living) return known ? { process: { pid: 0, ppid: 0, exe: "", argv: [], container: known } } : {};
  const { ppid, exe, argv, comm, cwd, uid, containerId } = living;
  const container = containerId ? { id: containerId } : known;
  return { process: { pid: living.pid, ppid, exe, argv, comm, cwd, uid, ...(container && { container }) } };
}
