/** Which file is which: the identity of a log over renames, and the generations that followed a saved place. */
import { constants, fstatSync, type Stats, statSync } from "node:fs";
import { type FileHandle, open, readdir, readlink, realpath } from "node:fs/promises";
import { crc32 } from "node:zlib";

/**
 * A place in one generation of a log. An inode alone is no identity over a restart: ext4 hands a freed inode to the
 * next file created, which is the new log. So the first bytes are remembered too.
 */
export interface TailPosition {
  readonly device: number;
  readonly inode: number;
  readonly offset: number;
  /** `<n>:<crc32 of the first n bytes, hex>`. */
  readonly head?: string;
  /** Last change of the file, epoch ms: tells newer generations when this one is gone. */
  readonly modified?: number;
}

/** Length of the remembered head: reaches over the time stamp of an audit or syslog line. */
export const HEAD_BYTES = 64;
/** A hand-made directory with more names than this is not searched further. */
const MAX_GENERATIONS = 1_000;
const COMPRESSED = /\.(gz|xz|bz2|zst|lz4)$/;

export function isPlace(value: unknown): value is TailPosition {
  if (typeof value !== "object" || value === null) return false;
  const { device, inode, offset, head, modified } = value as Record<string, unknown>;
  return (
    Number.isFinite(device) &&
    Number.isFinite(inode) &&
    Number.isSafeInteger(offset) &&
    (offset as number) >= 0 &&
    (head === undefined || typeof head === "string") &&
    (modified === undefined || Number.isFinite(modified))
  );
}

export interface FileState {
  readonly device: number;
  readonly inode: number;
  readonly size: number;
  readonly modified: number;
}

/** Synchronous: a stat of a local file is 2 us, its way through the thread pool ten times that. Throws when gone. */
export function stateOf(handle: FileHandle): FileState {
  return reduce(fstatSync(handle.fd));
}

/** Whether the open file has no name any more. */
export function isUnlinked(handle: FileHandle): boolean {
  return fstatSync(handle.fd).nlink === 0;
}

/** Undefined when there is no such file; other faults are thrown. */
export function stateAt(path: string): FileState | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && reduce(stats);
}

function reduce(stats: Stats): FileState {
  return { device: stats.dev, inode: stats.ino, size: stats.size, modified: stats.mtimeMs };
}

/**
 * Opens a regular file; rejects for anything else, without waiting for the other end of a FIFO. `within`: the root
 * that the file must be in, wherever links on the way lead; asked of the kernel after the open, so that no swap of a
 * directory for a link comes between.
 */
export async function openForReading(path: string, within = "/"): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await handle.stat()).isFile()) throw new Error("not a regular file");
    if (within !== "/" && !(await readlink(`/proc/self/fd/${handle.fd}`)).startsWith(`${await realpath(within)}/`))
      throw new Error("a symbolic link leads out of the host's root");
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Identity of the first `bytes` bytes; undefined when the file is shorter. */
export async function fingerprint(handle: FileHandle, bytes: number): Promise<string | undefined> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await handle.read(buffer, 0, bytes, 0);
  return bytesRead === bytes ? `${bytes}:${crc32(buffer).toString(16)}` : undefined;
}

/** Whether the open file is the one the place was taken in, and still reaches it. */
export async function sameFile(handle: FileHandle, place: TailPosition): Promise<boolean> {
  const state = stateOf(handle);
  if (state.inode !== place.inode || state.size < place.offset) return false;
  if (place.head === undefined) return state.device === place.device;
  const bytes = Number.parseInt(place.head, 10);
  if (!(bytes >= 0 && bytes <= HEAD_BYTES)) return false;
  return (await fingerprint(handle, bytes)) === place.head;
}

interface Candidate extends FileState {
  readonly name: string;
  readonly order: number;
}

/**
 * Where reading goes on among the rotated files. `found`: the one that holds `place` (the file itself under its new
 * name, or logrotate's copy of it); `younger`: those written after it, oldest first; `packed`: what was compressed
 * since. Understands `file.1` and up (auditd, logrotate) and `file-20260101` (logrotate's dateext).
 */
export async function generationsAfter(
  directory: string,
  file: string,
  place: TailPosition,
  within?: string,
): Promise<{ found: string | undefined; younger: string[]; packed: string[] }> {
  const all = await candidates(directory, file);
  const plain = all.filter(({ name }) => !COMPRESSED.test(name));
  const at = await indexOfPlace(directory, plain, place, within);
  const { modified = Number.POSITIVE_INFINITY } = place;
  const younger = at >= 0 ? plain.slice(at + 1) : plain.filter((candidate) => candidate.modified > modified);
  const packed = all.filter((candidate) => COMPRESSED.test(candidate.name) && candidate.modified >= modified);
  const found = plain[at];
  return {
    found: found && `${directory}/${found.name}`,
    younger: younger.map(({ name }) => `${directory}/${name}`),
    packed: packed.map(({ name }) => `${name} is compressed and was not read`),
  };
}

/** By inode first; a copy (`copytruncate`) has only the content in common, so it must show a full head. */
async function indexOfPlace(
  directory: string,
  plain: readonly Candidate[],
  place: TailPosition,
  within: string | undefined,
): Promise<number> {
  const mayBeCopied = place.head?.startsWith(`${HEAD_BYTES}:`) === true;
  let copy = -1;
  for (const [index, { name, inode }] of plain.entries()) {
    if (inode !== place.inode && !mayBeCopied) continue;
    const handle = await openForReading(`${directory}/${name}`, within).catch(() => undefined);
    if (!handle) continue;
    try {
      if (await sameFile(handle, place)) return index;
      if (mayBeCopied && (await sameFile(handle, { ...place, inode }))) copy = index;
    } finally {
      await handle.close();
    }
  }
  return copy;
}

/** Rotated files, oldest first. */
async function candidates(directory: string, file: string): Promise<Candidate[]> {
  const names = (await readdir(directory)).filter((name) => rank(name, file) !== undefined).slice(0, MAX_GENERATIONS);
  const found: Candidate[] = [];
  for (const name of names) {
    const state = stateAt(`${directory}/${name}`);
    if (state) found.push({ ...state, name, order: rank(name, file) as number });
  }
  return found.sort((a, b) => a.order - b.order);
}

/** Sort key of a rotated name: `.7` before `.1`; dates by their digits; undefined for a foreign name. */
function rank(name: string, file: string): number | undefined {
  if (!name.startsWith(file)) return undefined;
  const match = /^([.-])(\d{1,14})(?:-(\d{1,6}))?(?:\.[a-z0-9]{2,4})?$/.exec(name.slice(file.length));
  if (!match) return undefined;
  const value = Number(match[2]);
  return match[1] === "." && value < 10_000_000 ? -value : value + Number(match[3] ?? 0) / 1e6;
}
