/**
 * `/proc/<pid>/net/tcp` and `tcp6` (kernel Documentation/networking/proc_net_tcp.rst, net/ipv4/tcp_ipv4.c
 * get_tcp4_sock): one socket a line, addresses as 32-bit words in the byte order of the machine, ports in hex.
 * All machines that Node runs on for IoT Edge (amd64, arm64, arm32v7) are little-endian.
 */
import ipaddr from "ipaddr.js";

/** include/net/tcp_states.h */
export const tcpState = {
  established: 1,
  synSent: 2,
  synReceived: 3,
  finWait1: 4,
  finWait2: 5,
  timeWait: 6,
  close: 7,
  closeWait: 8,
  lastAck: 9,
  listen: 10,
  closing: 11,
} as const;

export interface SocketRow {
  readonly localIp: string;
  readonly localPort: number;
  readonly remoteIp: string;
  readonly remotePort: number;
  readonly state: number;
  readonly uid: number;
  /** 0 where the socket no longer belongs to a file (TIME_WAIT). */
  readonly inode: number;
}

/**
 * The rows whose state `wanted` accepts, at most `limit`. Lines that are cut or odd are left out. Never throws.
 */
export function socketRows(text: string, wanted: (state: number) => boolean, limit = 65_536): SocketRow[] {
  const rows: SocketRow[] = [];
  let start = text.indexOf("\n") + 1;
  while (start > 0 && start < text.length && rows.length < limit) {
    const end = text.indexOf("\n", start);
    // A last line without its newline was cut by the reader's limit.
    if (end < 0) break;
    const row = socketRow(text.slice(start, end), wanted);
    if (row) rows.push(row);
    start = end + 1;
  }
  return rows;
}

function socketRow(line: string, wanted: (state: number) => boolean): SocketRow | undefined {
  const fields = line.trimStart().split(/ +/, 10);
  const state = Number.parseInt(fields[3] ?? "", 16);
  if (!wanted(state)) return undefined;
  const local = endpoint(fields[1] ?? "");
  const remote = endpoint(fields[2] ?? "");
  const inode = Number(fields[9]);
  if (!local || !remote || !Number.isSafeInteger(inode)) return undefined;
  return {
    localIp: local.ip,
    localPort: local.port,
    remoteIp: remote.ip,
    remotePort: remote.port,
    state,
    uid: Number(fields[7]),
    inode,
  };
}

function endpoint(text: string): { ip: string; port: number } | undefined {
  const colon = text.indexOf(":");
  const ip = address(text.slice(0, colon));
  const port = Number.parseInt(text.slice(colon + 1), 16);
  return colon > 0 && ip !== undefined && port >= 0 && port <= 65_535 ? { ip, port } : undefined;
}

function address(hex: string): string | undefined {
  if (hex.length === 8) {
    const word = Number.parseInt(hex, 16);
    return Number.isNaN(word) ? undefined : dotted(word);
  }
  if (hex.length !== 32) return undefined;
  const bytes: number[] = [];
  for (let at = 0; at < 32; at += 8) {
    const word = Number.parseInt(hex.slice(at, at + 8), 16);
    if (Number.isNaN(word)) return undefined;
    bytes.push(word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24);
  }
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return mapped ? bytes.slice(12).join(".") : new ipaddr.IPv6(bytes).toRFC5952String();
}

function dotted(word: number): string {
  return `${word & 255}.${(word >>> 8) & 255}.${(word >>> 16) & 255}.${word >>> 24}`;
}

/** 127/8, ::1. */
export function isLoopback(ip: string): boolean {
  return ip === "::1" || ip.startsWith("127.");
}

/** Listening on every address. */
export function isWildcard(ip: string): boolean {
  return ip === "0.0.0.0" || ip === "::";
}
