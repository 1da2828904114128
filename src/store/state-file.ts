import { mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../ports.ts";
import { replaceFile } from "./replace-file.ts";

/**
 * One JSON value on disk, replaced as a whole: a crash leaves the old or the new one. A file that cannot be read as
 * JSON is set aside under `<name>.damaged` with a line in the log, and counts as absent.
 */
export class StateFile<T> {
  readonly #path: string;
  readonly #log: Log;
  #writing: Promise<void> = Promise.resolve();

  constructor(directory: string, name: string, log: Log) {
    this.#path = join(directory, name);
    this.#log = log;
  }

  /** The stored value, unchecked: its reader must bear anything. */
  async load(): Promise<Partial<T> | undefined> {
    const text = await readFile(this.#path, "utf8").catch(() => undefined);
    if (text === undefined) return undefined;
    try {
      const value: unknown = JSON.parse(text);
      if (value !== null && typeof value === "object") return value as Partial<T>;
    } catch {
      // told below
    }
    const aside = `${this.#path}.damaged`;
    await rename(this.#path, aside).catch(() => undefined);
    this.#log.warn(`${this.#path} is not valid JSON; it was moved to ${aside} and is begun anew`);
    return undefined;
  }

  /** Stores the value as it is now; calls queue up. Rejects with the fs error. */
  save(value: T): Promise<void> {
    return this.saveText(JSON.stringify(value));
  }

  /** Stores JSON text made by the caller. */
  saveText(text: string): Promise<void> {
    const written = this.#writing.then(async () => {
      await mkdir(join(this.#path, ".."), { recursive: true, mode: 0o700 });
      await replaceFile(this.#path, text);
    });
    this.#writing = written.catch(() => undefined);
    return written;
  }
}
