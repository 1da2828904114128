/**
 * The threat lists that the twin names: inline, from files in a mounted folder, from https addresses. Each is loaded
 * alone and one after the other; a bad one leaves the old one in place.
 *
 * Blind spot: between the start and the first successful download an https list is the copy of the last run; on a
 * device that never had one it is empty.
 */

import { setTimeout as pause } from "node:timers/promises";
import { Observable, type Subscriber } from "rxjs";
import type { Configuration } from "../config/configuration.ts";
import { withoutQuery } from "../config/shown.ts";
import type { ThreatListSettings } from "../config/threat-list-settings.ts";
import type { Fact } from "../events/fact.ts";
import type { ThreatLists } from "../parsers/threats/threat-lists.ts";
import type { Stream } from "../ports.ts";
import { download, ListUnreachable } from "./list-download.ts";
import { fileChanges, openList } from "./list-file.ts";
import { takeIn } from "./list-intake.ts";

export interface ThreatListOptions {
  /** The `threatLists` section, again at every change. */
  readonly configured: Observable<Configuration["threatLists"]>;
  /** Folder in which `file` lists stand; nothing outside it is read. */
  readonly directory: string;
  /** Where a list goes when it was read; a bad one leaves the old one there. */
  readonly lists: ThreatLists;
  /** Keeps downloads over a restart. */
  readonly cache?: ListCache;
  /** Told of every outcome, for the reported properties; undefined: the list is no longer configured. */
  onOutcome?(name: string, outcome: ListOutcome | undefined): void;
  /** For tests; default the platform's, which verifies certificates. */
  readonly fetch?: typeof fetch;
  /** First pause after a failed download, ms; it doubles up to the interval. */
  readonly retryFirst?: number;
  /** How long a file must be quiet, ms. */
  readonly quiet?: number;
}

export interface ListOutcome {
  readonly state: "loaded" | "unchanged" | "failed";
  /** Entries in force. */
  readonly size: number;
  /** Epoch ms. */
  readonly at: number;
  readonly reason?: string;
}

/** The last good content of an https list, on disk. */
export interface ListCache {
  read(
    name: string,
    url: string,
  ): Promise<{ readonly etag?: string; readonly content: AsyncIterable<Uint8Array> } | undefined>;
  /** Passes the content through and keeps it once `commit` is called; without it the old one stays. */
  write(
    name: string,
    content: AsyncIterable<Uint8Array>,
  ): { readonly content: AsyncIterable<Uint8Array>; commit(url: string, etag: string | undefined): Promise<void> };
}

const firstRetry = 60_000;

export function threatLists(options: ThreatListOptions): Stream {
  return {
    source: "threat-lists",
    open: () =>
      new Observable<Fact>((subscriber) => {
        const desk = new Desk(options, subscriber);
        const subscription = options.configured.subscribe((lists) => desk.configure(lists));
        return () => {
          subscription.unsubscribe();
          desk.configure({});
        };
      }),
  };
}

interface Running {
  readonly json: string;
  readonly end: AbortController;
}

/** Runs each configured list; one whose settings did not change goes on as it was. */
class Desk {
  readonly #options: ThreatListOptions;
  readonly #out: Subscriber<Fact>;
  readonly #running = new Map<string, Running>();
  readonly #failed = new Map<string, string>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ThreatListOptions, out: Subscriber<Fact>) {
    this.#options = options;
    this.#out = out;
  }

  configure(lists: Configuration["threatLists"]): void {
    for (const [name, { json, end }] of this.#running) {
      if (Object.hasOwn(lists, name) && JSON.stringify(lists[name]) === json) continue;
      end.abort();
      this.#running.delete(name);
      this.#failed.delete(name);
    }
    for (const name of this.#options.lists.sizes().keys()) if (!Object.hasOwn(lists, name)) this.#forget(name);
    for (const [name, list] of Object.entries(lists)) {
      if (this.#running.has(name)) continue;
      const end = new AbortController();
      this.#running.set(name, { json: JSON.stringify(list), end });
      void this.#run(name, list, end.signal);
    }
    this.#reportHealth();
  }

  #forget(name: string): void {
    if (this.#out.closed) return;
    this.#options.lists.remove(name);
    this.#options.onOutcome?.(name, undefined);
  }

  async #run(name: string, list: ThreatListSettings, signal: AbortSignal): Promise<void> {
    if (list.url !== undefined) await this.#download(name, list, list.url, signal);
    else if (list.file !== undefined) this.#follow(name, list, list.file, signal);
    else await this.#attempt(name, list, signal, () => this.#load(name, inline(list), list));
  }

  #follow(name: string, list: ThreatListSettings, file: string, signal: AbortSignal): void {
    const { directory, quiet } = this.#options;
    let mark = "";
    const load = async () => {
      const opened = await openList(directory, file);
      try {
        if (opened.mark === mark) return undefined;
        mark = opened.mark;
        return await this.#load(name, opened.content, list);
      } finally {
        await opened.close();
      }
    };
    const changes = fileChanges(directory, file, quiet).subscribe(() => {
      void this.#attempt(name, list, signal, load);
    });
    signal.addEventListener("abort", () => changes.unsubscribe());
  }

  async #download(name: string, list: ThreatListSettings, url: string, signal: AbortSignal): Promise<void> {
    const { cache, fetch: get = fetch, retryFirst = firstRetry } = this.#options;
    let etag = await this.#cached(name, list, url, signal);
    let failures = 0;
    const load = async () => {
      const { content, etag: next } = await download(url, etag, get, signal);
      if (!content) return undefined;
      const kept = cache?.write(name, content);
      const size = await this.#load(name, kept?.content ?? content, list);
      await kept?.commit(url, next).catch(() => undefined);
      etag = next;
      return size;
    };
    while (!signal.aborted) {
      failures = (await this.#attempt(name, list, signal, load)) ? 0 : failures + 1;
      const interval = list.intervalMinutes * 60_000;
      const wait = failures === 0 ? interval : Math.min(interval, retryFirst * 2 ** Math.min(failures - 1, 20));
      await pause(wait * (0.9 + Math.random() / 5), undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** The copy of the last run, so that a start without a network is not blind; returns its ETag. */
  async #cached(name: string, list: ThreatListSettings, url: string, signal: AbortSignal): Promise<string | undefined> {
    const copy = await this.#options.cache?.read(name, url).catch(() => undefined);
    if (!copy || signal.aborted) return undefined;
    const size = await this.#inTurn(() => this.#load(name, copy.content, list)).catch(() => undefined);
    if (size === undefined || signal.aborted) return undefined;
    this.#tell(name, { state: "loaded", size, reason: "the copy of the last run" });
    return copy.etag;
  }

  /** True when it went well. `load` resolves with the new size, undefined where nothing changed. */
  async #attempt(
    name: string,
    list: ThreatListSettings,
    signal: AbortSignal,
    load: () => Promise<number | undefined>,
  ): Promise<boolean> {
    const before = () => this.#options.lists.sizes().get(name) ?? 0;
    try {
      const size = await this.#inTurn(() => (signal.aborted ? Promise.resolve(undefined) : load()));
      if (signal.aborted) return true;
      if (size === undefined && this.#failed.has(name) && list.file !== undefined) return false;
      this.#failed.delete(name);
      this.#tell(name, { state: size === undefined ? "unchanged" : "loaded", size: size ?? before() });
      return true;
    } catch (error) {
      if (signal.aborted) return true;
      this.#fail(name, list, error, before());
      return false;
    }
  }

  async #load(name: string, content: AsyncIterable<Uint8Array>, list: ThreatListSettings): Promise<number> {
    const { list: read } = await takeIn(name, content, list);
    // What was configured meanwhile decides, not what was read for it.
    if (this.#running.get(name)?.json === JSON.stringify(list)) this.#options.lists.set(read);
    return read.size;
  }

  /** One list at a time: two large ones at once would cost their memory twice. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #tell(name: string, outcome: Omit<ListOutcome, "at">): void {
    this.#options.onOutcome?.(name, { ...outcome, at: Date.now() });
    this.#reportHealth();
  }

  /** The same reason is told once; a server that cannot be reached is no fault of the configuration. */
  #fail(name: string, list: ThreatListSettings, error: unknown, size: number): void {
    const reason = reasonOf(error);
    const known = this.#failed.get(name) === reason;
    this.#failed.set(name, reason);
    this.#tell(name, { state: "failed", size, reason });
    if (known || error instanceof ListUnreachable) return;
    const source = list.file ?? (list.url === undefined ? "inline entries" : withoutQuery(list.url));
    this.#out.next({
      kind: "configuration.rejected",
      at: Date.now(),
      path: `threatLists.${name}`,
      expected: `a readable list from ${source}`,
      got: reason,
    });
  }

  #reportHealth(): void {
    const [first] = this.#failed;
    const reason = first ? `${this.#failed.size} of ${this.#running.size} lists failed, ${first[0]}: ${first[1]}` : "";
    const state = first ? "degraded" : "live";
    this.#out.next({ kind: "source.reported", at: Date.now(), source: "threat-lists", state, reason });
  }
}

async function* inline(list: ThreatListSettings): AsyncGenerator<Uint8Array> {
  yield Buffer.from(Object.values(list.entries ?? {}).join("\n"));
}

/** Paths of this machine are no news to the operator; the code says it. */
function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code === "ENOENT") return "there is no such file in the folder for lists";
  if (typeof code === "string" && code.startsWith("E")) return `it cannot be read: ${code}`;
  return typeof message === "string" ? message : String(error);
}
