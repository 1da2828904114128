import { describe, expect, test } from "vitest";
import { backoff, pause, within } from "./timing.ts";

describe("backoff", () => {
  test("doubles from the first pause to the longest, and lies between half and all of it", () => {
    const range = (failures: number) => [
      backoff(failures, 500, 30_000, () => 0),
      backoff(failures, 500, 30_000, () => 1),
    ];
    expect([0, 1, 5, 6, 1000].map(range)).toEqual([
      [250, 500],
      [500, 1000],
      [8000, 16_000],
      [15_000, 30_000],
      [15_000, 30_000],
    ]);
  });
});

describe("waits", () => {
  test("within hands a result and an error on, and names what took too long", async () => {
    await expect(within(Promise.resolve(1), 1000, "x")).resolves.toBe(1);
    await expect(within(Promise.reject(new Error("no")), 1000, "x")).rejects.toThrow("no");
    await expect(within(new Promise(() => undefined), 5, "the call")).rejects.toThrow(
      "the call: no answer within 0.005 s",
    );
  });

  test("a pause ends at once with its signal, given before or during it", async () => {
    const stop = new AbortController();
    const waiting = pause(1_000_000, stop.signal);
    stop.abort();
    await expect(waiting).resolves.toBeUndefined();
    await expect(pause(1_000_000, stop.signal)).resolves.toBeUndefined();
  });
});
