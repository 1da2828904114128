import { describe, expect, test } from "vitest";
import type { Finding } from "../detectors/detector.ts";
import { Repeats } from "./repeats.ts";

const minute = 60_000;
const windowMs = 60 * minute;
const t0 = 1_700_000_000_000;

const finding = (at: number, subject = "user eve", more: Partial<Finding> = {}): Finding => ({
  alert: "reverse-shell",
  at,
  subject,
  reason: "r",
  confidence: "high",
  evidence: {},
  ...more,
});

describe("repeats", () => {
  test("of one subject within the window are one message at once and one update when it closes", () => {
    const repeats = new Repeats();
    const first = repeats.take(finding(t0), "high", windowMs);
    expect(first).toMatchObject([{ activity: "create", count: 1, opened: t0 }]);
    expect(repeats.take(finding(t0 + minute), "high", windowMs)).toEqual([]);
    expect(repeats.take(finding(t0 + windowMs - 1), "high", windowMs)).toEqual([]);
    expect(repeats.close(t0 + windowMs - 1, windowMs)).toEqual([]);
    expect(repeats.close(t0 + windowMs, windowMs)).toMatchObject([
      {
        activity: "update",
        count: 3,
        firstSeen: t0,
        lastSeen: t0 + windowMs - 1,
        opened: t0,
        finding: { at: t0 + windowMs - 1 },
      },
    ]);
    expect(repeats.close(t0 + 2 * windowMs, windowMs)).toEqual([]);
  });

  test("a window in which nothing more came closes without a word", () => {
    const repeats = new Repeats();
    repeats.take(finding(t0, "a", { count: 5 }), "high", windowMs);
    expect(repeats.close(t0 + windowMs, windowMs)).toEqual([]);
  });

  test("the first finding behind the window is told anew, after the count of the one before", () => {
    const repeats = new Repeats();
    repeats.take(finding(t0), "high", windowMs);
    repeats.take(finding(t0 + 1), "high", windowMs);
    const told = repeats.take(finding(t0 + windowMs), "high", windowMs);
    expect(told.map(({ activity, opened }) => [activity, opened])).toEqual([
      ["update", t0],
      ["create", t0 + windowMs],
    ]);
  });

  test("of another subject or another alert are not folded", () => {
    const repeats = new Repeats();
    repeats.take(finding(t0), "high", windowMs);
    expect(repeats.take(finding(t0, "user mallory"), "high", windowMs)).toHaveLength(1);
    expect(repeats.take(finding(t0, "user eve", { alert: "web-shell" }), "high", windowMs)).toHaveLength(1);
  });

  test("a clock that was set back by more than a window does not swallow the subject for ever", () => {
    const repeats = new Repeats();
    repeats.take(finding(t0 + 365 * 24 * windowMs), "high", windowMs);
    expect(repeats.take(finding(t0), "high", windowMs)).toMatchObject([{ activity: "create" }]);
    expect(repeats.take(finding(t0 - minute), "high", windowMs), "out of order within the window").toEqual([]);
  });

  test("a window opened in a future that was a mistake is closed by the clock that is right", () => {
    const repeats = new Repeats();
    repeats.take(finding(t0 + 10 * windowMs), "high", windowMs);
    repeats.close(t0, windowMs);
    expect(repeats.size).toBe(0);
  });

  test("are bounded: the subject idle longest gives way, and its count is told", () => {
    const repeats = new Repeats(2);
    repeats.take(finding(t0, "a"), "high", windowMs);
    repeats.take(finding(t0, "a"), "high", windowMs);
    repeats.take(finding(t0, "b"), "high", windowMs);
    const told = repeats.take(finding(t0, "c"), "high", windowMs);
    expect(told.map(({ activity, finding: f }) => `${activity} ${f.subject}`)).toEqual(["create c", "update a"]);
  });

  test("keep little of what an attacker can make large", () => {
    const repeats = new Repeats();
    const argv = Array.from({ length: 5000 }, () => "x".repeat(1000));
    const ancestors = Array.from({ length: 16 }, () => ({ pid: 1, exe: "/x", argv }));
    for (let i = 0; i < 50; i++) {
      const process = { pid: 1, ppid: 1, exe: "/x", argv, ancestors };
      repeats.take(
        finding(t0, `s${i} ${"y".repeat(100_000)}`, { evidence: { process, data: { argv } } }),
        "high",
        windowMs,
      );
    }
    expect(JSON.stringify(repeats.snapshot()).length).toBeLessThan(50 * 12_000);
    expect(repeats.size).toBe(50);
  });

  test("survive a restart, whatever else stands in the snapshot", () => {
    const repeats = new Repeats();
    repeats.take(finding(t0), "high", windowMs);
    const saved = JSON.parse(JSON.stringify(repeats.snapshot()));
    const after = new Repeats();
    after.restore([...saved, null, ["x"], ["x", { openedAt: "1" }], 7]);
    expect(after.take(finding(t0 + 1), "high", windowMs)).toEqual([]);
    for (const nonsense of [undefined, null, 7, {}, "x"]) new Repeats().restore(nonsense);
  });

  test("that was held back is forgotten, so that its next repeat is new", () => {
    const repeats = new Repeats();
    repeats.take(finding(t0), "high", windowMs);
    repeats.forget(finding(t0));
    expect(repeats.take(finding(t0 + 1), "high", windowMs)).toMatchObject([{ activity: "create", count: 1 }]);
  });
});
