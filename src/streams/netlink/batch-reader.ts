/**
 * Takes what waits in a socket, many datagrams with one recvmmsg(2): measured, that is a tenth of the cost of one
 * recv each on the thread pool (docs/decisions/audit-netlink.md).
 */
import { constants } from "node:os";
import { DATAGRAM_BYTES } from "./abi.ts";
import { type Libc, libc } from "./libc.ts";
import { ADDRESS_BYTES, type AuditSocket } from "./socket.ts";

export const BATCH = 32;
const MSG_DONTWAIT = 0x40;
const { EAGAIN, EINTR, ENOBUFS } = constants.errno;

export class BatchReader {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #bytes = Buffer.alloc(BATCH * DATAGRAM_BYTES);
  readonly #addresses = Buffer.alloc(BATCH * ADDRESS_BYTES);
  readonly #vectors: Buffer;
  readonly #messages: Buffer;
  readonly #messageBytes: number;
  readonly #lengthAt: number;
  /** How often the kernel said that its records did not fit (ENOBUFS). */
  overruns = 0;

  constructor(socket: AuditSocket) {
    this.#libc = libc();
    this.#fd = socket.fd;
    const word = this.#libc.pointerBytes;
    // struct mmsghdr (recvmmsg(2)): a msghdr of seven words (name, its length, vectors, their count, control, its
    // length, flags), then the length that was received.
    this.#messageBytes = 8 * word;
    this.#lengthAt = 7 * word;
    this.#messages = Buffer.alloc(BATCH * this.#messageBytes);
    this.#vectors = Buffer.alloc(BATCH * 2 * word);
    this.#lay();
  }

  /**
   * Calls `take` for each datagram that the kernel sent, valid until `take` returns.
   *
   * @returns how many came; less than BATCH when the socket is empty
   * @throws Error when the socket is broken
   */
  read(take: (datagram: Buffer) => void): number {
    const word = this.#libc.pointerBytes;
    // The kernel writes the length of the address that it gave over the room that there was.
    for (let i = 0; i < BATCH; i++) this.#messages.writeUInt32LE(ADDRESS_BYTES, i * this.#messageBytes + word);
    const count = this.#libc.recvmmsg(this.#fd, this.#messages, BATCH, MSG_DONTWAIT, null);
    if (count < 0) return this.#failed(this.#libc.errno());
    for (let i = 0; i < count; i++) {
      // Port 0 is the kernel; any other sender is a process that plays one.
      if (this.#addresses.readUInt32LE(i * ADDRESS_BYTES + 4) !== 0) continue;
      const length = this.#messages.readUInt32LE(i * this.#messageBytes + this.#lengthAt);
      take(this.#bytes.subarray(i * DATAGRAM_BYTES, i * DATAGRAM_BYTES + Math.min(length, DATAGRAM_BYTES)));
    }
    return count;
  }

  #failed(errno: number): number {
    if (errno === EAGAIN || errno === EINTR) return 0;
    if (errno !== ENOBUFS) throw new Error(`the audit socket failed with error ${errno}`);
    this.overruns += 1;
    return BATCH;
  }

  #lay(): void {
    const word = this.#libc.pointerBytes;
    const put = (into: Buffer, at: number, value: bigint) =>
      word === 8 ? into.writeBigUInt64LE(value, at) : into.writeUInt32LE(Number(value), at);
    const [bytes, addresses, vectors] = [this.#bytes, this.#addresses, this.#vectors].map((b) =>
      this.#libc.addressOf(b),
    ) as [bigint, bigint, bigint];
    for (let i = 0; i < BATCH; i++) {
      const message = i * this.#messageBytes;
      put(this.#vectors, i * 2 * word, bytes + BigInt(i * DATAGRAM_BYTES));
      put(this.#vectors, i * 2 * word + word, BigInt(DATAGRAM_BYTES));
      put(this.#messages, message, addresses + BigInt(i * ADDRESS_BYTES));
      put(this.#messages, message + 2 * word, vectors + BigInt(i * 2 * word));
      put(this.#messages, message + 3 * word, 1n);
    }
  }
}
