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
/** Of one page: with the frame around it an answer stays below a direct method's 128 KiB. */
const pageBytes = 100_000;

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
    await history.#endLastLine();
    history.#number = (await history.#all()).reduce((most, { number }) => Math.max(most, number), 0);
    return history;
  }

  /** Adds an alert; a disk that refuses costs the history only. */
  add(message: OutgoingMessage): void {
    if (message.alertId === undefined) return;
    const line = `{"number":${++this.#number},"id":${JSON.stringify(message.id)},"alert":${message.body}}\n`;
    this.#writing = this.#writing
      .then(async () => {
        await this.#rotate(Buffer.byteLength(line));
        await appendFile(this.#now, line, { mode: 0o600 });
      })
      .catch(() => undefined);
  }

  /**
   * At most `limit` alerts, newest first, of those before `before`, in at most `maxBytes` of JSON. An alert that alone
   * is larger is shown by its id and title.
   */
  async page(limit: number, before = Number.POSITIVE_INFINITY, maxBytes = pageBytes): Promise<readonly PastAlert[]> {
    await this.#writing;
    const page: PastAlert[] = [];
    let left = maxBytes;
    for (const past of (await this.#all()).reverse()) {
      if (past.number >= before) continue;
      if (page.length >= limit) break;
      const shown = sizeOf(past) > maxBytes ? shortened(past) : past;
      left -= sizeOf(shown);
      if (left < 0 && page.length > 0) break;
      page.push(shown);
    }
    return page;
  }

  /** A line that a crash cut short must not swallow the next one. */
  async #endLastLine(): Promise<void> {
    const text = await readFile(this.#now, "utf8").catch(() => "");
    if (text !== "" && !text.endsWith("\n")) await appendFile(this.#now, "\n").catch(() => undefined);
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

function sizeOf(past: PastAlert): number {
  return Buffer.byteLength(JSON.stringify(past));
}

function shortened({ number, id, alert }: PastAlert): PastAlert {
  const { finding_info: info } = (alert ?? {}) as { finding_info?: { title?: unknown } };
  return { number, id, alert: { finding_info: { uid: id, title: info?.title }, truncated: true } };
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
