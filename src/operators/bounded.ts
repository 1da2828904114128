interface Node<K, V> {
  readonly key: K;
  value: V;
  older: Node<K, V> | undefined;
  newer: Node<K, V> | undefined;
}

/**
 * A Map that holds at most `limit` keys; the one used longest ago leaves first, and is handed to `evicted`.
 *
 * The order of use is a list beside the Map: to delete and set a key again costs a Map five times as much (it leaves a
 * hole each time and is built anew when it is full of them).
 */
export class BoundedMap<K, V> {
  readonly #nodes = new Map<K, Node<K, V>>();
  readonly #limit: number;
  readonly #evicted: ((key: K, value: V) => void) | undefined;
  #oldest: Node<K, V> | undefined;
  #newest: Node<K, V> | undefined;

  constructor(limit: number, evicted?: (key: K, value: V) => void) {
    this.#limit = limit;
    this.#evicted = evicted;
  }

  get size(): number {
    return this.#nodes.size;
  }

  /** Reads and marks as used. */
  get(key: K): V | undefined {
    const node = this.#nodes.get(key);
    if (node === undefined) return undefined;
    this.#use(node);
    return node.value;
  }

  /** Reads without marking as used. */
  peek(key: K): V | undefined {
    return this.#nodes.get(key)?.value;
  }

  has(key: K): boolean {
    return this.#nodes.has(key);
  }

  set(key: K, value: V): void {
    const known = this.#nodes.get(key);
    if (known !== undefined) {
      known.value = value;
      this.#use(known);
      return;
    }
    const node: Node<K, V> = { key, value, older: undefined, newer: undefined };
    this.#nodes.set(key, node);
    this.#append(node);
    if (this.#nodes.size <= this.#limit) return;
    const { key: oldest, value: old } = this.#oldest as Node<K, V>;
    this.delete(oldest);
    this.#evicted?.(oldest, old);
  }

  delete(key: K): boolean {
    const node = this.#nodes.get(key);
    if (node === undefined) return false;
    this.#nodes.delete(key);
    this.#unlink(node);
    return true;
  }

  /** Oldest use first. What was just given may be deleted; for any other change copy them first. */
  *entries(): Generator<[K, V]> {
    for (let node = this.#oldest; node !== undefined; node = node.newer) yield [node.key, node.value];
  }

  /** Oldest use first. What was just given may be deleted; for any other change copy them first. */
  *values(): Generator<V> {
    for (let node = this.#oldest; node !== undefined; node = node.newer) yield node.value;
  }

  #use(node: Node<K, V>): void {
    if (node === this.#newest) return;
    this.#unlink(node);
    this.#append(node);
  }

  #append(node: Node<K, V>): void {
    node.older = this.#newest;
    node.newer = undefined;
    if (this.#newest === undefined) this.#oldest = node;
    else this.#newest.newer = node;
    this.#newest = node;
  }

  #unlink({ older, newer }: Node<K, V>): void {
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
  }
}
