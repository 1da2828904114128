import { appendFile, mkdir, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import type { OutgoingMessage } from "../ports.ts";

/** A past alert as `getRecentAlerts` and the local view show it. */
export interface PastAlert {
  /** Increasing; the cursor of the next page. */
  readonly number: number;
  readonly id: string;
  /** The OCSF finding. */
  readonly alert: unknown;
}

const fileBytes = 1 << 20;

/**
 * The last alerts, kept for questions after they have left the outbox: two files of at most 1 MiB, one line an alert.
 * Not synced: it is a convenience, the outbox is the promise.
 */
export class History {
  readonly #now: string;
  readonly #before: string;
  #number = 0;
  #writing: Promise<void> = Promise.resolve();

  private constructor(directory: string) {
    this.#now = join(directory, "recent.jsonl");
    this.#before = join(directory, "recent.1.jsonl");
  }

  /** Opens the history; rejects with the fs error when the folder cannot be made. */
  static async open(directory: string): Promise<History> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const history = new History(directory);
    history.#number = (await history.#all()).reduce((most, { number }) => Math.max(most, number), 0);
    return history;
  }

  /** Adds an alert; a disk that refuses costs the history only. */
  add(message: OutgoingMessage): void {
    if (message.alertId === undefined) return;
    const line = `{"number":${++this.#number},"id":${JSON.stringify(message.id)},"alert":${message.body}}\n`;
    this.#writing = this.#writing
      .then(async () => {
        await this.#rotate(line.length);
        await appendFile(this.#now, line, { mode: 0o600 });
      })
      .catch(() => undefined);
  }

  /** At most `limit` alerts, newest first, of those before `before`, in at most `maxBytes` of JSON. */
  async page(limit: number, before = Number.POSITIVE_INFINITY, maxBytes = 100_000): Promise<readonly PastAlert[]> {
    await this.#writing;
    const page: PastAlert[] = [];
    let bytes = 0;
    for (const past of (await this.#all()).reverse()) {
      if (past.number >= before) continue;
      bytes += JSON.stringify(past).length;
      if (page.length >= limit || (bytes > maxBytes && page.length > 0)) break;
      page.push(past);
    }
    return page;
  }

  async #rotate(incoming: number): Promise<void> {
    const size = (await stat(this.#now).catch(() => undefined))?.size ?? 0;
    if (size > 0 && size + incoming > fileBytes) await rename(this.#now, this.#before);
  }

  async #all(): Promise<PastAlert[]> {
    const texts = await Promise.all([this.#before, this.#now].map((path) => readFile(path, "utf8").catch(() => "")));
    return texts.join("").split("\n").flatMap(parse);
  }
}

/** A line cut by a crash is left out. */
function parse(line: string): PastAlert[] {
  if (line === "") return [];
  try {
    const value = JSON.parse(line) as PastAlert;
    return typeof value.number === "number" ? [value] : [];
  } catch {
    return [];
  }
}
