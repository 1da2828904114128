/** One socket of the audit netlink. All calls are synchronous except the wait for readiness. */
import { closeSync } from "node:fs";
import { constants } from "node:os";
import { DATAGRAM_BYTES, HEADER_BYTES, NETLINK_AUDIT, NLM_F_ACK, NLM_F_REQUEST } from "./abi.ts";
import { Refused } from "./errors.ts";
import { type Libc, libc } from "./libc.ts";

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
/** asm-generic/socket.h; the old names, which every C library still takes, with the old time format. */
const SO_RCVTIMEO = 20;
const { EINTR, ENOBUFS } = constants.errno;

/** Rules in one datagram: some 1.1 KiB each, of the 208 KiB that a socket may send by default (`wmem_default`). */
const AT_ONCE = 64;

/** sockaddr_nl is 12 bytes: family, padding, port, groups. */
export const ADDRESS_BYTES = 12;

export class AuditSocket {
  readonly fd: number;
  readonly #libc: Libc;
  readonly #buffer = Buffer.alloc(DATAGRAM_BYTES);
  #sequence = 0;
  #closed = false;

  /** @throws Refused (EPROTONOSUPPORT: a kernel without audit), NoForeignCalls */
  constructor() {
    this.#libc = libc();
    this.fd = this.#libc.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_AUDIT);
    if (this.fd < 0) throw new Refused("socket", this.#libc.errno());
  }

  /** How long `receive` waits. */
  waitAtMost(milliseconds: number): void {
    const word = this.#libc.pointerBytes;
    const value = Buffer.alloc(2 * word);
    value.writeUInt32LE(Math.trunc(milliseconds / 1_000), 0);
    value.writeUInt32LE((milliseconds % 1_000) * 1_000, word);
    this.#libc.setsockopt(this.fd, SOL_SOCKET, SO_RCVTIMEO, value, value.length);
  }

  /** Beyond the host's `rmem_max` only with CAP_NET_ADMIN; what cannot be had is not. */
  receiveBuffer(bytes: number): void {
    const value = Buffer.alloc(4);
    value.writeUInt32LE(bytes);
    if (this.#libc.setsockopt(this.fd, SOL_SOCKET, SO_RCVBUFFORCE, value, 4) === 0) return;
    this.#libc.setsockopt(this.fd, SOL_SOCKET, SO_RCVBUF, value, 4);
  }

  /** Sends one request to the kernel, which has dealt with it when this returns. @returns its sequence number */
  send(type: number, payload: Buffer = Buffer.alloc(0)): number {
    this.#sequence = (this.#sequence + 1) >>> 0;
    this.#give(encode(type, NLM_F_REQUEST | NLM_F_ACK, this.#sequence, payload));
    return this.#sequence;
  }

  /** Many requests in one call: the kernel deals with them in one go, and answers those only that it refuses. */
  sendAll(type: number, payloads: readonly Buffer[]): void {
    for (const bytes of parcels(type, payloads)) this.#give(bytes);
  }

  /** The same on a thread of the pool; what cannot be sent is passed over. */
  sendAllLater(type: number, payloads: readonly Buffer[], done: () => void): void {
    const [first, ...others] = parcels(type, payloads);
    const next = (bytes: Buffer | undefined): void => {
      if (bytes) this.#libc.sendAsync(this.fd, bytes, bytes.length, 0, () => next(others.shift()));
      else done();
    };
    next(first);
  }

  #give(bytes: Buffer): void {
    if (this.#libc.send(this.fd, bytes, bytes.length, 0) < 0) throw new Refused("send", this.#libc.errno());
  }

  /** The next datagram, valid until the next call; undefined when none came in time. */
  receive(): Buffer | undefined {
    for (;;) {
      const length = this.#libc.recv(this.fd, this.#buffer, this.#buffer.length, 0);
      if (length >= 0) return this.#buffer.subarray(0, length);
      const errno = this.#libc.errno();
      if (errno !== EINTR && errno !== ENOBUFS) return undefined;
    }
  }

  /** Not while a poll waits for it: the number of the descriptor may be given to another file at once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.fd);
  }
}

function parcels(type: number, payloads: readonly Buffer[]): Buffer[] {
  const all: Buffer[] = [];
  for (let i = 0; i < payloads.length; i += AT_ONCE) {
    all.push(Buffer.concat(payloads.slice(i, i + AT_ONCE).map((p) => encode(type, NLM_F_REQUEST, 0, p))));
  }
  return all;
}

function encode(type: number, flags: number, sequence: number, payload: Buffer): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + payload.length);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(type, 4);
  bytes.writeUInt16LE(flags, 6);
  bytes.writeUInt32LE(sequence, 8);
  payload.copy(bytes, HEADER_BYTES);
  return bytes;
}
