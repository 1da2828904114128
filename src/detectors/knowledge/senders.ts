/**
 * When each module and downstream device was last heard, measured in time that we listened: hours in which Vedette was
 * off, or by which the clock was set forward, are nobody's silence.
 */
import { BoundedMap } from "../../operators/bounded.ts";

/** An Edge device carries tens of modules and, as a gateway, hundreds of devices; the one idle longest leaves first. */
const limit = 1024;
/** Between two facts of any kind; the clock ticks every 10 s. */
const longestGap = 120_000;

export interface Sender {
  readonly deviceId: string;
  readonly moduleId?: string;
  /** `listened` at its last message, ms. */
  readonly heard: number;
  /** Epoch ms of its last message. */
  readonly at: number;
}

export class Senders {
  readonly #senders = new BoundedMap<string, Sender>(limit);
  /** Milliseconds that we have listened in all. */
  #listened = 0;
  #last: number | undefined;

  /** `saved`: what `snapshot` gave, unchecked. */
  constructor(saved?: unknown) {
    const { listened, senders } = (saved ?? {}) as { listened?: unknown; senders?: unknown };
    if (!isTime(listened) || !Array.isArray(senders)) return;
    this.#listened = listened;
    for (const entry of senders.slice(0, limit)) {
      const [deviceId, moduleId, heard, at] = Array.isArray(entry) ? entry : [];
      if (typeof deviceId !== "string" || typeof moduleId !== "string" || !isTime(heard) || !isTime(at)) continue;
      this.#keep({ deviceId, ...(moduleId !== "" && { moduleId }), heard: Math.min(heard, listened), at });
    }
  }

  /** Time passes. */
  tick(at: number): void {
    const gap = at - (this.#last ?? at);
    if (gap > 0 && gap <= longestGap) this.#listened += gap;
    this.#last = at;
  }

  heard(deviceId: string, moduleId: string | undefined, at: number): void {
    this.#keep({ deviceId, moduleId, heard: this.#listened, at });
  }

  /** Those silent for `ms` of listening; they are forgotten until they speak again. At most 64 at once. */
  takeSilent(ms: number): Sender[] {
    const silent: Sender[] = [];
    for (const [key, sender] of this.#senders.entries()) {
      // Oldest first: the first that is not silent ends the search.
      if (this.#listened - sender.heard < ms || silent.length >= 64) break;
      silent.push(sender);
      this.#senders.delete(key);
    }
    return silent;
  }

  snapshot(): unknown {
    const senders = [...this.#senders.values()].map(({ deviceId, moduleId, heard, at }) => [
      deviceId,
      moduleId ?? "",
      heard,
      at,
    ]);
    return { listened: this.#listened, senders };
  }

  #keep(sender: Sender): void {
    this.#senders.set(`${sender.deviceId}\0${sender.moduleId ?? ""}`, sender);
  }
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
