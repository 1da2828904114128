import { distinctUntilChanged, map, type Observable, of, switchMap } from "rxjs";
import type { Fact, SourceName, SourceReported } from "../events/fact.ts";
import type { Stream } from "../ports.ts";

/**
 * Runs a fallback stream only while a better source is not live, and says so while it rests.
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
      sources.pipe(
        map((all) => better.find((name) => all.get(name)?.state === "live")),
        distinctUntilChanged(),
        switchMap((name) => (name ? of(resting(name)) : fallback.open(position))),
      ),
  };
}
