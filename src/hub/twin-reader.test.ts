import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { TwinUpdate } from "../ports.ts";
import { Deadline } from "./timing.ts";
import { type TwinDocument, TwinRefused } from "./twin-channel.ts";
import { followTwin } from "./twin-reader.ts";

const twin = (version: number, desired: object = {}): TwinDocument => ({
  desired: { ...desired, $version: version },
  reported: {},
});

describe("the twin reader", () => {
  let answers: (TwinDocument | Error)[] = [];
  let reads = 0;
  let seen: TwinUpdate[] = [];
  let dead: string[] = [];
  let stop = new AbortController();
  const nothing = () => undefined;
  const channel = {
    onPatch: (_: number): void => undefined,
    read: async () => {
      reads++;
      const answer = answers.shift() ?? twin(1);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const start = () =>
    followTwin({
      channel,
      timing: { retryFirst: 100, twinRetry: 1000 },
      log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
      signal: stop.signal,
      onTwin: (update) => seen.push(update),
      onDead: (reason) => dead.push(reason),
    });

  beforeEach(() => {
    vi.useFakeTimers();
    [answers, reads, seen, dead, stop] = [[], 0, [], [], new AbortController()];
  });
  afterEach(() => {
    stop.abort();
    vi.useRealTimers();
  });
  const pass = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);

  test("reads once, and then only after a patch, however long that takes", async () => {
    void start();
    await pass(86_400_000);
    expect(reads).toBe(1);
    answers = [twin(2, { a: 1 })];
    channel.onPatch(2);
    await pass();
    expect(seen).toEqual([
      { desired: {}, version: 1, reported: {} },
      { desired: { a: 1 }, version: 2, reported: {} },
    ]);
  });

  test("leaves the service's own fields out", async () => {
    answers = [{ desired: { a: 1, $version: 4, $metadata: { $lastUpdated: "x" } }, reported: {} }];
    void start();
    await pass();
    expect(seen).toEqual([{ desired: { a: 1 }, version: 4, reported: {} }]);
  });

  test("reads again when the answer is older than the patch, but not for ever", async () => {
    void start();
    await pass();
    answers = [twin(1), twin(1), twin(3)];
    channel.onPatch(3);
    await pass(10_000);
    expect(seen.map(({ version }) => version)).toEqual([1, 3]);
    answers = [twin(2), twin(2), twin(2), twin(2), twin(2), twin(2)];
    channel.onPatch(9);
    await pass(10_000);
    expect(seen.map(({ version }) => version)).toEqual([1, 3, 2]);
  });

  test("a twin without a version, or with version 0, is none; it is asked for again", async () => {
    answers = [{ desired: {}, reported: {} }, twin(0), twin(1)];
    void start();
    await pass(1999);
    expect(seen).toEqual([]);
    await pass(1);
    expect(seen).toEqual([{ desired: {}, version: 1, reported: {} }]);
  });

  test("three unanswered reads in a row end the connection; refusals never do", async () => {
    const late = () => new Deadline("twin read: no answer");
    answers = [late(), late(), new TwinRefused("twin read", 500), new TwinRefused("twin read", 500), twin(1)];
    void start();
    await pass(10_000);
    expect([dead, seen.length]).toEqual([[], 1]);
    answers = [late(), late(), late()];
    channel.onPatch(2);
    await pass(10_000);
    expect(dead).toHaveLength(1);
  });

  test("patches that come while a read is out lead to one more read", async () => {
    void start();
    channel.onPatch(2);
    channel.onPatch(3);
    answers = [twin(3)];
    await pass(10_000);
    expect(reads).toBe(2);
    expect(seen.at(-1)?.version).toBe(3);
  });
});
