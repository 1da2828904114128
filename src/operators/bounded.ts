/** A Map that holds at most `limit` keys; the one used longest ago leaves first, and is handed to `evicted`. */
export class BoundedMap<K, V> {
  readonly #map = new Map<K, V>();
  readonly #limit: number;
  readonly #evicted: ((key: K, value: V) => void) | undefined;

  constructor(limit: number, evicted?: (key: K, value: V) => void) {
    this.#limit = limit;
    this.#evicted = evicted;
  }

  get size(): number {
    return this.#map.size;
  }

  /** Reads and marks as used. */
  get(key: K): V | undefined {
    const value = this.#map.get(key);
    if (value !== undefined) {
      this.#map.delete(key);
      this.#map.set(key, value);
    }
    return value;
  }

  /** Reads without marking as used. */
  peek(key: K): V | undefined {
    return this.#map.get(key);
  }

  has(key: K): boolean {
    return this.#map.has(key);
  }

  set(key: K, value: V): void {
    this.#map.delete(key);
    this.#map.set(key, value);
    if (this.#map.size > this.#limit) {
      const [oldest, old] = this.#map.entries().next().value as [K, V];
      this.#map.delete(oldest);
      this.#evicted?.(oldest, old);
    }
  }

  delete(key: K): boolean {
    return this.#map.delete(key);
  }

  /** Oldest use first. */
  entries(): IterableIterator<[K, V]> {
    return this.#map.entries();
  }

  values(): IterableIterator<V> {
    return this.#map.values();
  }
}
