import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

interface Label {
  readonly url: string;
  readonly etag?: string;
}

/**
 * Copies of downloaded threat lists, so that a restart without a network has them: `<hash>.list` with its label
 * `<hash>.json`. A convenience: a disk that refuses costs the copy only.
 */
export class ListCache {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The copy of this list from this address; undefined when there is none. */
  async read(name: string, url: string): Promise<{ etag?: string; content: AsyncIterable<Uint8Array> } | undefined> {
    const base = this.#base(name);
    const label = JSON.parse(await readFile(`${base}.json`, "utf8")) as Partial<Label>;
    if (label.url !== url) return undefined;
    const etag = typeof label.etag === "string" ? label.etag : undefined;
    return { etag, content: createReadStream(`${base}.list`, { highWaterMark: 256 * 1024 }) };
  }

  /** Passes the content through to its reader while it is written; `commit` makes it the copy. */
  write(name: string, content: AsyncIterable<Uint8Array>) {
    const base = this.#base(name);
    const temporary = `${base}.new`;
    let whole = false;
    return {
      content: passed(this.#directory, temporary, content, () => {
        whole = true;
      }),
      commit: async (url: string, etag: string | undefined) => {
        if (!whole) return rm(temporary, { force: true });
        // A crash in between leaves a list without a label, which is none: it is downloaded again.
        await rm(`${base}.json`, { force: true });
        await rename(temporary, `${base}.list`);
        await writeFile(`${base}.json`, JSON.stringify({ url, etag } satisfies Label), { mode: 0o600 });
      },
    };
  }

  /** Removes the copies of lists that are no longer configured. Never rejects. */
  async keepOnly(names: readonly string[]): Promise<void> {
    const kept = new Set(names.map((name) => this.#hash(name)));
    for (const file of await readdir(this.#directory).catch(() => [])) {
      if (!kept.has(file.split(".", 1)[0] as string))
        await rm(join(this.#directory, file), { force: true }).catch(() => undefined);
    }
  }

  #base(name: string): string {
    return join(this.#directory, this.#hash(name));
  }

  #hash(name: string): string {
    return createHash("sha256").update(name).digest("hex").slice(0, 16);
  }
}

async function* passed(
  directory: string,
  path: string,
  content: AsyncIterable<Uint8Array>,
  onWhole: () => void,
): AsyncGenerator<Uint8Array> {
  const file = await mkdir(directory, { recursive: true, mode: 0o700 })
    .then(() => open(path, "w", 0o600))
    .catch(() => undefined);
  let good = file !== undefined;
  try {
    for await (const chunk of content) {
      if (good) good = await appended(file, chunk);
      yield chunk;
    }
    if (good) onWhole();
  } finally {
    await file?.close().catch(() => undefined);
  }
}

/** False when the disk refuses: the copy is given up, the list itself goes on. */
async function appended(file: FileHandle | undefined, chunk: Uint8Array): Promise<boolean> {
  if (!file) return false;
  return file.appendFile(chunk).then(
    () => true,
    () => false,
  );
}
