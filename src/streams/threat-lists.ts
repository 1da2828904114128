import { createHash } from "node:crypto";
import { watch } from "node:fs";
import { open } from "node:fs/promises";
import { basename, join } from "node:path";
import {
  concatMap,
  debounceTime,
  defer,
  EMPTY,
  from,
  fromEvent,
  groupBy,
  map,
  merge,
  mergeMap,
  type Observable,
  of,
  startWith,
  switchMap,
  timer,
} from "rxjs";
import type { Configuration } from "../config/configuration.ts";
import type { Fact } from "../events/fact.ts";
import { type ListFormat, parseThreatList } from "../parsers/threats/threat-list.ts";
import type { ThreatLists } from "../parsers/threats/threat-lists.ts";
import type { Stream } from "../ports.ts";

type ListConfiguration = Configuration["threatLists"][string];

export interface ThreatListOptions {
  /** The `threatLists` section, again at every change. */
  readonly configured: Observable<Configuration["threatLists"]>;
  /** Folder in which `file` lists stand; nothing outside it is read. */
  readonly directory: string;
  /** Where a list goes when it was read; a bad one leaves the old one there. */
  readonly lists: ThreatLists;
  /** Told of every outcome, for the reported properties. */
  onOutcome?(name: string, outcome: ListOutcome): void;
  /** For tests; default the platform's, which verifies certificates. */
  readonly fetch?: typeof fetch;
}

export interface ListOutcome {
  readonly state: "loaded" | "unchanged" | "failed";
  readonly size: number;
  readonly at: number;
  readonly reason?: string;
}

/** Text of a list, or undefined where the server says that it did not change. */
type Loaded = { readonly text: string | undefined };

/** Loads the configured threat lists: inline, from watched files, by https with ETag. A bad list keeps the old one. */
export function threatLists(options: ThreatListOptions): Stream {
  return { source: "threat-lists", open: () => options.configured.pipe(switchMap((lists) => all(lists, options))) };
}

function all(configured: Configuration["threatLists"], options: ThreatListOptions): Observable<Fact> {
  const names = Object.keys(configured);
  for (const name of options.lists.sizes().keys()) if (!names.includes(name)) options.lists.remove(name);
  const at = Date.now();
  const report: Fact = {
    kind: "source.reported",
    at,
    source: "threat-lists",
    state: "live",
    reason: `${names.length} lists`,
  };
  return merge(of(report), ...names.map((name) => one(name, configured[name] as ListConfiguration, options)));
}

function one(name: string, list: ListConfiguration, options: ThreatListOptions): Observable<Fact> {
  return loads(list, options).pipe(
    concatMap((load) => from(take(name, list, load, options))),
    mergeMap((facts) => from(facts)),
  );
}

/** When to load, and how. */
function loads(list: ListConfiguration, options: ThreatListOptions): Observable<() => Promise<Loaded>> {
  if (list.entries) {
    const text = Object.values(list.entries).join("\n");
    return of(() => Promise.resolve({ text }));
  }
  if (list.file !== undefined) {
    const path = join(options.directory, basename(list.file));
    return changes(options.directory, basename(list.file)).pipe(
      map(() => () => readFileBounded(path, list.maxMegabytes)),
    );
  }
  const download = downloader(list, options.fetch ?? fetch);
  return timer(0, list.intervalMinutes * 60_000).pipe(map(() => download));
}

/** Once at the start and after each change of the file, when it has been quiet for a second. */
function changes(directory: string, file: string): Observable<unknown> {
  const watched = defer(() => {
    try {
      const watcher = watch(directory);
      return fromEvent(watcher, "change", (_type: string, name: string | null) => name).pipe(
        groupBy((n) => n === file),
        mergeMap((g) => (g.key ? g : EMPTY)),
      );
    } catch {
      return EMPTY; // no such folder yet: the slow poll below finds the file when it comes
    }
  });
  return merge(watched, timer(60_000, 60_000)).pipe(debounceTime(1000), startWith(undefined));
}

async function take(
  name: string,
  list: ListConfiguration,
  load: () => Promise<Loaded>,
  options: ThreatListOptions,
): Promise<Fact[]> {
  const outcome = (o: Omit<ListOutcome, "at">) => options.onOutcome?.(name, { ...o, at: Date.now() });
  const before = options.lists.sizes().get(name) ?? 0;
  try {
    const { text } = await load();
    if (text === undefined) {
      outcome({ state: "unchanged", size: before });
      return [];
    }
    if (list.sha256 !== undefined) checkPin(text, list.sha256);
    const size = parseInto(name, text, list, options.lists);
    outcome({ state: "loaded", size });
    return [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    outcome({ state: "failed", size: before, reason });
    const source = list.file ?? list.url ?? "inline entries";
    return [
      {
        kind: "configuration.rejected",
        at: Date.now(),
        path: `threatLists.${name}`,
        expected: `a readable list from ${source}`,
        got: reason,
      },
    ];
  }
}

function checkPin(text: string, sha256: string): void {
  const found = createHash("sha256").update(text).digest("hex");
  if (found !== sha256) throw new Error(`its SHA-256 is ${found}, the pin says ${sha256}`);
}

/** Takes the list over unless it has no entry at all or is mostly something else (an error page, a wrong column). */
function parseInto(name: string, text: string, list: ListFormat, lists: ThreatLists): number {
  const { list: parsed, rejected, firstRejected } = parseThreatList(name, text, list);
  if (rejected > parsed.size) {
    throw new Error(
      `${rejected} lines are no entry, first line ${firstRejected?.line}: ${JSON.stringify(firstRejected?.text)}`,
    );
  }
  if (parsed.size === 0) throw new Error("it has no entry");
  lists.set(parsed);
  return parsed.size;
}

async function readFileBounded(path: string, maxMegabytes: number): Promise<Loaded> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    if (size > maxMegabytes * 1e6) throw new Error(`it has ${size} bytes, more than ${maxMegabytes} MB`);
    return { text: await handle.readFile("utf8") };
  } finally {
    await handle.close();
  }
}

/** A GET that remembers the ETag; an answer larger than allowed is cut off and refused. */
function downloader(list: ListConfiguration, get: typeof fetch): () => Promise<Loaded> {
  let etag: string | undefined;
  return async () => {
    const response = await get(list.url as string, {
      headers: etag === undefined ? {} : { "if-none-match": etag },
      redirect: "follow",
      signal: AbortSignal.timeout(120_000),
    });
    if (response.status === 304) return { text: undefined };
    if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`);
    if (!response.url.startsWith("https:") && response.url !== "") throw new Error("it was redirected away from https");
    const text = await readBounded(response, list.maxMegabytes * 1e6);
    etag = response.headers.get("etag") ?? undefined;
    return { text };
  };
}

async function readBounded(response: Response, limit: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > limit) throw new Error(`it is larger than ${limit / 1e6} MB`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
