/** What is new between two looks at the socket table. */
import { BoundedMap } from "../../operators/bounded.ts";
import { isLoopback, type SocketRow, tcpState } from "./proc-net.ts";

export interface SocketNews {
  readonly connected: readonly (SocketRow & { readonly inbound: boolean })[];
  readonly listening: readonly SocketRow[];
  /** Established connections whose peer is not the loopback. */
  readonly established: number;
  /** Connections beyond what one look may tell. */
  readonly untold: number;
}

/** Half-open inbound connections (SYN_RECV) name a peer that anyone can forge, so they are no connections. */
const talking: ReadonlySet<number> = new Set([
  tcpState.established,
  tcpState.synSent,
  tcpState.finWait1,
  tcpState.finWait2,
  tcpState.timeWait,
  tcpState.closeWait,
  tcpState.lastAck,
  tcpState.closing,
]);
const maxKnown = 16_384;
const maxNews = 512;

export const wantedState = (state: number): boolean => state === tcpState.listen || talking.has(state);

/**
 * Remembers what was seen. TIME_WAIT counts: it keeps the peer of a connection that was shorter than the pause between
 * two looks for another minute. Bounded: of more than `limit` connections (default 16,384) the oldest are forgotten and told again.
 */
export class SocketTable {
  readonly #connections: BoundedMap<string, true>;
  readonly #listeners = new BoundedMap<string, true>(1024);

  constructor(limit = maxKnown) {
    this.#connections = new BoundedMap(limit);
  }

  look(rows: readonly SocketRow[]): SocketNews {
    const ports = new Set<number>();
    const connected: SocketNews["connected"][number][] = [];
    const listening: SocketRow[] = [];
    const nowListening = new Set<string>();
    let established = 0;
    let untold = 0;
    for (const row of rows) {
      if (row.state !== tcpState.listen) continue;
      ports.add(row.localPort);
      const key = `${row.localIp} ${row.localPort}`;
      nowListening.add(key);
      if (!this.#listeners.has(key)) listening.push(row);
      this.#listeners.set(key, true);
    }
    for (const row of rows) {
      if (!talking.has(row.state)) continue;
      if (row.state === tcpState.established && !isLoopback(row.remoteIp)) established += 1;
      const key = `${row.localIp} ${row.localPort} ${row.remoteIp} ${row.remotePort}`;
      const known = this.#connections.has(key);
      this.#connections.set(key, true);
      if (known) continue;
      if (connected.length < maxNews) connected.push({ ...row, inbound: ports.has(row.localPort) });
      else untold += 1;
    }
    // A port that was closed and is opened again is news.
    for (const [key] of [...this.#listeners.entries()]) if (!nowListening.has(key)) this.#listeners.delete(key);
    return { connected, listening, established, untold };
  }
}
