/** Reads whole lines from a place in an open file, in bounded pieces. */
import type { FileHandle } from "node:fs/promises";
import { fingerprint, HEAD_BYTES, stateOf } from "./tail-generations.ts";

/** One read, 256 KiB: large enough to forget the cost of a call, small enough for a tiny heap. */
const CHUNK_BYTES = 256 * 1024;
/** No log writes longer lines; more is damage or an attack on memory. */
const MAX_LINE_BYTES = 1024 * 1024;
const NEWLINE = 10;

export class LineReader {
  /** Start of the first line not yet given. */
  offset: number;
  /** Lines given up because of their length, since the last reset by the owner. */
  dropped = 0;
  #skipping = false;
  /** What is skipped is no loss: it began before us. */
  #foreign = false;
  /** Where skipping has arrived; `offset` stays at the start of the line, so that a restart sees it again. */
  #skippedTo = 0;
  #head: string | undefined;

  constructor(offset: number) {
    this.offset = offset;
  }

  /** The next whole lines, or undefined when there is no whole line yet. */
  async read(handle: FileHandle): Promise<Buffer | undefined> {
    for (let want = CHUNK_BYTES; ; want = Math.min(want * 4, MAX_LINE_BYTES)) {
      const from = this.#skipping ? this.#skippedTo : this.offset;
      const bytes = await readAt(handle, from, this.#skipping ? CHUNK_BYTES : want);
      if (bytes.length === 0) return undefined;
      if (this.#skipping) {
        this.#skip(bytes);
        want = CHUNK_BYTES / 4;
        continue;
      }
      const end = bytes.lastIndexOf(NEWLINE) + 1;
      if (end > 0) {
        this.offset += end;
        return bytes.subarray(0, end);
      }
      if (bytes.length < want) return undefined;
      if (want === MAX_LINE_BYTES) {
        this.#skipping = true;
        this.#skippedTo = this.offset + bytes.length;
      }
    }
  }

  #skip(bytes: Buffer): void {
    const end = bytes.indexOf(NEWLINE) + 1;
    this.#skippedTo += end > 0 ? end : bytes.length;
    if (end === 0) return;
    this.#skipping = false;
    this.offset = this.#skippedTo;
    if (!this.#foreign) this.dropped++;
    this.#foreign = false;
  }

  /** The unfinished last line of a file that nobody writes to any more, ended with a newline. */
  async rest(handle: FileHandle): Promise<Buffer | undefined> {
    if (this.#skipping) {
      this.#skipping = false;
      if (!this.#foreign) this.dropped++;
      return Buffer.alloc(0);
    }
    const bytes = await readAt(handle, this.offset, MAX_LINE_BYTES);
    if (bytes.length === 0) return undefined;
    this.offset += bytes.length;
    return Buffer.concat([bytes, Buffer.from("\n")]);
  }

  /** After a start at the end of the file: the line now being written began before us, so it is left out. */
  async alignToLineEnd(handle: FileHandle): Promise<void> {
    if (this.offset === 0) return;
    const before = await readAt(handle, this.offset - 1, 1);
    if (before[0] === NEWLINE) return;
    this.#skipping = true;
    this.#skippedTo = this.offset;
    this.#foreign = true;
  }

  /** Identity of the first bytes, as far as remembered. */
  get head(): string | undefined {
    return this.#head;
  }

  /** The head grows to HEAD_BYTES with the file, then stays. */
  async rememberHead(handle: FileHandle): Promise<void> {
    if (this.#head?.startsWith(`${HEAD_BYTES}:`)) return;
    this.#head = await fingerprint(handle, Math.min(HEAD_BYTES, this.offset));
  }

  /** False when the file begins otherwise than it did: it was truncated and has already grown past our place. */
  async headUnchanged(handle: FileHandle): Promise<boolean> {
    if (this.#head === undefined) return true;
    return (await fingerprint(handle, Number.parseInt(this.#head, 10))) === this.#head;
  }
}

async function readAt(handle: FileHandle, from: number, length: number): Promise<Buffer> {
  const { size } = stateOf(handle);
  const want = Math.min(length, size - from);
  if (want <= 0) return Buffer.alloc(0);
  const buffer = Buffer.allocUnsafeSlow(want);
  let filled = 0;
  while (filled < want) {
    const { bytesRead } = await handle.read(buffer, filled, want - filled, from + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
