import type { Configuration } from "../config/configuration.ts";
import type { Log } from "../ports.ts";
import type { Listening } from "./server.ts";
import type { SiteParts } from "./site.ts";

type Settings = Configuration["web"];

export interface WebParts extends Omit<SiteParts, "metrics" | "view"> {
  /** What `web.view` means where the twin does not say. */
  readonly viewByDefault: boolean;
  /** Take any free port where the configured one is in use: for a person who reads the address, not for a scraper. */
  readonly anyPort?: boolean;
  readonly log: Log;
  /** Told of every address the server listens on, as a URL. */
  onAddress?(url: string): void;
}

/** A port may be free again when its owner restarts. */
const retryMs = 30_000;

/**
 * Keeps the HTTP server as the configuration wants it. The server and all that it shows are loaded when something of it
 * is first switched on. A port that cannot be had costs the metrics, never the module.
 */
export class Web {
  readonly #parts: WebParts;
  #wanted: string | undefined;
  #listening: Listening | undefined;
  #work: Promise<void> = Promise.resolve();
  #retry: NodeJS.Timeout | undefined;
  #refused: string | undefined;
  #closed = false;

  constructor(parts: WebParts) {
    this.#parts = parts;
  }

  /** Never throws; what it does is done in the background, in order. */
  configure(settings: Settings): void {
    const wanted = JSON.stringify(settings);
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    this.#refused = undefined;
    this.#soon(settings);
  }

  /** Resolves when the last configuration is in force, or was refused. */
  settled(): Promise<void> {
    return this.#work;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#work;
    this.#stop();
  }

  #soon(settings: Settings): void {
    clearTimeout(this.#retry);
    this.#work = this.#work.then(() => this.#apply(settings)).catch((error: unknown) => this.#failed(settings, error));
  }

  async #apply(settings: Settings): Promise<void> {
    this.#stop();
    const { metrics, port, bind } = settings;
    const view = settings.view ?? this.#parts.viewByDefault;
    if (this.#closed || (!metrics && !view)) return;
    const { openSite } = await import("./site.ts");
    const open = (at: number) => openSite({ ...this.#parts, metrics, view }, { port: at, bind });
    this.#listening = await open(port).catch((error: NodeJS.ErrnoException) => {
      if (this.#parts.anyPort && error.code === "EADDRINUSE") return open(0);
      throw error;
    });
    const url = `http://${bind.includes(":") ? `[${bind}]` : bind}:${this.#listening.port}`;
    const what = [view && "the local view", metrics && "/metrics", "/healthz"].filter(Boolean).join(", ");
    this.#parts.log.info(`web: ${what} at ${url}`);
    this.#parts.onAddress?.(url);
  }

  #failed(settings: Settings, error: unknown): void {
    const { code } = error as NodeJS.ErrnoException;
    const where = `${settings.bind} port ${settings.port}`;
    const why = reasons[code ?? ""] ?? String(error);
    if (this.#refused !== why)
      this.#parts.log.warn(`web: ${where} ${why}; no metrics until then, all else goes on (twin: web.port, web.bind)`);
    this.#refused = why;
    if (!this.#closed) this.#retry = setTimeout(() => this.#soon(settings), retryMs).unref();
  }

  #stop(): void {
    this.#listening?.close();
    this.#listening = undefined;
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "is in use by another program",
  EACCES: "may not be used without more rights",
  EADDRNOTAVAIL: "is no address of this machine or container",
};
