/**
 * TCP connections and listening sockets from the kernel's table, where no audit rule watches connect(2), and the
 * number of connections in any case.
 *
 * Blind spot: UDP, and connections made and forgotten between two looks (those that end in TIME_WAIT are still seen).
 * Only the host's network namespace is read: what a bridged container says to the world is not in it.
 */
import { open } from "node:fs/promises";
import { concatMap, defer, from, type Observable, repeat, timer } from "rxjs";
import type { Endpoint, Fact, Process } from "../events/fact.ts";
import { type SocketRow, socketRows } from "../parsers/sockets/proc-net.ts";
import { type SocketNews, SocketTable, wantedState } from "../parsers/sockets/socket-table.ts";
import { type HostRoot, type ProcessLookup, SourceAbsent, type Stream } from "../ports.ts";
import { procDirectory } from "./process-lookup.ts";
import { socketOwners } from "./socket-owners.ts";

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
/** About 27,000 connections. */
const maxTable = 4 * 1024 * 1024;
const maxOwners = 128;

export function sockets(options: SocketsOptions): Stream {
  const now = options.now ?? Date.now;
  const interval = options.interval ?? defaultInterval;
  return {
    source: "sockets",
    open: () =>
      defer(() => {
        const table = new SocketTable();
        const proc = procDirectory(options.hostRoot);
        let pause = 0;
        let reported: boolean | undefined;
        const once = defer(async () => {
          const started = performance.now();
          const { rows, cut } = await readTables(proc);
          const facts = told(table.look(rows), options, proc, now());
          if (cut !== reported) facts.unshift(report(now(), cut));
          reported = cut;
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

function report(at: number, cut: boolean): Fact {
  return {
    kind: "source.reported",
    at,
    source: "sockets",
    state: cut ? "degraded" : "live",
    reason: cut ? "the socket table is larger than 4 MiB: its end is not read" : "",
  };
}

function told(news: SocketNews, options: SocketsOptions, proc: string, at: number): Fact[] {
  const connections = (options.tellConnections?.() ?? true) ? news.connected : [];
  const wanted = [...news.listening, ...connections].slice(0, maxOwners).map(({ inode }) => inode);
  const owners = socketOwners(options.lookup, proc, new Set(wanted.filter((inode) => inode > 0)));
  const facts: Fact[] = [];
  for (const row of news.listening) {
    const local: Endpoint = { ip: row.localIp, port: row.localPort };
    facts.push({ kind: "socket.listening", at, local, ...owner(row, owners, options.lookup) });
  }
  for (const row of connections) {
    facts.push({
      kind: "socket.connected",
      at,
      destination: { ip: row.remoteIp, port: row.remotePort },
      protocol: "tcp",
      ...(row.inbound && { inbound: true }),
      ...owner(row, owners, options.lookup),
    });
  }
  if (connections.length > 0 && news.untold > 0) {
    const reason = "more new connections than one look may tell";
    facts.push({ kind: "coverage.lost", at, source: "sockets", lost: news.untold, reason });
  }
  facts.push({ kind: "sockets.counted", at, established: news.established });
  return facts;
}

function owner(row: SocketRow, owners: ReadonlyMap<number, number>, lookup: ProcessLookup): { process?: Process } {
  const pid = owners.get(row.inode);
  const living = pid === undefined ? undefined : lookup.lookup(pid);
  if (!living) return {};
  const { ppid, exe, argv, comm, cwd, uid, containerId } = living;
  const container = containerId ? { id: containerId } : undefined;
  return { process: { pid: living.pid, ppid, exe, argv, comm, cwd, uid, ...(container && { container }) } };
}

/** Process 1 lives in the host's network namespace; `/proc/net` would be that of this container. */
async function readTables(proc: string): Promise<{ rows: SocketRow[]; cut: boolean }> {
  const rows: SocketRow[] = [];
  let cut = false;
  let found = false;
  for (const name of ["tcp", "tcp6"]) {
    const table = await head(`${proc}/1/net/${name}`);
    if (!table) continue;
    found = true;
    cut ||= table.cut;
    for (const row of socketRows(table.text, wantedState)) rows.push(row);
  }
  if (!found) {
    throw new SourceAbsent(`${proc}/1/net/tcp cannot be read`, "Bind the host's /proc and set PidMode host.");
  }
  return { rows, cut };
}

/** A table without IPv6 is missing, which is no fault. */
async function head(path: string): Promise<{ text: string; cut: boolean } | undefined> {
  const file = await open(path, "r").catch(() => undefined);
  if (!file) return undefined;
  try {
    const parts: Buffer[] = [];
    let length = 0;
    while (length < maxTable) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(64 * 1024), 0, 64 * 1024);
      if (bytesRead === 0) return { text: Buffer.concat(parts).toString("latin1"), cut: false };
      parts.push(buffer.subarray(0, bytesRead));
      length += bytesRead;
    }
    return { text: Buffer.concat(parts).toString("latin1"), cut: true };
  } finally {
    await file.close();
  }
}
