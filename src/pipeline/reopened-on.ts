import { type Observable, takeUntil } from "rxjs";
import type { SourceName } from "../events/fact.ts";
import type { Stream } from "../ports.ts";

/**
 * A stream that ends when `when` emits, so that its supervisor opens it anew after a pause, at the position it had
 * reached: with other settings, or to look at everything again.
 *
 * @param build makes the stream for each opening, with the settings of that moment
 */
export function reopenedOn(source: SourceName, when: Observable<unknown>, build: () => Stream): Stream {
  return { source, open: (position) => build().open(position).pipe(takeUntil(when)) };
}
