import { describe, expect, test } from "vitest";
import { judgeLine, judgeMessage, judgePrototypes } from "./judge.ts";
import { loudest } from "./module.ts";
import { hostileRun } from "./run.ts";

/** The fixed part of every change's proof; `npm run fuzz` gives a million others. */
const runs = 20_000;
const seed = 20_261_124;

describe("hostile input", () => {
  test(`does nothing but what it says, over ${runs} inputs`, { timeout: 300_000 }, async () => {
    const { failure, kinds, alerts } = await hostileRun({ runs, seed });
    expect(failure).toBeUndefined();
    expect(kinds.reduce((sum, { inputs }) => sum + inputs, 0)).toBe(runs);
    expect(kinds.filter(({ inputs }) => inputs < 10).map(({ name }) => name)).toEqual([]);
    // The inputs reach the detectors: what never raises an alert proves nothing about how it is told.
    expect(alerts.size).toBeGreaterThan(25);
  });
});

describe("the judge refuses", () => {
  const message = { id: "i", output: "heartbeat", severity: "low", properties: {} } as const;

  test.each([
    ["a terminal escape", "a\x1b[31m"],
    ["a line break", "a\nb"],
    ["a C1 control", "a\x9b2J"],
    ["text that runs backwards", "a\u202eb"],
    ["half a surrogate pair", "a\ud800"],
  ])("%s in a line", (_what, line) => {
    expect(() => judgeLine(line)).toThrow(/log injection/);
  });

  test("a body that is too large, no JSON, or no finding", () => {
    expect(() => judgeMessage({ ...message, body: JSON.stringify("x".repeat(200 * 1024)) })).toThrow(/size/);
    expect(() => judgeMessage({ ...message, body: "{" })).toThrow();
    expect(() => judgeMessage({ ...message, output: "alerts", body: "{}" })).toThrow(/schema/);
    expect(() => judgeMessage({ ...message, body: "{}" })).not.toThrow();
  });

  test("a changed prototype", () => {
    Object.defineProperty(Object.prototype, "polluted", { value: 1, configurable: true });
    try {
      expect(() => judgePrototypes()).toThrow(/prototype/);
    } finally {
      Reflect.deleteProperty(Object.prototype, "polluted");
    }
    expect(() => judgePrototypes()).not.toThrow();
  });

  test("nothing of the loudest configuration: every alert is on, none is below its floor", () => {
    expect(
      Object.values(loudest().alerts).every(({ enabled, minConfidence }) => enabled && minConfidence === "low"),
    ).toBe(true);
  });
});
