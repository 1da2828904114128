/**
 * A cache in two generations: what is used moves to the young one; when that is full, the old one is forgotten as a
 * whole. Cheaper than keeping an order of use: a hit costs one look-up and moves nothing.
 */
export class Generations<V> {
  #young = new Map<string, V>();
  #old = new Map<string, V>();
  #size = 0;
  readonly #limit: number;
  readonly #characters: number;

  /** Holds at most twice `limit` keys and twice `characters` of them. */
  constructor(limit: number, characters: number) {
    this.#limit = limit;
    this.#characters = characters;
  }

  get(key: string): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: V): void {
    if (this.#young.size >= this.#limit || this.#size + key.length > this.#characters) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#size = 0;
    }
    if (!this.#young.has(key)) this.#size += key.length;
    this.#young.set(key, value);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#size = 0;
  }
}
