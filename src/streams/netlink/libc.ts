/**
 * The few calls of libc that Node does not offer, through koffi. Loaded when it is first asked for, so that a module
 * that never opens the audit netlink carries no machine code.
 */
import { createRequire } from "node:module";
import type * as Koffi from "koffi";

export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Buffer, length: number): number;
  setsockopt(fd: number, level: number, name: number, value: Buffer, length: number): number;
  send(fd: number, bytes: Buffer, length: number, flags: number): number;
  /** On a thread of the pool. */
  sendAsync(fd: number, bytes: Buffer, length: number, flags: number, done: () => void): void;
  recv(fd: number, bytes: Buffer, length: number, flags: number): number;
  recvmmsg(fd: number, messages: Buffer, count: number, flags: number, timeout: null): number;
  eventfd(initial: number, flags: number): number;
  /** On a thread of the pool: `done` is called with the count of ready descriptors, or -1. */
  pollAsync(descriptors: Buffer, count: number, timeout: number, done: (error: unknown, ready: number) => void): void;
  /** Of the call before, when nothing stood between. */
  errno(): number;
  addressOf(bytes: Buffer): bigint;
  readonly pointerBytes: 4 | 8;
}

/** This machine has no koffi binary: an unsupported architecture, or it was left out of the installation. */
export class NoForeignCalls extends Error {}

let loaded: Libc | undefined;

/** @throws NoForeignCalls */
export function libc(): Libc {
  loaded ??= load();
  return loaded;
}

function load(): Libc {
  let koffi: typeof Koffi;
  try {
    koffi = createRequire(import.meta.url)("koffi");
  } catch (error) {
    throw new NoForeignCalls(String(error instanceof Error ? error.message : error).split("\n", 1)[0]);
  }
  // The process's own symbols: glibc or musl, whichever node was linked with.
  const own = koffi.load(null);
  const send = own.func("long send(int fd, const void *bytes, size_t length, int flags)");
  const poll = own.func("int poll(void *fds, unsigned long count, int timeout)");
  return {
    socket: own.func("int socket(int domain, int type, int protocol)"),
    bind: own.func("int bind(int fd, const void *address, unsigned int length)"),
    setsockopt: own.func("int setsockopt(int fd, int level, int name, const void *value, unsigned int length)"),
    send,
    sendAsync: (fd, bytes, length, flags, done) => void send.async(fd, bytes, length, flags, done),
    recv: own.func("long recv(int fd, void *bytes, size_t length, int flags)"),
    recvmmsg: own.func("int recvmmsg(int fd, void *messages, unsigned int count, int flags, void *timeout)"),
    eventfd: own.func("int eventfd(unsigned int initial, int flags)"),
    pollAsync: (descriptors, count, timeout, done) => void poll.async(descriptors, count, timeout, done),
    errno: () => koffi.errno(),
    addressOf: (bytes) => koffi.address(bytes),
    pointerBytes: koffi.sizeof("void *") === 4 ? 4 : 8,
  };
}
