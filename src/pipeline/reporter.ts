import { isObject, type Json } from "../config/canonical.ts";
import { checkSize } from "../config/twin-limits.ts";
import type { Hub, Log } from "../ports.ts";
import { patchBetween } from "./reported-patch.ts";

export interface ReporterOptions {
  readonly hub: Pick<Hub, "report">;
  readonly log: Log;
  /** The whole document as it should stand in the hub. */
  document(): Json;
  isConnected(): boolean;
}

/**
 * Keeps the twin's reported properties equal to a document by merge patches that hold only what changed. One patch at a
 * time; a call during one is made good for after it.
 */
export class Reporter {
  readonly #options: ReporterOptions;
  #known: Json = {};
  #running: Promise<void> | undefined;
  #again = false;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** What the hub holds, as the twin told it: names that are no longer ours are cleared by the next patch. */
  learn(document: unknown): void {
    if (!isObject(document)) return;
    this.#known = Object.fromEntries(Object.entries(document).filter(([name]) => !name.startsWith("$")));
  }

  /** After a new connection nothing is certain: the next patch holds everything, and still clears what is gone. */
  doubt(): void {
    this.#known = marked(this.#known);
  }

  /** Reports what differs; never rejects. What fails is reported with the next call. */
  report(): Promise<void> {
    if (this.#running) {
      this.#again = true;
      return this.#running;
    }
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    do {
      this.#again = false;
      await this.#once();
    } while (this.#again);
  }

  async #once(): Promise<void> {
    const { hub, log, document, isConnected } = this.#options;
    if (!isConnected()) return;
    const wanted = document();
    const refused = checkSize(wanted)[0];
    if (refused) {
      log.error(`twin: the reported properties would be refused: ${refused.path}: ${refused.got}`);
      return;
    }
    const patch = patchBetween(this.#known, wanted);
    if (Object.keys(patch).length === 0) return;
    try {
      await hub.report(patch);
      this.#known = wanted;
    } catch (error) {
      log.debug(`twin: the report failed and will be repeated: ${String(error)}`);
    }
  }
}

/** The same names with values that differ from any other. */
function marked(document: Json): Json {
  return Object.fromEntries(
    Object.entries(document).map(([name, value]) => [name, isObject(value) ? marked(value) : undefined]),
  );
}
