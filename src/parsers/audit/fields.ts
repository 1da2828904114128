/**
 * Fields of a record: ` name=value`, blanks between. A value that an attacker chooses is quoted only when it has no
 * blank, quote, control or non-ASCII byte, and hex otherwise (kernel/audit.c `audit_log_untrustedstring`), so
 * ` name=` cannot stand inside a value. After 0x1d auditd adds its own names (`log_format = ENRICHED`).
 */
import type { Piece } from "./record.ts";

const QUOTE = 34;
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
    this.text = bytes.toString("latin1", start, end);
    const enriched = this.text.indexOf("\x1d");
    this.base = enriched < 0 ? this.text.length : enriched;
  }

  /** Raw value of ` name=`; asking in the order in which the kernel writes makes one pass of all. */
  raw(name: string): string | undefined {
    const found = this.#find(` ${name}=`, this.#at) ?? this.#find(` ${name}=`, 0) ?? this.#first(`${name}=`);
    if (found === undefined) return undefined;
    this.#at = found;
    return this.#valueAt(found, this.base);
  }

  number(name: string): number | undefined {
    const raw = this.raw(name);
    if (raw === undefined) return undefined;
    const value = Number(raw);
    return Number.isFinite(value) ? value : undefined;
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

  /** Name that auditd resolved (`UID="root"`), in the enriched part; undefined when it did not know. */
  enriched(name: string): string | undefined {
    if (this.base === this.text.length) return undefined;
    const later = this.text.indexOf(` ${name}="`, this.base);
    const at = this.text.startsWith(`${name}="`, this.base + 1) ? this.base : later;
    if (at < 0) return undefined;
    const start = at + name.length + 3;
    const end = this.text.indexOf('"', start);
    const value = end < 0 ? "" : this.text.slice(start, end);
    return value === "" || value === "unset" || value.startsWith("unknown(") ? undefined : utf8(value);
  }

  #find(needle: string, from: number): number | undefined {
    const found = this.text.indexOf(needle, from);
    return found < 0 || found >= this.base ? undefined : found + needle.length;
  }

  #first(needle: string): number | undefined {
    return this.text.startsWith(needle) ? needle.length : undefined;
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
