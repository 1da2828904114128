/**
 * Fields of a record: ` name=value`, blanks between. A value that an attacker chooses is quoted only when it has no
 * blank, quote, control or non-ASCII byte, and hex otherwise (kernel/audit.c `audit_log_untrustedstring`), so
 * ` name=` cannot stand inside a value. After 0x1d auditd adds its own names (`log_format = ENRICHED`).
 */
import type { Piece } from "./record.ts";
import { shared } from "./shared.ts";

const QUOTE = 34;
const SPACE = 32;
const MINUS = 45;
/** Values that say "none". */
const NONE = new Set(["(null)", "(none)", "?", "(unknown)", ""]);
/** The kernel's unset uid and session, as unsigned and as signed. */
const UNSET = 4_294_967_295;

export class Fields {
  readonly text: string;
  /** Where the enriched part begins, or the length. */
  readonly base: number;
  #at = 0;

  constructor({ bytes, start, end }: Piece) {
    const text = bytes.toString("latin1", start, end);
    this.text = text.charCodeAt(0) === SPACE ? text : ` ${text.slice(1)}`;
    const enriched = this.text.indexOf("\x1d");
    this.base = enriched < 0 ? this.text.length : enriched;
  }

  /**
   * Raw value behind ` name=`; the name is given with its blank and sign, so that no search text is built. Asking in
   * the order in which the kernel writes makes one pass of all.
   */
  raw(name: string): string | undefined {
    const start = this.#find(name);
    return start < 0 ? undefined : this.#valueAt(start, this.base);
  }

  /** Decimal; undefined when absent or no number. */
  number(name: string): number | undefined {
    const start = this.#find(name);
    if (start < 0) return undefined;
    const { text } = this;
    const negative = text.charCodeAt(start) === MINUS;
    let at = negative ? start + 1 : start;
    const first = at;
    let value = 0;
    for (let digit: number; at < this.base; at++) {
      digit = text.charCodeAt(at) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at === first || (at < this.base && text.charCodeAt(at) !== SPACE)) return undefined;
    return negative ? -value : value;
  }

  /** A uid or session id; undefined when unset. */
  id(name: string): number | undefined {
    const value = this.number(name);
    return value === undefined || value < 0 || value === UNSET ? undefined : value;
  }

  /** System call arguments are hex without a prefix. */
  hex(name: string): number {
    const value = Number.parseInt(this.raw(name) ?? "", 16);
    return Number.isNaN(value) ? 0 : value;
  }

  /** Decoded untrusted string; undefined for `(null)` and its like. */
  string(name: string): string | undefined {
    const raw = this.raw(name);
    return raw === undefined ? undefined : decode(raw);
  }

  /** A string that many records share, kept once. */
  shared(name: string): string | undefined {
    const value = this.string(name);
    return value === undefined ? undefined : shared(value);
  }

  /** Name that auditd resolved (`UID="root"`), in the enriched part; undefined when it did not know. */
  enriched(name: string): string | undefined {
    if (this.base === this.text.length) return undefined;
    const later = this.text.indexOf(` ${name}="`, this.base);
    const at = this.text.startsWith(`${name}="`, this.base + 1) ? this.base : later;
    if (at < 0) return undefined;
    const start = at + name.length + 3;
    const end = this.text.indexOf('"', start);
    const value = end < 0 ? "" : this.text.slice(start, end);
    return value === "" || value === "unset" || value.startsWith("unknown(") ? undefined : shared(utf8(value));
  }

  /** Where the value begins, or -1. */
  #find(name: string): number {
    let found = this.text.indexOf(name, this.#at);
    if ((found < 0 || found >= this.base) && this.#at > 0) found = this.text.indexOf(name);
    if (found < 0 || found >= this.base) return -1;
    this.#at = found + name.length;
    return this.#at;
  }

  #valueAt(start: number, limit: number): string {
    if (this.text.charCodeAt(start) === QUOTE) {
      const close = this.text.indexOf('"', start + 1);
      return this.text.slice(start, close < 0 || close >= limit ? limit : close + 1);
    }
    const end = this.text.indexOf(" ", start);
    return this.text.slice(start, end < 0 || end > limit ? limit : end);
  }
}

/** `"plain"` or hex -> text; undefined for none. Hex that is none is given as it stands. */
export function decode(raw: string): string | undefined {
  if (raw.charCodeAt(0) === QUOTE) return unquote(raw);
  if (NONE.has(raw)) return undefined;
  return isHex(raw) ? Buffer.from(raw, "hex").toString("utf8") : raw;
}

/** The bytes of a value, for parts of one text whose characters may be cut anywhere. */
export function decodeBytes(raw: string): Buffer {
  if (raw.charCodeAt(0) === QUOTE) return Buffer.from(unquote(raw), "latin1");
  return isHex(raw) ? Buffer.from(raw, "hex") : Buffer.from(raw, "latin1");
}

/** Text that was read as latin1 but may hold UTF-8 (records that user space wrote). */
export function utf8(text: string): string {
  for (let i = 0; i < text.length; i++)
    if (text.charCodeAt(i) > 127) return Buffer.from(text, "latin1").toString("utf8");
  return text;
}

function unquote(raw: string): string {
  return raw.slice(1, raw.length > 1 && raw.charCodeAt(raw.length - 1) === QUOTE ? -1 : raw.length);
}

/** The kernel writes upper case in pairs. */
function isHex(raw: string): boolean {
  if (raw.length === 0 || raw.length % 2 === 1) return false;
  for (let i = 0; i < raw.length; i++) {
    const code = raw.charCodeAt(i);
    if (!((code >= 48 && code <= 57) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102))) return false;
  }
  return true;
}
