import { constants, watch } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { debounceTime, filter, merge, Observable, startWith, timer } from "rxjs";

/** A folder that cannot be watched (not there yet, a network mount) is looked at this often. */
const pollMs = 60_000;
/** A file is read when it has not changed for this long. */
const quietMs = 1_000;

/** Emits at once, and after each change of the file; a folder that is not there is found later. Never errors. */
export function fileChanges(directory: string, file: string, quiet = quietMs): Observable<unknown> {
  const watched = new Observable<string | null>((subscriber) => {
    try {
      const watcher = watch(directory, { persistent: false }, (_event, name) => subscriber.next(name));
      // The folder was removed or unmounted: the poll goes on.
      watcher.on("error", () => watcher.close());
      return () => watcher.close();
    } catch {
      return undefined;
    }
  });
  // A mounted ConfigMap or an editor replaces the file through another name: `..data`, a rename.
  const ours = watched.pipe(filter((name) => name === null || name === file || name.startsWith("..")));
  return merge(ours, timer(pollMs, pollMs)).pipe(debounceTime(quiet), startWith(undefined));
}

/** What tells one content of a file from another without reading it. */
export interface ListFile {
  readonly mark: string;
  readonly content: AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** Opens a regular file for reading; rejects with the fs error, or an Error for what is no file (a FIFO would hang). */
export async function openList(directory: string, file: string): Promise<ListFile> {
  const handle = await open(join(directory, file), constants.O_RDONLY | constants.O_NONBLOCK);
  const stat = await handle.stat();
  if (!stat.isFile()) {
    await handle.close();
    throw new Error("it is no file");
  }
  return {
    mark: `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeMs}`,
    content: handle.createReadStream({ highWaterMark: 256 * 1024, autoClose: false }),
    close: () => handle.close(),
  };
}
