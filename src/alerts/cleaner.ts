import { isSecretName, redactArguments, redactText } from "./redact.ts";
import { clip, manyLines, oneLine } from "./visible.ts";

/** How much of a finding is shown; all in UTF-16 units or items. */
export interface Limits {
  readonly commandLine: number;
  readonly ancestorLine: number;
  readonly ancestors: number;
  readonly line: number;
  /** Sum of all strings and keys in `data`. */
  readonly data: number;
  readonly items: number;
  readonly depth: number;
}

/** Work that one string may cost before it is cut for good. */
const hardLimit = 64 * 1024;

/** Redacts, makes visible and clips what comes from the host, and remembers whether anything was lost. */
export class Cleaner {
  truncated = false;
  readonly limits: Limits;
  readonly #redact: boolean;
  #data: number;

  constructor(limits: Limits, redact: boolean) {
    this.limits = limits;
    this.#redact = redact;
    this.#data = limits.data;
  }

  /** One line for names, paths, messages. */
  line(text: string, limit = this.limits.line): string {
    return this.#cut(oneLine(this.#secretless(text), hardLimit), limit);
  }

  /** Keeps newlines and tabs, for prose and scripts. */
  lines(text: string, limit = this.limits.line): string {
    return this.#cut(manyLines(this.#secretless(text), hardLimit), limit);
  }

  /** Arguments as one command line, quoted as a shell would need it, so that the borders of arguments can be seen. */
  commandLine(argv: readonly string[], limit = this.limits.commandLine): string {
    const kept: string[] = [];
    let length = 0;
    for (const argument of argv) {
      if (length > hardLimit) break;
      kept.push(this.#bounded(argument));
      length += argument.length + 1;
    }
    if (kept.length < argv.length) this.truncated = true;
    const shown = this.#redact ? redactArguments(kept) : kept;
    return this.#cut(manyLines(shown.map(quoted).join(" "), 2 * hardLimit), limit);
  }

  list<T>(items: readonly T[], limit = this.limits.items): readonly T[] {
    if (items.length <= limit) return items;
    this.truncated = true;
    return items.slice(0, limit);
  }

  /** A JSON-safe, bounded copy of anything; undefined for what JSON cannot hold. */
  data(value: unknown, depth = this.limits.depth): unknown {
    switch (typeof value) {
      case "string":
        return this.#spend(this.lines(value));
      case "number":
      case "boolean":
        this.#data = Math.max(0, this.#data - 8);
        return Number.isFinite(Number(value)) ? value : null;
      case "bigint":
        return String(value);
      case "object":
        return value === null ? null : this.#nested(value, depth);
      default:
        return undefined;
    }
  }

  #nested(value: object, depth: number): unknown {
    if (depth === 0 || this.#data === 0) {
      this.truncated = true;
      return "…";
    }
    if (Array.isArray(value)) return this.list(value).map((item) => this.data(item, depth - 1) ?? null);
    const entries = this.list(Object.entries(value)).flatMap(([key, item]) => {
      const hidden = this.#redact && typeof item === "string" && isSecretName(key);
      const copy = hidden ? "***" : this.data(item, depth - 1);
      return copy === undefined ? [] : [[this.#spend(this.line(key, 128)), copy]];
    });
    return Object.fromEntries(entries);
  }

  #spend(text: string): string {
    const shown = this.#cut(text, this.#data);
    this.#data = Math.max(0, this.#data - shown.length);
    return shown;
  }

  #secretless(text: string): string {
    const bounded = this.#bounded(text);
    return this.#redact ? redactText(bounded) : bounded;
  }

  /** Cuts what no limit would ever show, at a space, so that half a secret is not taken for a word. */
  #bounded(text: string): string {
    if (text.length <= hardLimit) return text;
    this.truncated = true;
    const cut = text.slice(0, hardLimit);
    return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), hardLimit - 4096))} …`;
  }

  #cut(text: string, limit: number): string {
    if (text.length > limit) this.truncated = true;
    return clip(text, limit);
  }
}

/** Quotes an argument for a POSIX shell where it needs it. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./*-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
