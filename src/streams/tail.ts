/**
 * Follows one growing log file over rotation, truncation, removal and restart, and gives whole lines as bytes.
 *
 * The directory is watched, not the file: a watch on a file stays with the old inode after `rename`. inotify tells
 * nothing on some file systems (overlay, NFS), so the size is also looked at once a second.
 *
 * Blind spots: a generation that was compressed before it was read is told as `lost`, not read; a file that is
 * truncated and grows again with the very same first 64 bytes between two looks is read from the middle.
 */
import type { FileHandle } from "node:fs/promises";
import { Observable } from "rxjs";
import { SourceAbsent } from "../ports.ts";
import {
  generationsAfter,
  isPlace,
  isUnlinked,
  openForReading,
  sameFile,
  stateAt,
  stateOf,
  type TailPosition,
} from "./tail-generations.ts";
import { LineReader } from "./tail-lines.ts";
import { Wakeups } from "./tail-wakeups.ts";

export type { TailPosition } from "./tail-generations.ts";

/** Whole lines, and where they end. */
export interface TailChunk {
  /** Whole lines, the last byte is `\n`; empty when only `lost` or the start is told. May be kept. */
  readonly bytes: Buffer;
  /** After these bytes. */
  readonly position: TailPosition;
  /** What could not be read before these bytes. */
  readonly lost?: string;
}

export interface TailOptions {
  /** Directory on this machine (see `HostRoot.path`). */
  readonly directory: string;
  readonly file: string;
  /** Root that no link may lead out of (`HostRoot.root`); default `/`. */
  readonly within?: string;
  /** What an earlier chunk carried; unchecked. */
  readonly position?: unknown;
  /** Where to begin without a usable position. */
  readonly startAt: "begin" | "end";
  /** First gives an empty chunk with the place of the beginning: a restart before the first line then skips nothing. */
  readonly tellStart?: boolean;
}

/** A writer may go on in the renamed file until it is told to reopen (rsyslog waits for SIGHUP from logrotate). */
const LINGER_MS = 5_000;
/** A file away for this long, with no growth of the one still open, is gone. */
const GONE_MS = 30_000;

/**
 * Cold. Errors with SourceAbsent when the file cannot be opened at the start or stays away later, and with the file
 * system's own error when it can no longer be read. Reading waits for `next` to return, and for the event loop.
 */
export function tail(options: TailOptions): Observable<TailChunk> {
  return new Observable<TailChunk>((subscriber) => {
    const follower = new Follower(options, (chunk) => subscriber.next(chunk));
    follower.run().then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    );
    return () => follower.stop();
  });
}

class Follower {
  readonly #options: TailOptions;
  readonly #next: (chunk: TailChunk) => void;
  readonly #wakeups: Wakeups;
  #handle: FileHandle | undefined;
  #lines: LineReader;
  #lost: string[] = [];
  #stopped = false;
  /** When the path was first seen to name another file, or none. */
  #changedAt: number | undefined;

  constructor(options: TailOptions, next: (chunk: TailChunk) => void) {
    this.#options = options;
    this.#next = next;
    this.#wakeups = new Wakeups(options.directory, options.file);
    this.#lines = new LineReader(0);
  }

  get #path(): string {
    return `${this.#options.directory}/${this.#options.file}`;
  }

  stop(): void {
    this.#stopped = true;
    this.#wakeups.close();
  }

  async run(): Promise<void> {
    try {
      this.#wakeups.open();
      await this.#begin();
      await this.#lines.rememberHead(this.#handle as FileHandle);
      if (this.#options.tellStart) await this.#give(Buffer.alloc(0));
      while (!this.#stopped) {
        if (await this.#truncated()) {
          await this.#afterTruncation();
          continue;
        }
        const grew = await this.#drain();
        if (!this.#stopped && !(await this.#followRotation(grew))) await this.#wakeups.next(grew);
      }
    } finally {
      this.#wakeups.close();
      await this.#handle?.close().catch(() => undefined);
    }
  }

  /** Opens the generation that holds the saved place; from there the way leads forward like over a live rotation. */
  async #begin(): Promise<void> {
    const { position, startAt, directory, file } = this.#options;
    const handle = await this.#openCurrent();
    if (!isPlace(position)) {
      this.#adopt(handle, startAt === "end" ? stateOf(handle).size : 0);
      return this.#lines.alignToLineEnd(handle);
    }
    if (await sameFile(handle, position)) return this.#adopt(handle, position.offset);
    const { found, younger, packed } = await generationsAfter(directory, file, position, this.#options.within);
    if (!found) this.#lost.push(`the end of the earlier ${file} is gone`, ...packed);
    const first = found ?? younger[0];
    const older = first && (await openForReading(first, this.#options.within).catch(() => undefined));
    if (!older) return this.#adopt(handle, 0);
    await handle.close();
    this.#adopt(older, found ? position.offset : 0);
  }

  async #openCurrent(): Promise<FileHandle> {
    try {
      return await openForReading(this.#path, this.#options.within);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EMFILE" || code === "ENFILE" || code === "ENOMEM" || code === "EIO") throw error;
      throw new SourceAbsent(`cannot read ${this.#path}: ${code ?? (error as Error).message}`, remedyFor(code));
    }
  }

  #adopt(handle: FileHandle, offset: number): void {
    this.#handle = handle;
    this.#lines = new LineReader(offset);
    this.#changedAt = undefined;
  }

  async #truncated(): Promise<boolean> {
    const handle = this.#handle as FileHandle;
    const { size } = stateOf(handle);
    if (size < this.#lines.offset) return true;
    return size > this.#lines.offset && !(await this.#lines.headUnchanged(handle));
  }

  /** logrotate's `copytruncate` leaves a copy, in which the reading goes on; a bare truncation leaves nothing. */
  async #afterTruncation(): Promise<void> {
    const { directory, file } = this.#options;
    const { found } = await generationsAfter(directory, file, this.#place(), this.#options.within);
    const copy = found && (await openForReading(found, this.#options.within).catch(() => undefined));
    if (!copy) this.#lost.push(`${file} was truncated`);
    const handle = this.#handle as FileHandle;
    if (!copy) return this.#adopt(handle, 0);
    await handle.close();
    this.#adopt(copy, this.#lines.offset);
    await this.#lines.rememberHead(copy);
  }

  /** Reads to the end of the open file; true when there was something. */
  async #drain(): Promise<boolean> {
    const handle = this.#handle as FileHandle;
    let grew = false;
    while (!this.#stopped) {
      const bytes = await this.#lines.read(handle);
      if (bytes === undefined) break;
      grew = true;
      await this.#give(bytes);
    }
    if (this.#lost.length > 0 || this.#lines.dropped > 0) await this.#give(Buffer.alloc(0));
    return grew;
  }

  async #give(bytes: Buffer): Promise<void> {
    if (this.#lines.dropped > 0) this.#lost.push(`${this.#lines.dropped} line(s) longer than 1 MiB`);
    this.#lines.dropped = 0;
    await this.#lines.rememberHead(this.#handle as FileHandle);
    const position = this.#place();
    const lost = this.#lost.join("; ");
    this.#lost = [];
    if (!this.#stopped) this.#next(lost === "" ? { bytes, position } : { bytes, position, lost });
  }

  #place(): TailPosition {
    const { device, inode, modified } = stateOf(this.#handle as FileHandle);
    const { offset, head } = this.#lines;
    return { device, inode, offset, modified, ...(head === undefined ? {} : { head }) };
  }

  /** Goes to the next generation when the path names another file; true when there is more to read at once. */
  async #followRotation(grew: boolean): Promise<boolean> {
    const open = stateOf(this.#handle as FileHandle);
    const named = stateAt(this.#path);
    if (named && named.inode === open.inode && named.device === open.device) {
      this.#changedAt = undefined;
      return false;
    }
    const now = performance.now();
    if (this.#changedAt === undefined || (!named && grew)) this.#changedAt = now;
    const next = await this.#nextGeneration();
    if (next) return this.#moveTo(next.path, next.overtaken);
    const waited = now - this.#changedAt;
    if (named) return named.size === 0 && waited < LINGER_MS ? false : this.#moveTo(this.#path);
    if (waited < GONE_MS) return false;
    throw new SourceAbsent(`${this.#path} was removed`, remedyFor("ENOENT"));
  }

  /**
   * The rotated file written right after the open one; undefined when that is the current file. `overtaken`: the open
   * one was thrown away while others are kept, so that between the two some may have been thrown away too.
   */
  async #nextGeneration(): Promise<{ readonly path: string; readonly overtaken: boolean } | undefined> {
    const { directory, file } = this.#options;
    const { found, younger } = await generationsAfter(directory, file, this.#place(), this.#options.within);
    const [path] = younger;
    const overtaken = found === undefined && isUnlinked(this.#handle as FileHandle);
    return path === undefined ? undefined : { path, overtaken };
  }

  /** False when the file moved again in the meantime: the caller's next round sees where to. */
  async #moveTo(path: string, overtaken = false): Promise<boolean> {
    const next = await openForReading(path, this.#options.within).catch(absent);
    if (!next) return false;
    if (path === this.#path && (await this.#nextGeneration())) {
      await next.close();
      return true;
    }
    await this.#drain();
    const old = this.#handle as FileHandle;
    const rest = await this.#lines.rest(old);
    if (rest) await this.#give(rest);
    if (overtaken) this.#lost.push(`${this.#options.file} was rotated away faster than it was read`);
    this.#adopt(next, 0);
    await old.close();
    return true;
  }
}

/** Absent is an answer; anything else is a fault of the source. */
function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}

function remedyFor(code: string | undefined): string {
  if (code === "EACCES" || code === "EPERM") {
    return "run the module as root or in the group that owns the log (adm on Debian)";
  }
  return "let the host write this log, and mount its directory (not the file) into the module, read-only";
}
