import { type FileHandle, mkdir, open, readdir, readFile, truncate, unlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import { syncDirectory } from "./replace-file.ts";

/**
 * A durable first-in-first-out log of small records in one directory, plain files only.
 *
 * Record: length u32 | crc32 u32 | sequence u64 | appended-at ms u64 | payload, little endian; the crc covers all that
 * follows it. Segments are named by their first sequence and removed whole when every record of them is acknowledged.
 * `cursor` holds two alternating slots (sequence u64 | generation u32 | crc32 u32): the lowest sequence not yet
 * acknowledged; losing the last write of it repeats a record, never loses one. Format and order of syncs were chosen
 * by measurement, see docs/decisions/outbox.md.
 *
 * One writer: the caller makes sure that no second process opens the directory.
 */
export interface LogRecord {
  readonly sequence: number;
  /** Epoch ms of the append. */
  readonly at: number;
  readonly bytes: number;
}

interface Place extends LogRecord {
  readonly segment: Segment;
  readonly offset: number;
}

interface Segment {
  readonly first: number;
  readonly path: string;
  size: number;
  /** Records in it that are not acknowledged or dropped. */
  live: number;
  /** Of its newest record, on the clock of `dropOlderThan`. */
  newestBorn: number;
}

export interface SegmentLogOptions {
  readonly directory: string;
  /** Bytes after which a new segment begins; default 1 MiB. */
  readonly segmentBytes?: number;
  /** Where a damaged segment is copied before it is cut. */
  readonly damagedDirectory: string;
  /** Told in one line what was repaired or set aside. */
  warn(text: string): void;
  /** Where a record of an earlier run, appended at this epoch ms, stands on the clock of ages; default: there. */
  bornOf?(at: number): number;
}

const headBytes = 24;
const slotBytes = 16;
const cursorBytes = 2 * slotBytes;
const maxPayload = 1 << 20;
/** Copies kept for whoever wants to look: more tell nothing new. */
const maxDamaged = 16;
const maxCandidates = 1_000;

export class SegmentLog {
  readonly #options: SegmentLogOptions;
  readonly #segments: Segment[] = [];
  readonly #places = new Map<number, Place>();
  #next = 1;
  #handle: FileHandle | undefined;
  #cursor: FileHandle | undefined;
  #generation = 0;
  #bytes = 0;

  private constructor(options: SegmentLogOptions) {
    this.#options = options;
  }

  /** Opens or creates the log and repairs what a crash left behind. Rejects only when the directory cannot be used. */
  static async open(options: SegmentLogOptions): Promise<SegmentLog> {
    const log = new SegmentLog(options);
    await mkdir(options.directory, { recursive: true, mode: 0o700 });
    const acknowledged = await log.#openCursor();
    await log.#scan(acknowledged);
    return log;
  }

  /** Records waiting. */
  get depth(): number {
    return this.#places.size;
  }

  /** Epoch ms of the append of the oldest waiting record. */
  get oldestAt(): number | undefined {
    return this.#places.values().next().value?.at;
  }

  /** Bytes on disk, acknowledged records of unfinished segments included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Waiting records, oldest first. */
  records(): IterableIterator<LogRecord> {
    return this.#places.values();
  }

  /**
   * Writes and syncs all payloads as one batch; returns their sequences. After a rejection nothing of it is kept.
   *
   * @param at epoch ms
   * @param born now, on the clock of `dropOlderThan`
   */
  async append(payloads: readonly Buffer[], at: number, born = at): Promise<readonly number[]> {
    const segment = await this.#writable();
    const before = segment.size;
    const frames = payloads.map((payload, i) => frame(payload, this.#next + i, at));
    const handle = this.#handle as FileHandle;
    try {
      await writeWhole(handle, Buffer.concat(frames), before);
      await handle.datasync();
    } catch (error) {
      // Seen at ENOSPC: a part of the batch is in the file and would be taken for a torn tail later.
      await handle.truncate(before).catch(() => undefined);
      throw error;
    }
    return frames.map((bytes) => this.#place(segment, at, born, bytes.length));
  }

  /** The payload of a waiting record, or undefined when it is gone or unreadable. */
  async read(sequence: number): Promise<Buffer | undefined> {
    const place = this.#places.get(sequence);
    if (!place) return undefined;
    const bytes = Buffer.alloc(place.bytes);
    const handle = await open(place.segment.path, "r");
    try {
      await handle.read(bytes, 0, place.bytes, place.offset);
    } finally {
      await handle.close();
    }
    return isWhole(bytes) ? bytes.subarray(headBytes) : undefined;
  }

  /** Forgets a record and stores the new cursor; a lost cursor write repeats records, so it is not synced each time. */
  async acknowledge(sequence: number): Promise<void> {
    const place = this.#places.get(sequence);
    if (!place) return;
    this.#places.delete(sequence);
    place.segment.live--;
    await this.#removeFinished();
    await this.#writeCursor();
  }

  /** Drops the oldest segment that still has waiting records; returns how many of them there were. */
  async dropOldest(): Promise<number> {
    const oldest = this.#segments.find((segment) => segment.live > 0);
    if (!oldest) return 0;
    const dropped = oldest.live;
    for (const [sequence, place] of this.#places) if (place.segment === oldest) this.#places.delete(sequence);
    oldest.live = 0;
    if (oldest === this.#segments.at(-1)) await this.#close();
    await this.#removeFinished(oldest);
    await this.#writeCursor();
    return dropped;
  }

  /** Drops the segments of which every record was born before `limit`; returns how many were waiting. */
  async dropOlderThan(limit: number): Promise<number> {
    let dropped = 0;
    while (
      this.#segments.some((s) => s.live > 0) &&
      (this.#segments.find((s) => s.live > 0) as Segment).newestBorn < limit
    ) {
      dropped += await this.dropOldest();
    }
    return dropped;
  }

  async close(): Promise<void> {
    await this.#cursor?.datasync().catch(() => undefined);
    await this.#cursor?.close();
    this.#cursor = undefined;
    await this.#close();
  }

  #place(segment: Segment, at: number, born: number, bytes: number): number {
    const sequence = this.#next++;
    this.#places.set(sequence, { sequence, at, bytes, segment, offset: segment.size });
    segment.size += bytes;
    segment.live++;
    segment.newestBorn = born;
    this.#bytes += bytes;
    return sequence;
  }

  async #writable(): Promise<Segment> {
    const last = this.#segments.at(-1);
    if (last && this.#handle && last.size < (this.#options.segmentBytes ?? 1 << 20)) return last;
    await this.#close();
    const path = join(this.#options.directory, `${String(this.#next).padStart(16, "0")}.log`);
    // Not "a": every write goes to its place. A file left by an append that failed half way is begun anew.
    const handle = await open(path, "w+", 0o600);
    try {
      await syncDirectory(this.#options.directory);
    } catch (error) {
      await handle.close();
      throw error;
    }
    this.#handle = handle;
    const segment: Segment = { first: this.#next, path, size: 0, live: 0, newestBorn: Number.NEGATIVE_INFINITY };
    this.#segments.push(segment);
    await this.#removeFinished();
    return segment;
  }

  async #close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }

  /** Removes segments without waiting records; the one being written stays unless it is `also`. */
  async #removeFinished(also?: Segment): Promise<void> {
    for (const segment of [...this.#segments]) {
      if (segment.live > 0 || (segment === this.#segments.at(-1) && this.#handle && segment !== also)) continue;
      const index = this.#segments.indexOf(segment);
      if (index < 0) continue; // another acknowledgement removed it while we waited for the disk
      this.#segments.splice(index, 1);
      this.#bytes -= segment.size;
      await unlink(segment.path).catch(() => undefined);
    }
  }

  async #openCursor(): Promise<number> {
    const path = join(this.#options.directory, "cursor");
    const stored = await readFile(path).catch(() => Buffer.alloc(0));
    const newest = newestSlot(stored);
    this.#generation = newest?.generation ?? 0;
    this.#cursor = await open(path, stored.length === cursorBytes ? "r+" : "w+", 0o600);
    return newest?.sequence ?? 1;
  }

  async #writeCursor(): Promise<void> {
    const lowest = this.#places.keys().next().value ?? this.#next;
    this.#generation++;
    const slot = Buffer.alloc(slotBytes);
    slot.writeBigUInt64LE(BigInt(lowest), 0);
    slot.writeUInt32LE(this.#generation >>> 0, 8);
    slot.writeUInt32LE(crc32(slot.subarray(0, 12)), 12);
    await this.#cursor?.write(slot, 0, slotBytes, (this.#generation % 2) * slotBytes).catch(() => undefined);
  }

  async #scan(acknowledged: number): Promise<void> {
    const { directory } = this.#options;
    const names = (await readdir(directory)).filter(isSegment).sort();
    this.#next = acknowledged;
    for (const name of names) await this.#scanSegment(join(directory, name), Number(name.slice(0, 16)), acknowledged);
    // The last segment is not continued: a fresh one keeps old and new records apart.
    await this.#removeFinished();
  }

  async #scanSegment(path: string, first: number, acknowledged: number): Promise<void> {
    const bytes = await readFile(path);
    const segment: Segment = { first, path, size: 0, live: 0, newestBorn: Number.NEGATIVE_INFINITY };
    this.#segments.push(segment);
    let offset = 0;
    let sound = 0;
    let damagedAt: number | undefined;
    for (;;) {
      const record = parseFrame(bytes, offset);
      if (!record) {
        const next = nextFrame(bytes, offset + 1, first);
        if (next === undefined) break;
        damagedAt ??= offset;
        offset = next;
        continue;
      }
      sound = offset + record.bytes;
      if (record.sequence >= acknowledged) {
        this.#places.set(record.sequence, { ...record, segment, offset });
        segment.live++;
      }
      segment.newestBorn = Math.max(segment.newestBorn, this.#options.bornOf?.(record.at) ?? record.at);
      this.#next = Math.max(this.#next, record.sequence + 1);
      offset += record.bytes;
    }
    segment.size = sound;
    this.#bytes += sound;
    if (damagedAt !== undefined) await this.#copyAside(path, bytes, damagedAt, "the records after the damage are kept");
    else if (sound < bytes.length) await this.#cut(path, bytes, sound);
  }

  /**
   * A torn tail (killed in mid-write: it was not promised to anybody) is cut off. A copy is kept, because damage to the
   * last record looks the same.
   */
  async #cut(path: string, bytes: Buffer, offset: number): Promise<void> {
    await this.#copyAside(path, bytes, offset, `its last ${bytes.length - offset} bytes are cut off`);
    // The segment is not continued, so a tail that a full disk keeps in place does no harm.
    await truncate(path, offset).catch(() => undefined);
  }

  async #copyAside(path: string, bytes: Buffer, offset: number, consequence: string): Promise<void> {
    const { damagedDirectory, warn } = this.#options;
    const copy = join(damagedDirectory, `${basename(dirname(path))}-${basename(path)}.${offset}.damaged`);
    try {
      await mkdir(damagedDirectory, { recursive: true, mode: 0o700 });
      const kept = (await readdir(damagedDirectory)).length;
      if (kept < maxDamaged) await writeFile(copy, bytes.subarray(offset), { mode: 0o600 });
      warn(
        `outbox: ${path} is damaged at byte ${offset}: ${consequence}${kept < maxDamaged ? `, a copy is ${copy}` : ""}`,
      );
    } catch (error) {
      warn(`outbox: ${path} is damaged at byte ${offset}: ${consequence}; no copy was made: ${String(error)}`);
    }
  }
}

/**
 * The payloads that wait in a log that cannot be written, oldest first: opened for reading, nothing is repaired. What
 * cannot be read is left out.
 */
export async function readWaiting(directory: string): Promise<readonly Buffer[]> {
  const cursor = await readFile(join(directory, "cursor")).catch(() => Buffer.alloc(0));
  const acknowledged = newestSlot(cursor)?.sequence ?? 1;
  const waiting: Buffer[] = [];
  for (const name of (await readdir(directory).catch(() => [])).filter(isSegment).sort()) {
    const bytes = await readFile(join(directory, name)).catch(() => Buffer.alloc(0));
    const first = Number(name.slice(0, 16));
    for (let offset = nextFrame(bytes, 0, first); offset !== undefined; ) {
      const record = parseFrame(bytes, offset) as LogRecord;
      const end = offset + record.bytes;
      if (record.sequence >= acknowledged) waiting.push(bytes.subarray(offset + headBytes, end));
      offset = nextFrame(bytes, end, first);
    }
  }
  return waiting;
}

/** A disk that is nearly full takes a part and says so only in the count (write(2)); the next try is refused. */
async function writeWhole(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, position + at);
    if (bytesWritten === 0) throw new Error("ENOSPC: the disk takes nothing");
    at += bytesWritten;
  }
}

function isSegment(name: string): boolean {
  return /^\d{16}\.log$/.test(name);
}

/**
 * The next sound record at or after `from`. A candidate must carry a sequence near the segment's own, which leaves so
 * few of them that the checksums cost nothing.
 */
function nextFrame(bytes: Buffer, from: number, first: number): number | undefined {
  let checksums = 0;
  for (let offset = from; offset + headBytes <= bytes.length && checksums < maxCandidates; offset++) {
    if (bytes.readUInt32LE(offset + 12) !== Math.floor(first / 2 ** 32)) continue;
    const low = bytes.readUInt32LE(offset + 8) - (first >>> 0);
    if (low < 0 || low > maxPayload || bytes.readUInt32LE(offset) > bytes.length - offset - headBytes) continue;
    checksums++;
    if (parseFrame(bytes, offset)) return offset;
  }
  return undefined;
}

function frame(payload: Buffer, sequence: number, at: number): Buffer {
  const bytes = Buffer.allocUnsafe(headBytes + payload.length);
  bytes.writeUInt32LE(payload.length, 0);
  bytes.writeBigUInt64LE(BigInt(sequence), 8);
  bytes.writeBigUInt64LE(BigInt(Math.max(0, Math.trunc(at))), 16);
  payload.copy(bytes, headBytes);
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
  return bytes;
}

function parseFrame(bytes: Buffer, offset: number): LogRecord | undefined {
  if (offset + headBytes > bytes.length) return undefined;
  const length = bytes.readUInt32LE(offset);
  const end = offset + headBytes + length;
  if (length > maxPayload || end > bytes.length || !isWhole(bytes.subarray(offset, end))) return undefined;
  const sequence = Number(bytes.readBigUInt64LE(offset + 8));
  return { sequence, at: Number(bytes.readBigUInt64LE(offset + 16)), bytes: headBytes + length };
}

function isWhole(record: Buffer): boolean {
  return record.length >= headBytes && record.readUInt32LE(4) === crc32(record.subarray(8));
}

function newestSlot(cursor: Buffer): { sequence: number; generation: number } | undefined {
  const slots = [0, slotBytes].flatMap((at) => readSlot(cursor.subarray(at, at + slotBytes)) ?? []);
  return slots.sort((a, b) => b.generation - a.generation)[0];
}

function readSlot(slot: Buffer): { sequence: number; generation: number } | undefined {
  if (slot.length < slotBytes || slot.readUInt32LE(12) !== crc32(slot.subarray(0, 12))) return undefined;
  return { sequence: Number(slot.readBigUInt64LE(0)), generation: slot.readUInt32LE(8) };
}
