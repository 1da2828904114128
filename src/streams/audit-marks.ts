/** Counts of parsed bytes -> places in the log. */
import type { TailPosition } from "./tail.ts";

interface Mark {
  readonly consumed: number;
  readonly position: TailPosition;
}

/** An open event is given up within a second, so few marks wait; more would be a defect, and the oldest is dropped. */
const MAX_MARKS = 4_096;

export class Marks {
  #marks: Mark[] = [];
  #given: number | undefined;

  /** After `consumed` bytes in all the log was at `position`. */
  add(consumed: number, position: TailPosition): void {
    this.#marks.push({ consumed, position });
    if (this.#marks.length > MAX_MARKS) this.#marks.shift();
  }

  /**
   * The place of byte number `settled`; undefined when it was already given. It lies in the chunk that ends at or
   * after it, and a chunk is one piece of one file.
   */
  at(settled: number): TailPosition | undefined {
    const index = this.#marks.findIndex(({ consumed }) => consumed >= settled);
    const mark = this.#marks[index];
    if (mark === undefined) return undefined;
    this.#marks = this.#marks.slice(index);
    const offset = Math.max(0, mark.position.offset - (mark.consumed - settled));
    if (this.#given === settled && index === 0) return undefined;
    this.#given = settled;
    return { ...mark.position, offset };
  }
}
