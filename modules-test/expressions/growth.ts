import { Counter, parsed, TooManySteps } from "./matcher.ts";
import { type Shape, shapesOf } from "./pumps.ts";

export interface Growth {
  readonly shape: Shape;
  /** How the steps grow when the text is twice as long: 2 is linear, 4 quadratic. */
  readonly factor: number;
}

const length = 160;
/** Steps for each character below which no doubling is tried: with so short a text, quadratic work is above it. */
const modest = 24;
const linear = 2.8;

/** The worst growth of an expression over its own shapes of text, or undefined where it is linear in all of them. */
export function superLinear(source: string, flags: string): Growth | undefined {
  const pattern = parsed(source, flags);
  const counter = new Counter(pattern, flags);
  for (const shape of shapesOf(pattern, flags)) {
    const short = steps(counter, text(shape, length));
    if (short <= modest * length) continue;
    if (short === Number.POSITIVE_INFINITY) return { shape, factor: short };
    const factor = steps(counter, text(shape, 2 * length)) / short;
    if (factor >= linear) return { shape, factor };
  }
  return undefined;
}

function text({ lead, pump, tail }: Shape, size: number): string {
  return lead + pump.repeat(Math.ceil(size / pump.length)) + tail;
}

function steps(counter: Counter, input: string): number {
  try {
    return counter.count(input);
  } catch (error) {
    if (error instanceof TooManySteps) return Number.POSITIVE_INFINITY;
    throw error;
  }
}
