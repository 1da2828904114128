/**
 * The socket tables of containers that have a network namespace of their own: on an Edge device nearly all modules do,
 * and what they say to the world is in no table of the host. `/proc/<pid>/net` needs no rights beyond seeing the pid.
 *
 * Blind spot: a container is known half a minute after its start at the latest; of more than 64 the oldest are kept.
 */
import { BoundedMap } from "../operators/bounded.ts";
import { type SocketNews, SocketTable } from "../parsers/sockets/socket-table.ts";
import type { ProcessLookup } from "../ports.ts";
import type { readTables } from "./socket-tables.ts";

const maxContainers = 64;
const lookForNewEvery = 30_000;
/** Connections remembered of one container. */
const maxKnown = 2048;

export interface ContainerNews extends SocketNews {
  readonly containerId: string;
}

export class ContainerSockets {
  readonly #lookup: ProcessLookup;
  readonly #proc: string;
  readonly #read: typeof readTables;
  readonly #tables = new BoundedMap<string, SocketTable>(maxContainers);
  #pids = new Map<string, number>();
  #lookedAt: number | undefined;

  constructor(lookup: ProcessLookup, proc: string, read: typeof readTables) {
    this.#lookup = lookup;
    this.#proc = proc;
    this.#read = read;
  }

  /** `host`: inodes of the host's table, by which a container in the host's network is known and left out. */
  async look(at: number, host: ReadonlySet<number>): Promise<ContainerNews[]> {
    if (this.#lookedAt === undefined || Math.abs(at - this.#lookedAt) >= lookForNewEvery) this.#find(at);
    const news: ContainerNews[] = [];
    for (const [containerId, pid] of this.#pids) {
      // The pid may have gone to another process since.
      if (this.#lookup.lookup(pid)?.containerId !== containerId) {
        this.#pids.delete(containerId);
        continue;
      }
      const found = await this.#read(this.#proc, pid);
      if (!found || found.rows.some(({ inode }) => inode > 0 && host.has(inode))) continue;
      const table = this.#tables.get(containerId) ?? new SocketTable(maxKnown);
      this.#tables.set(containerId, table);
      news.push({ containerId, ...table.look(found.rows) });
    }
    return news;
  }

  /** One process of each container is enough: they share its network. */
  #find(at: number): void {
    this.#lookedAt = at;
    const pids = new Map<string, number>();
    for (const pid of this.#lookup.pids()) {
      const id = this.#lookup.lookup(pid)?.containerId;
      if (id !== undefined && !pids.has(id) && pids.size < maxContainers) pids.set(id, pid);
    }
    this.#pids = pids;
  }
}
