/** One line of the log: `[node=NAME ]type=TYPE msg=audit(SECONDS.MILLIS:SERIAL): FIELDS`, read as bytes. */
import { type RecordType, recordType } from "./record-type.ts";

/** The fields of one record, still bytes. Holds the whole chunk alive, so it must not outlive its event. */
export interface Piece {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

const SPACE = 32;
const DOT = 46;
const COLON = 58;
const TYPE = Buffer.from("type=");
const NODE = Buffer.from("node=");
const STAMP = Buffer.from("msg=audit(");
/** A host name is at most 253 bytes; more is damage. */
const MAX_NODE = 256;

/** Reads one header at a time into its own fields: no object per line. */
export class Header {
  type: RecordType | undefined;
  /** Epoch milliseconds. */
  at = 0;
  serial = 0;
  node = "";
  /** The blank before the first field, so that each field begins with one. */
  fields = 0;
  #nodeAt: Buffer = Buffer.alloc(0);

  /** False when the line is no record that anything wants. */
  read(bytes: Buffer, start: number, end: number): boolean {
    let at = start;
    if (bytes[at] === 110 && startsWith(NODE, bytes, at, end)) {
      const last = Math.min(end, at + MAX_NODE + 1);
      let space = at;
      while (space < last && bytes[space] !== SPACE) space++;
      if (space >= last) return false;
      this.#readNode(bytes, at + NODE.length, space);
      at = space + 1;
    } else if (this.node !== "") {
      this.node = "";
      this.#nodeAt = Buffer.alloc(0);
    }
    if (!startsWith(TYPE, bytes, at, end)) return false;
    at += TYPE.length;
    let space = at;
    while (space < end && bytes[space] !== SPACE) space++;
    this.type = recordType(bytes, at, space);
    return this.type !== undefined && this.#readStamp(bytes, space + 1, end);
  }

  /** Lines of one node follow each other: its name is decoded once. */
  #readNode(bytes: Buffer, start: number, end: number): void {
    if (this.#nodeAt.length === end - start && this.#nodeAt.compare(bytes, start, end) === 0) return;
    this.#nodeAt = Buffer.from(bytes.subarray(start, end));
    this.node = this.#nodeAt.toString("latin1");
  }

  #readStamp(bytes: Buffer, start: number, end: number): boolean {
    if (!startsWith(STAMP, bytes, start, end)) return false;
    let at = start + STAMP.length;
    let seconds = 0;
    let millis = 0;
    let serial = 0;
    for (; at < end && isDigit(bytes[at] as number); at++) seconds = seconds * 10 + (bytes[at] as number) - 48;
    if (bytes[at++] !== DOT) return false;
    for (; at < end && isDigit(bytes[at] as number); at++) millis = millis * 10 + (bytes[at] as number) - 48;
    if (bytes[at++] !== COLON) return false;
    for (; at < end && isDigit(bytes[at] as number); at++) serial = serial * 10 + (bytes[at] as number) - 48;
    // `): `, where user space may leave out the last blank.
    if (at + 2 > end || bytes[at + 1] !== COLON || seconds > 1e11 || millis > 999) return false;
    this.at = seconds * 1000 + millis;
    this.serial = serial;
    this.fields = bytes[at + 2] === SPACE ? at + 2 : at + 1;
    return this.fields <= end;
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function startsWith(prefix: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (start + prefix.length > end) return false;
  for (let i = 0; i < prefix.length; i++) if (bytes[start + i] !== prefix[i]) return false;
  return true;
}
