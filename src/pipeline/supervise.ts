import { catchError, defer, type Observable, of, repeat, timer } from "rxjs";
import type { Fact } from "../events/fact.ts";
import { SourceAbsent, type Stream } from "../ports.ts";

/** Backoff of a failed source, ms: doubles from 1 s to 30 s, and starts again once the source has run for a minute. */
const firstPause = 1_000;
const longestPause = 30_000;
const settled = 60_000;
/**
 * An absent source is looked for at this steady pace, ms: to find that a socket or a log is still not there costs a
 * system call, and the daemon that was stopped by an attacker, or installed by the operator, is seen within seconds.
 */
const absentPause = 4_000;

export interface Supervision {
  /** The position to resume from, asked at every (re)start. */
  position(): unknown;
  /** Jitter in [0, 1), `Math.random` live. */
  random?: () => number;
  now?: () => number;
}

/**
 * Runs a stream for ever: a stream that fails or completes is reported and opened again after a pause. Never errors.
 */
export function supervise(stream: Stream, supervision: Supervision): Observable<Fact> {
  const now = supervision.now ?? Date.now;
  const random = supervision.random ?? Math.random;
  return defer(() => {
    let pause = firstPause;
    let openedAt = 0;
    let absent = false;
    const once = defer(() => {
      openedAt = now();
      absent = false;
      return stream.open(supervision.position());
    }).pipe(
      catchError((error: unknown) => {
        absent = error instanceof SourceAbsent;
        return of(failed(stream, error, now()));
      }),
    );
    return once.pipe(
      repeat({
        delay: () => {
          const ran = now() - openedAt;
          // Set back, the clock says nothing of how long it ran.
          if (absent || ran >= settled || ran < 0) pause = firstPause;
          const wait = (absent ? absentPause : pause) * (0.5 + random() / 2);
          if (!absent) pause = Math.min(pause * 2, longestPause);
          return timer(wait);
        },
      }),
    );
  });
}

function failed(stream: Stream, error: unknown, at: number): Fact {
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof SourceAbsent) {
    return { kind: "source.reported", at, source: stream.source, state: "absent", reason, remedy: error.remedy };
  }
  return {
    kind: "source.reported",
    at,
    source: stream.source,
    state: "degraded",
    reason: `failed, will be opened again: ${reason}`,
  };
}
