import { describe, expect, test } from "vitest";
import type { Fact, LoginFailed, LoginSucceeded } from "../events/fact.ts";
import { bruteForceFailed } from "./brute-force-failed.ts";
import { bruteForceSuccess } from "./brute-force-success.ts";
import type { Context, Detector, Match } from "./detector.ts";

const context = { threats: {}, userName: () => undefined } as unknown as Context;
const judged = (detector: Detector, facts: readonly Fact[], settings: object = {}, saved?: unknown) => {
  const judge = detector.start(detector.settings.parse(settings), context, saved);
  const matches: Match[] = facts.flatMap((fact) => judge.judge(fact) ?? []);
  return { matches, saved: JSON.parse(JSON.stringify(judge.snapshot?.() ?? null)) };
};
const failed = (at: number, more: Partial<LoginFailed> = {}): LoginFailed => ({
  kind: "login.failed",
  at,
  user: "root",
  source: { ip: "203.0.113.9" },
  method: "password",
  service: "sshd",
  ...more,
});
const every = (count: number, ms: number, more: (i: number) => Partial<LoginFailed> = () => ({})) =>
  Array.from({ length: count }, (_, i) => failed(i * ms, more(i)));
const accepted = (at: number, more: Partial<LoginSucceeded> = {}): LoginSucceeded => ({
  ...failed(at),
  kind: "login.succeeded",
  ...more,
});

describe("brute-force-failed", () => {
  test("eight failures within exactly 120 s raise one alert, seven none", () => {
    const span = 120_000 / 7;
    expect(judged(bruteForceFailed, every(8, span)).matches).toMatchObject([{ count: 8, firstSeen: 0 }]);
    expect(judged(bruteForceFailed, every(7, span)).matches).toEqual([]);
    expect(judged(bruteForceFailed, every(8, span + 1)).matches).toEqual([]);
  });

  test("ten within exactly 600 s raise, ten in a little more do not", () => {
    expect(judged(bruteForceFailed, every(10, 600_000 / 9)).matches).toHaveLength(1);
    expect(judged(bruteForceFailed, every(10, 600_000 / 9 + 1)).matches).toEqual([]);
  });

  test("a flood is told once per ten minutes, with the attempts of those", () => {
    const { matches } = judged(bruteForceFailed, every(700, 1000));
    expect(matches.map(({ count }) => count)).toEqual([8, 601]);
  });

  test("a repeated message counts as often as it says", () => {
    expect(judged(bruteForceFailed, [failed(0, { attempts: 8 })]).matches).toHaveLength(1);
  });

  test("several refusals of one process within a second are one attempt", () => {
    expect(
      judged(
        bruteForceFailed,
        every(20, 10, () => ({ pid: 7 })),
      ).matches,
    ).toEqual([]);
    expect(
      judged(
        bruteForceFailed,
        every(20, 10, (pid) => ({ pid: pid + 1 })),
      ).matches,
    ).toHaveLength(1);
  });

  test("addresses are counted apart, IPv6 by its /64 unless told otherwise", () => {
    expect(
      judged(
        bruteForceFailed,
        every(16, 1000, (i) => ({ source: { ip: `203.0.113.${i % 4}` } })),
      ).matches,
    ).toEqual([]);
    const six = every(8, 1000, (i) => ({ source: { ip: `2001:db8:0:1:${i}::1` } }));
    expect(judged(bruteForceFailed, six).matches).toMatchObject([{ subject: "source 2001:db8:0:1::/64" }]);
    expect(judged(bruteForceFailed, six, { ipv6Prefix: 128 }).matches).toEqual([]);
  });

  test("a failure without an address is not counted", () => {
    expect(
      judged(
        bruteForceFailed,
        every(20, 100, () => ({ source: undefined })),
      ).matches,
    ).toEqual([]);
  });

  test("the count survives a restart, and nonsense on the disk does not stop it", () => {
    const { saved } = judged(bruteForceFailed, every(7, 1000));
    expect(judged(bruteForceFailed, [failed(8000)], {}, saved).matches).toHaveLength(1);
    for (const junk of [7, [[1, 2]], [["a", [["x"]], {}, null]]]) {
      expect(judged(bruteForceFailed, every(8, 1000), {}, junk).matches).toHaveLength(1);
    }
  });

  test("a flood from ever new addresses stays bounded", () => {
    const { saved } = judged(
      bruteForceFailed,
      every(10_000, 1, (i) => ({ source: { ip: `10.${i >> 8}.${i & 255}.1` } })),
    );
    expect((saved as unknown[]).length).toBeLessThanOrEqual(4096);
  });
});

describe("brute-force-success", () => {
  test("a password accepted after eight failures raises, after seven not", () => {
    expect(judged(bruteForceSuccess, [...every(8, 1000), accepted(9000)]).matches).toMatchObject([
      { count: 9, evidence: { user: "root", data: { failedAttempts: 8 } } },
    ]);
    expect(judged(bruteForceSuccess, [...every(7, 1000), accepted(9000)]).matches).toEqual([]);
  });

  test("a key, another address, or a success after the window does not raise", () => {
    const eight = every(8, 1000);
    expect(judged(bruteForceSuccess, [...eight, accepted(9000, { method: "publickey" })]).matches).toEqual([]);
    expect(judged(bruteForceSuccess, [...eight, accepted(9000, { source: { ip: "203.0.113.8" } })]).matches).toEqual(
      [],
    );
    expect(judged(bruteForceSuccess, [...eight, accepted(600_001)]).matches).toEqual([]);
    expect(judged(bruteForceSuccess, [...eight, accepted(600_000)]).matches).toHaveLength(1);
  });

  test("it is told once: the next login of the same address is its owner's", () => {
    expect(judged(bruteForceSuccess, [...every(8, 1000), accepted(9000), accepted(9500)]).matches).toHaveLength(1);
  });

  test("a private address is told with a lower severity", () => {
    const home = { source: { ip: "192.168.1.20" } };
    const { matches } = judged(bruteForceSuccess, [...every(8, 1000, () => home), accepted(9000, home)]);
    expect(matches).toMatchObject([{ severity: "medium" }]);
  });

  test("the failures survive a restart", () => {
    const { saved } = judged(bruteForceSuccess, every(8, 1000));
    expect(judged(bruteForceSuccess, [accepted(9000)], {}, saved).matches).toHaveLength(1);
  });
});
