/**
 * Records that user space writes through libaudit (`audit_log_acct_message`, `audit_log_user_message`):
 * `pid= uid= auid= ses= [subj=] msg='op=... acct="..." exe="..." hostname= addr= terminal= res=success'`.
 * `acct` is quoted or hex; `op` may hold blanks and is not quoted.
 */
import { decode, Fields, utf8 } from "./fields.ts";
import type { Piece } from "./record.ts";

const MAX_TEXT = 4_096;

export class UserMessage {
  /** The kernel's own fields around the message: they cannot be forged by the program. */
  readonly outer: Fields;
  readonly #inner: string;

  constructor(piece: Piece) {
    const end = Math.min(piece.end, piece.start + MAX_TEXT);
    this.outer = new Fields({ ...piece, end });
    const { text, base } = this.outer;
    const open = text.indexOf("msg='");
    const close = text.lastIndexOf("'", base - 1);
    this.#inner = open < 0 || open >= base ? "" : text.slice(open + 5, close > open + 5 ? close : base);
  }

  /** What was done: up to the next ` name=`. "" when absent. */
  get op(): string {
    const start = this.#start("op");
    if (start < 0) return "";
    const equals = this.#inner.indexOf("=", start);
    const end = equals < 0 ? this.#inner.length : this.#inner.lastIndexOf(" ", equals);
    return unquoted(this.#inner.slice(start, Math.max(start, end)).trim());
  }

  /** Raw value up to the next blank. */
  raw(name: string): string | undefined {
    const start = this.#start(name);
    if (start < 0) return undefined;
    const quoted = this.#inner.charCodeAt(start) === 34 ? this.#inner.indexOf('"', start + 1) : -1;
    if (quoted > 0) return this.#inner.slice(start, quoted + 1);
    const end = this.#inner.indexOf(" ", start);
    return this.#inner.slice(start, end < 0 ? this.#inner.length : end);
  }

  /** A name or path, quoted or hex; undefined for `?` and its like. */
  string(name: string): string | undefined {
    const raw = this.raw(name);
    const text = raw === undefined ? undefined : decode(raw);
    return text === undefined || text === "?" || text === "(unknown)" ? undefined : utf8(text);
  }

  /** Plain value that is never hex (addresses, terminals, units). */
  plain(name: string): string | undefined {
    const raw = this.raw(name);
    return raw === undefined || raw === "?" || raw === "" || raw === "(null)" ? undefined : utf8(unquoted(raw));
  }

  /** The last word of the message, so that no value before it can pretend it. */
  get succeeded(): boolean {
    const at = this.#inner.lastIndexOf(" res=");
    return at >= 0 && /^ res=(?:success|yes|1)/.test(this.#inner.slice(at, at + 13));
  }

  #start(name: string): number {
    const needle = `${name}=`;
    if (this.#inner.startsWith(needle)) return needle.length;
    const at = this.#inner.indexOf(` ${needle}`);
    return at < 0 ? -1 : at + needle.length + 1;
  }
}

function unquoted(text: string): string {
  return text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}
