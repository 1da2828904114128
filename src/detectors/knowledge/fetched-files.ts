/**
 * Memory of files that came from the network: who wrote them, under which names they went on, and what ran them.
 * Fed by starts (the command line names the file) and by file changes (the fetcher writes it; rename, copy, inode).
 */
import type { FileChanged, ProcessStarted } from "../../events/fact.ts";
import { BoundedMap } from "../../operators/bounded.ts";
import { type Command, commandLine, resolvePath } from "./command.ts";
import { aliases, executedFile, printedFiles } from "./executions.ts";
import { fetchOf, isFetcher } from "./fetchers.ts";
import { isShell } from "./interpreters.ts";
import { basename, inSystemDirectory, inTemporaryDirectory, normalise } from "./paths.ts";

export interface FetchedFile {
  readonly at: number;
  readonly urls: readonly string[];
  readonly tool: string;
  /** Process that fetched; its own children run it in the same breath. */
  readonly pid: number;
}

export interface FetchedRun {
  readonly path: string;
  readonly fetched: FetchedFile;
  readonly command?: Command;
}

/** How far a redirection's open(2) and the execve of the program that fills the file may be apart. */
const REDIRECT_MS = 2000;
const MAX_FILES = 2048;
const MAX_SAVED = 512;

/** Does a command line fetch, copy or print files, or run one by its path? Of others `FetchedFiles` learns nothing. */
export function handlesFiles({ process }: ProcessStarted): boolean {
  return commandLine(process).commands.some(
    (command) =>
      command.name === "tee" ||
      executedFile(command) !== undefined ||
      fetchOf(command) !== undefined ||
      aliases(command).length > 0 ||
      printedFiles(command).length > 0,
  );
}

export class FetchedFiles {
  readonly #byPath = new BoundedMap<string, FetchedFile>(MAX_FILES);
  readonly #byInode = new BoundedMap<string, FetchedFile>(MAX_FILES);
  /** Files that a shell opened for writing, by the shell's pid (its child keeps the pid through execve). */
  readonly #opened = new BoundedMap<number, { readonly path: string; readonly at: number }>(256);
  /** What programs print that comes from the network, by their pid and their parent's. */
  readonly #printed = new BoundedMap<number, { readonly fetched: FetchedFile; readonly at: number }>(256);
  readonly #windowMs: number;

  constructor(windowMs: number, saved?: unknown) {
    this.#windowMs = windowMs;
    if (!Array.isArray(saved)) return;
    for (const entry of saved.slice(0, 2 * MAX_SAVED)) {
      const file = restored(entry);
      if (file) (file.inode ? this.#byInode : this.#byPath).set(file.key, file.fetched);
    }
  }

  /** Remembers what a start fetches, follows what it renames, and answers what it runs of earlier fetches. */
  started(fact: ProcessStarted): FetchedRun | undefined {
    const { process, at } = fact;
    const line = commandLine(process);
    let run: FetchedRun | undefined;
    for (const command of line.commands) {
      run ??= this.#runs(command, fact);
      const fetch = fetchOf(command);
      if (fetch) {
        const fetched = {
          at,
          urls: fetch.urls.slice(0, 4).map((url) => url.slice(0, 512)),
          tool: fetch.tool,
          pid: process.pid,
        };
        for (const file of fetch.files) if (trackable(file)) this.#byPath.set(file, fetched);
      }
      if (command.name === "tee" && !command.nested) this.#tees(command, fact);
      if (!command.nested) this.#prints(command, fact);
      if (this.#byPath.size > 0) for (const { from, to } of aliases(command)) this.#follow(from, to, at);
    }
    return run;
  }

  /** Is the program itself such a file, whatever its command line says? */
  knows({ process, file }: ProcessStarted): boolean {
    if (this.#byPath.size > 0 && this.#byPath.has(process.exe)) return true;
    if (this.#byInode.size === 0 || !file) return false;
    const inode = inodeKey(file);
    return inode !== undefined && this.#byInode.has(inode);
  }

  /** Remembers what a fetcher writes; follows renames, links and copies seen as changes. */
  changed({ operation, file, from, process, at }: FileChanged): void {
    if (operation === "rename" || operation === "link") {
      if (from) this.#follow(from, file.path, at);
      return;
    }
    if (operation === "delete") {
      this.#byPath.delete(file.path);
      return;
    }
    if ((operation !== "create" && operation !== "write") || !process || !trackable(file.path)) return;
    if (isShell(basename(process.exe))) this.#redirected(process.pid, file.path, at);
    const known = this.#fresh(this.#byPath.peek(file.path), at);
    const writer = commandLine(process).commands[0];
    const fetch = writer && fetchOf(writer);
    if (!fetch && !(known && writer && isFetcher(writer.name))) return;
    const fetched = fetch
      ? { at, urls: fetch.urls.slice(0, 4), tool: fetch.tool, pid: process.pid }
      : (known as FetchedFile);
    this.#byPath.set(file.path, fetched);
    const inode = inodeKey(file);
    if (inode) this.#byInode.set(inode, fetched);
  }

  /** JSON-safe: newest names, shortened. */
  snapshot(): unknown {
    const paths = [...this.#byPath.entries()].slice(-MAX_SAVED).map(([key, fetched]) => ({ key, ...fetched }));
    const inodes = [...this.#byInode.entries()]
      .slice(-MAX_SAVED)
      .map(([key, fetched]) => ({ key, inode: true, ...fetched }));
    return [...paths, ...inodes];
  }

  #runs(command: Command, { process, file, at }: ProcessStarted): FetchedRun | undefined {
    const path = executedFile(command);
    const byPath = path === undefined ? undefined : this.#fresh(this.#byPath.peek(path), at);
    if (path !== undefined && byPath && byPath.pid !== process.pid) return { path, fetched: byPath, command };
    if (command.nested) return undefined;
    const inode = file && inodeKey(file);
    const byInode = inode ? this.#fresh(this.#byInode.peek(inode), at) : undefined;
    if (file && byInode) return { path: file.path, fetched: byInode, command };
    const byExe = process.exe && process.exe !== path ? this.#fresh(this.#byPath.peek(process.exe), at) : undefined;
    return byExe && byExe.pid !== process.pid ? { path: process.exe, fetched: byExe, command } : undefined;
  }

  /** `wget -O - u > f`, `cat fetched > f` at a prompt: the shell opens f, its child prints. */
  #prints(command: Command, { process, at }: ProcessStarted): void {
    const fetch = fetchOf(command);
    const source = fetch?.stdout
      ? { at, urls: fetch.urls.slice(0, 4), tool: fetch.tool, pid: process.pid }
      : printedFiles(command)
          .map((path) => this.#fresh(this.#byPath.peek(path), at))
          .find((known) => known !== undefined);
    if (!source) return;
    for (const pid of [process.pid, process.ppid]) {
      const opened = this.#opened.peek(pid);
      if (opened && Math.abs(at - opened.at) <= REDIRECT_MS) this.#byPath.set(opened.path, source);
      if (pid > 1) this.#printed.set(pid, { fetched: source, at });
    }
  }

  /** `curl u | tee f`: tee fills its files with what the same shell's fetcher prints. */
  #tees(command: Command, { process, at }: ProcessStarted): void {
    const printed = this.#printed.peek(process.ppid);
    if (!printed || Math.abs(at - printed.at) > REDIRECT_MS) return;
    for (const arg of command.args.slice(0, 8)) {
      const path = arg.startsWith("-") ? "" : resolvePath(command, arg);
      if (trackable(path)) this.#byPath.set(path, printed.fetched);
    }
  }

  #redirected(pid: number, path: string, at: number): void {
    this.#opened.set(pid, { path, at });
    const printed = this.#printed.peek(pid);
    if (printed && Math.abs(at - printed.at) <= REDIRECT_MS) this.#byPath.set(path, printed.fetched);
  }

  #follow(from: string, to: string, at: number): void {
    const known = this.#fresh(this.#byPath.peek(normalise(from)), at);
    if (known && trackable(to)) this.#byPath.set(normalise(to), known);
  }

  #fresh(file: FetchedFile | undefined, at: number): FetchedFile | undefined {
    return file && at - file.at <= this.#windowMs && at >= file.at - 1000 ? file : undefined;
  }
}

function trackable(path: string): boolean {
  if (!path.startsWith("/") || path.length >= 1024 || path.startsWith("/proc/")) return false;
  return !path.startsWith("/dev/") || inTemporaryDirectory(path);
}

function inodeKey(file: { readonly inode?: number; readonly device?: string }): string | undefined {
  return file.inode && file.device ? `${file.device}:${file.inode}` : undefined;
}

/** Checks one saved entry: it may be of an earlier version or an attacker's. */
function restored(entry: unknown) {
  if (typeof entry !== "object" || entry === null) return undefined;
  const { key, at, urls, tool, pid, inode } = entry as Record<string, unknown>;
  if (typeof key !== "string" || typeof at !== "number" || typeof tool !== "string" || !Array.isArray(urls))
    return undefined;
  const fetched: FetchedFile = {
    at,
    tool: tool.slice(0, 64),
    pid: typeof pid === "number" ? pid : 0,
    urls: urls.filter((url): url is string => typeof url === "string").slice(0, 4),
  };
  return { key: key.slice(0, 1024), inode: inode === true, fetched };
}

/** An installation: fetched by name over https and moved by root to where programs belong. */
export function installed(run: FetchedRun): boolean {
  return inSystemDirectory(run.path) && run.fetched.urls.every((url) => url.startsWith("https://"));
}
