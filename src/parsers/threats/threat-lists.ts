import type { ThreatList } from "./threat-list.ts";

export interface Hit {
  readonly list: string;
  readonly entry: string;
}

/** All lists together, each replaced as a whole when a new version of it was read. */
export class ThreatLists {
  readonly #lists = new Map<string, ThreatList>();

  set(list: ThreatList): void {
    this.#lists.set(list.name, list);
  }

  remove(name: string): void {
    this.#lists.delete(name);
  }

  /** Names and sizes. */
  sizes(): ReadonlyMap<string, number> {
    return new Map([...this.#lists].map(([name, { size }]) => [name, size]));
  }

  address(ip: string): Hit | undefined {
    return this.#first((list) => list.address(ip));
  }

  domain(name: string): Hit | undefined {
    return this.#first((list) => list.domain(name));
  }

  url(url: string): Hit | undefined {
    return this.#first((list) => list.url(url));
  }

  image(reference: string): Hit | undefined {
    return this.#first((list) => list.image(reference));
  }

  #first(ask: (list: ThreatList) => string | undefined): Hit | undefined {
    for (const list of this.#lists.values()) {
      const entry = ask(list);
      if (entry !== undefined) return { list: list.name, entry };
    }
    return undefined;
  }
}
