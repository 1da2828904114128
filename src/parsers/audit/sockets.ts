/**
 * connect, bind and listen -> `socket.connected`, `socket.listening`.
 *
 * A connect that failed is an attempt like any other: a non-blocking one always "fails" with EINPROGRESS (-115).
 * Blind spot: whether it is TCP or UDP is not in the record, and a UDP sender need not connect at all.
 */
import ipaddr from "ipaddr.js";
import type { Endpoint, SocketConnected, SocketListening } from "../../events/fact.ts";
import { BoundedMap } from "../../operators/bounded.ts";
import { Fields } from "./fields.ts";
import type { DoneCall } from "./process.ts";
import type { Piece } from "./record.ts";

/** include/linux/socket.h */
const AF_INET = 2;
const AF_INET6 = 10;
/** Sockets between bind and listen. */
const MAX_BOUND = 512;

export class Sockets {
  readonly #bound = new BoundedMap<string, Endpoint>(MAX_BOUND);

  fact(done: DoneCall): SocketConnected | SocketListening | undefined {
    const { at } = done.event;
    if (done.call.action === "connect") {
      const destination = addressOf(done.event.sockaddr);
      return destination && { kind: "socket.connected", at, destination, process: done.process() };
    }
    if (!done.succeeded) return undefined;
    const key = `${done.fields.number(" pid=")}:${done.fields.raw(" a0=")}`;
    if (done.call.action === "bind") {
      const local = addressOf(done.event.sockaddr);
      if (local) this.#bound.set(key, local);
      else this.#bound.delete(key);
      return undefined;
    }
    const local = this.#bound.get(key);
    this.#bound.delete(key);
    return local && { kind: "socket.listening", at, local, process: done.process() };
  }
}

/**
 * `saddr=` is the struct sockaddr in hex: family in the machine's byte order (little-endian on all that run Node),
 * port and address in network order. Undefined for unix, netlink and other families, and for a cut record.
 */
function addressOf(sockaddr: Piece | undefined): Endpoint | undefined {
  const raw = sockaddr && new Fields(sockaddr).raw(" saddr=");
  if (raw === undefined || raw.length < 16) return undefined;
  const bytes = Buffer.from(raw.slice(0, 56), "hex");
  if (bytes.length < 8) return undefined;
  const family = bytes.readUInt16LE(0);
  const port = bytes.readUInt16BE(2);
  if (family === AF_INET) return { ip: `${bytes[4]}.${bytes[5]}.${bytes[6]}.${bytes[7]}`, port };
  if (family !== AF_INET6 || bytes.length < 24) return undefined;
  const address = new ipaddr.IPv6([...bytes.subarray(8, 24)]);
  const ip = address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toRFC5952String();
  return { ip, port };
}
