/** Numbers that come one by one and are asked for later: 8 bytes each while they come, then sorted and without doubles. */
export class GrowingNumbers {
  #numbers = new Float64Array(256);
  #length = 0;

  push(value: number): void {
    if (this.#length === this.#numbers.length) {
      const larger = new Float64Array(this.#length * 2);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.#length++] = value;
  }

  /** Ascending, each once. The numbers are given away: push no more. */
  sorted(): Float64Array {
    const all = this.#numbers.subarray(0, this.#length).sort();
    let kept = 0;
    for (const value of all) if (kept === 0 || value !== all[kept - 1]) all[kept++] = value;
    return all.slice(0, kept);
  }
}

/** Index of the last element that is not greater than `value`, -1 where all are. */
export function lastNotAbove(sorted: Uint32Array | Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) <= value) low = middle + 1;
    else high = middle - 1;
  }
  return high;
}
