import { NEVER, Observable, of, throwError } from "rxjs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Fact } from "../events/fact.ts";
import { SourceAbsent, type Stream } from "../ports.ts";
import { supervise } from "./supervise.ts";

const tick: Fact = { kind: "clock.ticked", at: 0 };
const later = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A stream that does at its nth opening what `open` says; pauses are at their longest. */
function run(
  open: (opening: number, position: unknown) => Observable<Fact>,
  position: () => unknown = () => undefined,
) {
  const openings: number[] = [];
  const facts: Fact[] = [];
  const start = Date.now();
  const stream: Stream = {
    source: "audit-log",
    open: (from) => {
      openings.push((Date.now() - start) / 1000);
      return open(openings.length, from);
    },
  };
  let error: unknown;
  const subscription = supervise(stream, { position, random: () => 0.999_999 }).subscribe({
    next: (fact) => void facts.push(fact),
    error: (fault: unknown) => (error = fault),
    complete: () => (error = "completed"),
  });
  const reports = () => facts.filter((fact) => fact.kind === "source.reported");
  return { openings, facts, reports, subscription, error: () => error };
}

const fails = () => throwError(() => new Error("EIO: i/o error, read"));
const gaps = (times: readonly number[]) => times.slice(1).map((time, i) => Math.round(time - (times[i] ?? 0)));

describe("a source that fails", () => {
  test("is opened again after 1, 2, 4 ... at most 30 seconds, for ever, and never errors", async () => {
    const { openings, error } = run(fails);
    await later(200);
    expect(gaps(openings).slice(0, 8)).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
    expect(error()).toBeUndefined();
  });

  test("is reported with its reason each time", async () => {
    const { reports } = run(fails);
    await later(2);
    expect(reports()[0]).toMatchObject({
      source: "audit-log",
      state: "degraded",
      reason: "failed, will be opened again: EIO: i/o error, read",
    });
  });

  test("by a throw while it is opened is treated alike", async () => {
    const { openings, reports } = run(() => {
      throw new Error("no descriptor");
    });
    await later(4);
    expect(openings.length).toBeGreaterThan(1);
    expect(reports()[0]).toMatchObject({ state: "degraded" });
  });

  test("by something that is no error says what it was", async () => {
    const { reports } = run(() => throwError(() => "odd"));
    await later(0);
    expect(reports()[0]).toMatchObject({ reason: "failed, will be opened again: odd" });
  });

  test("after it ran for a minute begins with the short pause again", async () => {
    const { openings } = run((opening) =>
      opening === 4
        ? new Observable((subscriber) => {
            const timer = setTimeout(() => subscriber.error(new Error("later")), 61_000);
            return () => clearTimeout(timer);
          })
        : fails(),
    );
    await later(80);
    expect(gaps(openings).slice(0, 4)).toEqual([1, 2, 4, 62]);
  });

  test("is opened at the position that is known then", async () => {
    let known = 0;
    const positions: unknown[] = [];
    run(
      (_, position) => {
        positions.push(position);
        return fails();
      },
      () => ++known,
    );
    await later(4);
    expect(positions.slice(0, 3)).toEqual([1, 2, 3]);
  });
});

describe("a source that is absent", () => {
  test("is looked for every four seconds and reported with its remedy", async () => {
    const { openings, reports } = run(() => throwError(() => new SourceAbsent("no auditd", "install auditd")));
    await later(60);
    expect(new Set(gaps(openings))).toEqual(new Set([4]));
    expect(reports()[0]).toMatchObject({ state: "absent", reason: "no auditd", remedy: "install auditd" });
  });

  test("does not make a later failure wait longer", async () => {
    const { openings } = run((opening) =>
      opening < 5 ? throwError(() => new SourceAbsent("no auditd", "")) : fails(),
    );
    await later(20);
    expect(gaps(openings).slice(4, 6)).toEqual([1, 2]);
  });
});

describe("a source that ends", () => {
  test("is opened again, its facts are kept", async () => {
    const { openings, facts, error } = run(() => of(tick));
    await later(4);
    expect(openings.length).toBeGreaterThan(1);
    expect(facts.length).toBe(openings.length);
    expect(error()).toBeUndefined();
  });
});

describe("an end", () => {
  test("closes the source and opens it no more", async () => {
    let closed = 0;
    const { openings, subscription } = run(() => new Observable(() => () => closed++));
    subscription.unsubscribe();
    await later(60);
    expect(closed).toBe(1);
    expect(openings).toHaveLength(1);
  });

  test("during a pause is an end too", async () => {
    const { openings, subscription } = run(fails);
    subscription.unsubscribe();
    await later(60);
    expect(openings).toHaveLength(1);
  });

  test("never comes from a source that only waits", async () => {
    const { openings, error } = run(() => NEVER);
    await later(3600);
    expect(openings).toHaveLength(1);
    expect(error()).toBeUndefined();
  });
});

describe("jitter", () => {
  test("spreads the openings of a fleet over half of the pause", async () => {
    const times: number[] = [];
    const stream: Stream = {
      source: "sockets",
      open: () => {
        times.push(Date.now());
        return fails();
      },
    };
    const subscription = supervise(stream, { position: () => undefined, random: () => 0 }).subscribe();
    await later(2);
    subscription.unsubscribe();
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBe(500);
  });
});
