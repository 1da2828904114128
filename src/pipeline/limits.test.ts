import { describe, expect, test } from "vitest";
import { type AlertId, alertIds, catalogue, type SeverityName } from "../alerts/catalogue.ts";
import { Limiter } from "./limits.ts";
import type { Told } from "./repeats.ts";

const limits = { perMinute: 20, perDay: 1000 };
const minute = 60_000;
const t0 = Date.parse("2026-11-24T10:00:00Z");

function told(severity: SeverityName, alert: AlertId = "reverse-shell", subject = "s"): Told {
  const finding = { alert, at: t0, subject, reason: "r", confidence: "high", evidence: {} } as const;
  return { finding, severity, activity: "create", count: 1, firstSeen: t0, lastSeen: t0, opened: t0 };
}

const storm = (limiter: Limiter, n: number, what: Told, from = t0, length = minute) =>
  Array.from({ length: n }, (_, i) => limiter.allows(what, limits, from + Math.floor((i * (length - 1)) / n))).filter(
    Boolean,
  ).length;

describe("the limits", () => {
  test("let a single alert use half of a minute, and count the rest", () => {
    const limiter = new Limiter();
    expect(storm(limiter, 10_000, told("high"))).toBe(10);
    const held = limiter.summary(t0 + 2 * minute);
    expect(held).toMatchObject({ count: 9_990, bySeverity: { high: 9_990 }, byAlert: { "reverse-shell": 9_990 } });
  });

  test("a high alert in the middle of ten thousand low and medium ones goes out", () => {
    const limiter = new Limiter();
    const low = alertIds.filter((id) => catalogue[id].severity === "low");
    const medium = alertIds.filter((id) => catalogue[id].severity === "medium");
    let sent = 0;
    for (let i = 0; i < 10_000; i++) {
      const now = t0 + i * 5;
      sent += limiter.allows(told("low", low[i % low.length]), limits, now) ? 1 : 0;
      sent += limiter.allows(told("medium", medium[i % medium.length]), limits, now) ? 1 : 0;
      if (i === 5_000) expect(limiter.allows(told("high"), limits, now)).toBe(true);
    }
    expect(sent).toBeLessThanOrEqual(limits.perMinute + alertIds.length);
  });

  test("one high alert is not hidden by a flood of others of its severity, not even of several", () => {
    const limiter = new Limiter();
    for (const alert of ["web-shell", "port-forwarding", "binary-command-line"] as const)
      storm(limiter, 5_000, told("high", alert));
    expect(limiter.allows(told("high", "brute-force-success"), limits, t0 + minute - 1)).toBe(true);
  });

  test("the guarantee of a high alert is one an hour, of another one a day", () => {
    const exhausted = () => {
      const limiter = new Limiter();
      limiter.allows(told("high"), limits, t0);
      limiter.allows(told("low", "device-silent"), limits, t0);
      for (const alert of ["web-shell", "port-forwarding"] as const) storm(limiter, 100, told("high", alert));
      return limiter;
    };
    const later = (minutes: number, severity: SeverityName, alert: AlertId) => {
      const limiter = exhausted();
      const now = t0 + minutes * minute;
      for (const other of ["web-shell", "port-forwarding"] as const) storm(limiter, 100, told("high", other), now, 1);
      return limiter.allows(told(severity, alert), limits, now);
    };
    expect(later(59, "high", "reverse-shell")).toBe(false);
    expect(later(60, "high", "reverse-shell")).toBe(true);
    expect(later(13 * 60, "low", "device-silent")).toBe(false);
    expect(later(14 * 60, "low", "device-silent"), "a new day in UTC").toBe(true);
  });

  test("leave a share to the higher severities", () => {
    const fill = (severity: SeverityName) => {
      const limiter = new Limiter();
      const ids = alertIds.slice(0, 30);
      for (const id of ids) limiter.allows(told("high", id), limits, t0 - 86_400_000);
      // Told yesterday: today's first ones are guaranteed, so use them up an hour before.
      for (const id of ids) limiter.allows(told("high", id), limits, t0 - 30 * minute);
      return ids.filter((id) => limiter.allows(told(severity, id), limits, t0)).length;
    };
    expect(fill("low")).toBe(10);
    expect(fill("medium")).toBe(16);
    expect(fill("high")).toBe(20);
  });

  test("are renewed by the next minute and the next day, and by a clock that was set back", () => {
    const limiter = new Limiter();
    storm(limiter, 100, told("high"), t0, 1);
    expect(limiter.allows(told("high"), limits, t0 + minute - 1)).toBe(false);
    expect(limiter.allows(told("high"), limits, t0 + minute)).toBe(true);
    expect(limiter.allows(told("high"), limits, t0 - 86_400_000)).toBe(true);
  });

  test("of the day survive a restart", () => {
    const before = new Limiter();
    for (let i = 0; i < 60; i++) storm(before, 100, told("high"), t0 + i * minute);
    const after = new Limiter();
    after.restore(JSON.parse(JSON.stringify(before.snapshot())));
    expect(after.allows(told("high"), limits, t0 + 61 * minute)).toBe(false);
    for (const nonsense of [undefined, null, 7, { day: { start: "x" } }, { day: { start: 1, sent: 1, byAlert: [7] } }])
      new Limiter().restore(nonsense);
  });

  test("what is held back and not told yet survives a restart", () => {
    const before = new Limiter();
    storm(before, 500, told("low", "local-user-deleted"));
    const after = new Limiter();
    after.restore(JSON.parse(JSON.stringify(before.snapshot())));
    const expected = before.summary(t0 + 2 * minute);
    expect(expected?.count).toBeGreaterThan(400);
    expect(after.summary(t0 + 2 * minute)).toEqual(expected);
    for (const held of [7, { since: 1 }, { since: 1, count: "x" }, { since: 1, count: -1 }]) {
      const hurt = new Limiter();
      hurt.restore({ held });
      expect(hurt.summary(t0 + 2 * minute)).toBeUndefined();
    }
  });

  test("tell what they hold back after a minute, then at doubling distances up to an hour", () => {
    const limiter = new Limiter();
    const summaries: number[] = [];
    for (let second = 0; second < 8 * 3600; second += 10) {
      const now = t0 + second * 1000;
      for (let i = 0; i < 30; i++) limiter.allows(told("low"), limits, now);
      if (limiter.summary(now)) summaries.push(Math.floor(second / 60));
    }
    expect(summaries.slice(0, 6)).toEqual([1, 3, 7, 15, 31, 63]);
    expect(summaries.length).toBeLessThan(16);
  });

  test("the summary names every alert and some subjects, the highest severity first", () => {
    const limiter = new Limiter();
    for (let i = 0; i < 1000; i++) limiter.allows(told("low", "device-silent", `sender ${i}`), limits, t0);
    for (const alert of ["web-shell", "port-forwarding"] as const) storm(limiter, 50, told("high", alert), t0, 1);
    limiter.allows(told("high", "web-shell", "the one that matters"), limits, t0);
    const held = limiter.summary(t0 + minute);
    expect(Object.keys(held?.byAlert ?? {}).sort()).toEqual(["device-silent", "port-forwarding", "web-shell"]);
    expect(held?.samples[0]?.severity).toBe("high");
    expect(held?.samples.length).toBeLessThanOrEqual(20);
  });

  test("the closing count of a window counts what was not told before", () => {
    const limiter = new Limiter();
    storm(limiter, 10, told("low"), t0, 1);
    limiter.allows({ ...told("low"), activity: "update", count: 50 }, limits, t0);
    expect(limiter.summary(t0 + minute)?.count).toBe(49);
  });
});
