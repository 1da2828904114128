import type { Fact } from "../events/fact.ts";

const tickEvery = 10_000;
/** After a jump of more than this, one tick stands for all: windows are closed by the time, not by the count. */
const mostTicks = 64;

const none: readonly Fact[] = [];

/**
 * Time for a replayed log: ticks between facts by the facts' own stamps, so that windows close as they would live.
 * A stamp before the last one (records out of order, a clock set back) makes no tick.
 */
export class ReplayClock {
  #last: number | undefined;

  /** The ticks due before a fact at `at`, epoch ms. */
  before(at: number): readonly Fact[] {
    const last = this.#last ?? at;
    this.#last = Math.max(last, at);
    const first = last + tickEvery;
    if (first > at) return none;
    const step = Math.max(tickEvery, (at - last) / mostTicks);
    const ticks: Fact[] = [];
    for (let tick = first; tick <= at; tick += step) ticks.push({ kind: "clock.ticked", at: tick });
    return ticks;
  }

  /** The tick that closes what is open at the end: a day later. */
  end(): Fact {
    return { kind: "clock.ticked", at: (this.#last ?? 0) + 86_400_000 };
  }
}
