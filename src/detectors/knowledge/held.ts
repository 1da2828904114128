import { BoundedMap } from "../../operators/bounded.ts";
import type { Match } from "../detector.ts";

interface Waiting {
  readonly match: Match;
  readonly at: number;
  readonly until: number;
  count: number;
}

/**
 * Matches that wait for counter-evidence (a restart, new rules, a shutdown). Bounded to 256: when full, the one held
 * longest is given out at the next question instead of being lost, so a flood hides nothing.
 */
export class Held {
  readonly #overflow: Match[] = [];
  readonly #waiting = new BoundedMap<string, Waiting>(256, (_, waiting) => this.#overflow.push(sealed(waiting)));

  /** Is anything held, so that time or counter-evidence matters? */
  get waiting(): boolean {
    return this.#waiting.size > 0 || this.#overflow.length > 0;
  }

  /** Holds a match under a key; a second one under the same key only adds to its count. */
  hold(key: string, match: Match, at: number, waitMs: number): void {
    const known = this.#waiting.peek(key);
    if (known && known.until >= at) known.count++;
    else this.#waiting.set(key, { match, at, until: at + waitMs, count: 1 });
  }

  /** Counter-evidence came at `at`: forgets what is still waiting under these keys (all when none is given). */
  dismiss(at: number, ...keys: string[]): void {
    for (const [key, waiting] of [...this.#waiting.entries()])
      if (waiting.until >= at && (keys.length === 0 || keys.includes(key))) this.#waiting.delete(key);
  }

  /** Matches whose time is over, each once, carrying the time of their own event. */
  due(now: number): readonly Match[] {
    const done = this.#overflow.splice(0);
    if (this.#waiting.size === 0) return done;
    for (const [key, waiting] of [...this.#waiting.entries()]) {
      if (waiting.until >= now) continue;
      this.#waiting.delete(key);
      done.push(sealed(waiting));
    }
    return done;
  }
}

function sealed({ match, at, count }: Waiting): Match {
  return { ...match, at, firstSeen: match.firstSeen ?? at, count: Math.max(match.count ?? 1, count) };
}
