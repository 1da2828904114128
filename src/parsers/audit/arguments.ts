/** EXECVE and PROCTITLE -> argv (kernel/auditsc.c `audit_log_execve_info`, `audit_log_proctitle`). */
import { decode, decodeBytes } from "./fields.ts";
import type { Piece } from "./record.ts";

/** More arguments or text than this tell a detector nothing new; `find | xargs` may bring 100,000. */
const MAX_ARGUMENTS = 1_024;
const MAX_TEXT = 128 * 1024;
const QUOTE = 34;

/** Pieces of split arguments by index. */
type Parts = Map<number, Buffer[]>;

/**
 * The arguments, argv[0] first. An argument longer than a record is split: `a1_len=9000 a1[0]=...`, `a1[1]=...` in the
 * next record; its parts are joined as bytes, since a character may be cut between them.
 */
export function argumentsOf(execve: readonly Piece[]): string[] {
  const argv: string[] = [];
  const parts: Parts = new Map();
  let room = MAX_TEXT;
  for (const { bytes, start, end } of execve) {
    room = readArguments(bytes.toString("latin1", start, end), argv, parts, room);
    if (room <= 0) break;
  }
  for (const [index, pieces] of parts) argv[index] = Buffer.concat(pieces).toString("utf8");
  for (let i = 0; i < argv.length; i++) argv[i] ??= "";
  return argv;
}

function readArguments(text: string, argv: string[], parts: Parts, room: number): number {
  let left = room;
  for (let at = 0; at < text.length && left > 0; ) {
    if (text.charCodeAt(at) === 32) {
      at++;
      continue;
    }
    const equals = text.indexOf("=", at);
    if (equals < 0) break;
    const end = valueEnd(text, equals + 1);
    const { index, part } = argument(text, at, equals);
    if (index !== undefined) {
      const raw = text.slice(equals + 1, end);
      left -= raw.length;
      if (part) addPart(parts, index, decodeBytes(raw));
      else argv[index] = decode(raw) ?? "";
    }
    at = end;
  }
  return left;
}

function addPart(parts: Parts, index: number, piece: Buffer): void {
  const pieces = parts.get(index);
  if (pieces) pieces.push(piece);
  else parts.set(index, [piece]);
}

function valueEnd(text: string, start: number): number {
  const close = text.charCodeAt(start) === QUOTE ? text.indexOf('"', start + 1) : -1;
  if (close >= 0) return close + 1;
  const space = text.indexOf(" ", start);
  return space < 0 ? text.length : space;
}

/** `a12` -> 12; `a12[3]` -> 12, a part; `a12_len`, `argc` -> none. */
function argument(text: string, start: number, end: number): { index: number | undefined; part: boolean } {
  if (text.charCodeAt(start) !== 97) return { index: undefined, part: false };
  let index = 0;
  let at = start + 1;
  for (; at < end; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) break;
    index = index * 10 + digit;
  }
  const part = text.charCodeAt(at) === 91 && text.charCodeAt(end - 1) === 93;
  const whole = at === end;
  return at > start + 1 && index < MAX_ARGUMENTS && (part || whole) ? { index, part } : { index: undefined, part };
}

/** NUL-separated, cut at 128 bytes; empty when absent. */
export function titleOf(proctitle: Piece | undefined): string[] {
  if (!proctitle) return [];
  const text = proctitle.bytes.toString("latin1", proctitle.start, proctitle.end);
  if (!text.startsWith(" proctitle=")) return [];
  const end = valueEnd(text, 11);
  const title = decode(text.slice(11, end));
  return title === undefined ? [] : title.split("\0");
}
