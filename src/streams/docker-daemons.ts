/** Running dockerd processes, their arguments and the TCP sockets they hold (proc(5)). */
import { readdirSync, readlinkSync } from "node:fs";
import { type DaemonOptions, daemonArguments, daemonOptions } from "../parsers/docker/daemon.ts";
import type { Listening } from "../parsers/docker/posture.ts";
import { type SocketRow, socketRows, tcpState } from "../parsers/sockets/proc-net.ts";
import type { HostRoot, ProcessLookup } from "../ports.ts";

const maxDescriptors = 65_536;
const maxTable = 8 * 1024 * 1024;

export interface Daemon {
  readonly pid: number;
  readonly options: DaemonOptions;
  /** Sockets proven to be its own; undefined where its descriptors may not be read. */
  readonly owned?: readonly Listening[];
  /** Everything that listens in its network namespace. */
  readonly listening: readonly Listening[];
}

/** `comm` is asked first: it is one small read for each process, and dockerd does not change its own. */
export function runningDaemons(hostRoot: HostRoot, lookup: ProcessLookup, proc: string): Daemon[] {
  const daemons: Daemon[] = [];
  for (const pid of lookup.pids()) {
    const comm = attempt(() => hostRoot.readTextSync(`/proc/${pid}/comm`, 64).trim());
    if (!comm || !/^(?:dockerd|docker|balena-engine-d|balenad)/.test(comm)) continue;
    const process = lookup.lookup(pid);
    const args = process && daemonArguments(process.argv);
    if (!args) continue;
    const rows = listeningRows(hostRoot, pid);
    const inodes = socketInodes(proc, pid);
    daemons.push({
      pid,
      options: daemonOptions(args),
      owned: inodes && rows.filter((row) => inodes.has(row.inode)).map(listening),
      listening: rows.map(listening),
    });
  }
  return daemons;
}

/** Listening rows of the network namespace of `pid`; empty when unreadable. */
function listeningRows(hostRoot: HostRoot, pid: number): SocketRow[] {
  return ["tcp", "tcp6"].flatMap((table) => {
    const text = attempt(() => hostRoot.readTextSync(`/proc/${pid}/net/${table}`, maxTable));
    return socketRows(text ?? "", (state) => state === tcpState.listen, 4096);
  });
}

/** Inodes of the sockets among the descriptors of `pid`; undefined without CAP_SYS_PTRACE. */
export function socketInodes(proc: string, pid: number, limit = maxDescriptors): Set<number> | undefined {
  const inodes = new Set<number>();
  const names = attempt(() => readdirSync(`${proc}/${pid}/fd`));
  if (!names) return undefined;
  let unreadable = 0;
  for (const name of names.slice(0, limit)) {
    const target = attempt(() => readlinkSync(`${proc}/${pid}/fd/${name}`));
    if (target === undefined) unreadable += 1;
    else if (target.startsWith("socket:[")) inodes.add(Number(target.slice(8, -1)));
  }
  return names.length > 0 && unreadable === names.length ? undefined : inodes;
}

function listening(row: SocketRow): Listening {
  return { ip: row.localIp, port: row.localPort };
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
