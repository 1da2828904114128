import { defer, distinctUntilChanged, map, type Observable, of, switchMap } from "rxjs";
import type { Fact, SourceName, SourceReported } from "../events/fact.ts";
import type { Stream } from "../ports.ts";

/** What a fallback is opened with when the better source has told until now: what began since may be untold. */
interface Handover {
  /** Epoch ms. */
  readonly since: number;
}

/** A source ends a little before it says so: the kernel takes a second to let Vedette's audit rules go. */
const unsaidMs = 1_500;

/**
 * Runs a fallback stream only while a better source is not live, and says so while it rests.
 *
 * What begins while the one ends may be told by both, and is then a repeat: better than by none.
 *
 * @param sources health of every source, emitting at once
 */
export function whileAbsent(
  fallback: Stream,
  better: readonly SourceName[],
  sources: Observable<ReadonlyMap<SourceName, SourceReported>>,
): Stream {
  const resting = (name: SourceName): Fact => ({
    kind: "source.reported",
    at: Date.now(),
    source: fallback.source,
    state: "live",
    reason: `resting: ${name} tells more`,
  });
  return {
    source: fallback.source,
    open: (position) =>
      defer(() => {
        let relieved = false;
        return sources.pipe(
          map((all) => better.find((name) => all.get(name)?.state === "live")),
          distinctUntilChanged(),
          switchMap((name) => {
            if (name === undefined) return fallback.open(relieved ? handover() : position);
            relieved = true;
            return of(resting(name));
          }),
        );
      }),
  };
}

function handover(): Handover {
  return { since: Date.now() - unsaidMs };
}
