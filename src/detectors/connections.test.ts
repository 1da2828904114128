import { describe, expect, test } from "vitest";
import type { Fact, SocketConnected } from "../events/fact.ts";
import { coverageLost } from "./coverage-lost.ts";
import { customActiveConnections } from "./custom-active-connections.ts";
import { customConnectionNotAllowed } from "./custom-connection-not-allowed.ts";
import { customMessageCount } from "./custom-message-count.ts";
import type { Context, Detector, Match } from "./detector.ts";
import { deviceSilent } from "./device-silent.ts";
import { inRanges } from "./knowledge/ranges.ts";
import { suspiciousIp } from "./suspicious-ip.ts";
import { tick } from "./testing/root-shell.ts";
import { twinConfigParseFailure } from "./twin-config-parse-failure.ts";

const context: Context = {
  threats: {
    address: (ip) => (ip === "203.0.113.9" ? { list: "bad", entry: "203.0.113.0/28" } : undefined),
    domain: (name) => (name.endsWith("evil.example") ? { list: "bad", entry: "evil.example" } : undefined),
    url: () => undefined,
    image: () => undefined,
  },
  userName: () => undefined,
};

function judge(detector: Detector, settings: object = {}, saved?: unknown) {
  const judge = detector.start(detector.settings.parse(settings), context, saved);
  return {
    take(...facts: Fact[]): Match[] {
      return facts.flatMap((fact) => judge.judge(fact) ?? []) as Match[];
    },
    snapshot: () => JSON.parse(JSON.stringify(judge.snapshot?.() ?? null)) as unknown,
  };
}

const connected = (ip: string | undefined, more: Partial<SocketConnected> = {}): Fact => ({
  kind: "socket.connected",
  at: 1,
  destination: { ip, port: 443 },
  process: { pid: 2, ppid: 1, exe: "/usr/bin/curl", argv: [] },
  ...more,
});
const hour = 3_600_000;

describe("suspicious address", () => {
  test("a listed address raises with its list, its neighbour does not", () => {
    expect(judge(suspiciousIp).take(connected("203.0.113.9"))).toMatchObject([
      { subject: "address 203.0.113.9", evidence: { data: { list: "bad" }, destination: { ip: "203.0.113.9" } } },
    ]);
    expect(judge(suspiciousIp).take(connected("203.0.113.17"), connected(undefined))).toEqual([]);
  });

  test("a call from outside shows its source", () => {
    const [match] = judge(suspiciousIp).take(connected("203.0.113.9", { inbound: true }));
    expect(match?.evidence.source).toEqual({ ip: "203.0.113.9", port: 443 });
    expect(match?.evidence.destination).toBeUndefined();
  });

  test("a listed host name, and an allowed range", () => {
    expect(
      judge(suspiciousIp).take(connected(undefined, { destination: { hostname: "c2.evil.example" } })),
    ).toHaveLength(1);
    expect(judge(suspiciousIp, { allowedAddresses: ["203.0.113.0/24"] }).take(connected("203.0.113.9"))).toEqual([]);
  });
});

describe("ranges", () => {
  test.each([
    ["10.1.2.3", ["10.0.0.0/8"], true],
    ["11.1.2.3", ["10.0.0.0/8"], false],
    ["::ffff:10.1.2.3", ["10.0.0.0/8"], true],
    ["2001:db8::1", ["2001:db8::/32"], true],
    ["2001:db8::1", ["10.0.0.0/8", "rubbish", "1.2.3.4/99", ""], false],
    ["192.0.2.1", ["192.0.2.1"], true],
    ["rubbish", ["0.0.0.0/0"], false],
  ])("%s in %j: %s", (ip, ranges, expected) => {
    expect(inRanges(ip, ranges)).toBe(expected);
  });
});

describe("connection not allowed", () => {
  const settings = { allowedAddresses: ["192.0.2.0/24", "2001:db8::/32"] };

  test("outside the list raises, inside and loopback do not", () => {
    const { take } = judge(customConnectionNotAllowed, settings);
    expect(take(connected("198.51.100.1"))).toMatchObject([{ subject: "address 198.51.100.1" }]);
    expect(take(connected("192.0.2.255"), connected("2001:db8::5"), connected("127.0.0.1"), connected("::1"))).toEqual(
      [],
    );
  });

  test("who calls us is not judged, and an empty list judges nothing", () => {
    expect(judge(customConnectionNotAllowed, settings).take(connected("198.51.100.1", { inbound: true }))).toEqual([]);
    expect(judge(customConnectionNotAllowed).take(connected("198.51.100.1"))).toEqual([]);
  });

  test("private addresses are judged unless allowed", () => {
    expect(judge(customConnectionNotAllowed, settings).take(connected("10.0.0.1"))).toHaveLength(1);
    expect(judge(customConnectionNotAllowed, { ...settings, allowPrivate: true }).take(connected("10.0.0.1"))).toEqual(
      [],
    );
  });
});

describe("active connections", () => {
  const count = (at: number, established: number): Fact => ({ kind: "sockets.counted", at, established });

  test("told once when out of range for the whole window, again after it was in range", () => {
    const { take } = judge(customActiveConnections, { max: 10, windowSeconds: 60 });
    expect(take(count(0, 11), count(59_999, 11))).toEqual([]);
    expect(take(count(60_000, 12))).toMatchObject([{ subject: "too many connections", count: 3, firstSeen: 0 }]);
    expect(take(count(120_000, 12))).toEqual([]);
    expect(take(count(125_000, 10), count(130_000, 11))).toEqual([]);
    expect(take(count(190_000, 11))).toHaveLength(1);
  });

  test("too few, and the borders are in range", () => {
    const { take } = judge(customActiveConnections, { min: 2, max: 10, windowSeconds: 0 });
    expect(take(count(0, 2), count(1, 10))).toEqual([]);
    expect(take(count(2, 1))).toMatchObject([{ subject: "too few connections" }]);
  });

  test("a moment in range starts the window anew", () => {
    const { take } = judge(customActiveConnections, { max: 10, windowSeconds: 60 });
    expect(take(count(0, 11), count(30_000, 5), count(35_000, 11), count(90_000, 11))).toEqual([]);
  });
});

describe("message count", () => {
  const seen = (at: number, deviceId = "d", moduleId?: string): Fact => ({
    kind: "message.seen",
    at,
    deviceId,
    moduleId,
    bytes: 1,
  });
  const ticks = (from: number, to: number) =>
    Array.from({ length: Math.floor((to - from) / 10_000) + 1 }, (_, n) => tick(from + n * 10_000));

  test("one more than the most is told at once and once per window", () => {
    const { take } = judge(customMessageCount, { max: 2, windowSeconds: 60 });
    expect(take(tick(0), seen(1), seen(2))).toEqual([]);
    expect(take(seen(3), seen(4))).toMatchObject([{ subject: "too many messages" }]);
    expect(take(seen(60_001), seen(60_002))).toEqual([]);
    expect(take(seen(60_003))).toHaveLength(1);
  });

  test("too few is told when a watched window ends", () => {
    const { take } = judge(customMessageCount, { min: 1, windowSeconds: 60 });
    expect(take(...ticks(0, 50_000))).toEqual([]);
    expect(take(tick(60_000))).toMatchObject([{ subject: "too few messages" }]);
    expect(take(seen(65_000), ...ticks(70_000, 120_000))).toEqual([]);
  });

  test("a window that nobody watched to its end is not judged", () => {
    const { take } = judge(customMessageCount, { min: 1, windowSeconds: 60 });
    expect(take(tick(0), tick(hour))).toEqual([]);
  });

  test("only the chosen sender counts, and the count survives a restart", () => {
    const settings = { max: 1, windowSeconds: 60, deviceId: "d", moduleId: "m" };
    const first = judge(customMessageCount, settings);
    expect(first.take(tick(0), seen(1, "d", "x"), seen(2, "e", "m"), seen(3, "d", "m"))).toEqual([]);
    expect(judge(customMessageCount, settings, first.snapshot()).take(seen(4, "d", "m"))).toHaveLength(1);
    expect(judge(customMessageCount, settings, { start: "x" }).take(seen(4, "d", "m"))).toEqual([]);
  });
});

describe("device silent", () => {
  const silence = (hours: number, clockStepMs = 0): Fact => ({
    kind: "hub.silence",
    at: hours * hour,
    from: 0,
    to: hours * hour,
    reboots: 1,
    clockStepMs,
  });
  const seen = (at: number, deviceId: string, moduleId?: string): Fact => ({
    kind: "message.seen",
    at,
    deviceId,
    moduleId,
    bytes: 1,
  });
  /** A tick every minute is near enough to the ten seconds of the clock. */
  function* time(from: number, to: number): Generator<Fact> {
    for (let at = from; at <= to; at += 60_000) yield tick(at);
  }

  test("72 hours of its own silence, not an hour less", () => {
    expect(judge(deviceSilent).take(silence(71))).toEqual([]);
    expect(judge(deviceSilent).take(silence(72))).toMatchObject([
      { subject: "this device", firstSeen: 0, evidence: { data: { reboots: 1, silentHours: 72 } } },
    ]);
  });

  test("hours by which the clock jumped are no silence", () => {
    expect(judge(deviceSilent).take(silence(73, 2 * hour))).toEqual([]);
    expect(judge(deviceSilent).take(silence(71, -2 * hour))).toHaveLength(1);
  });

  test("a sender is told once after 72 hours, and again when it spoke and fell silent anew", () => {
    const { take } = judge(deviceSilent);
    expect(take(tick(0), seen(1000, "edge", "sensor"), ...time(0, 71 * hour))).toEqual([]);
    expect(take(...time(71 * hour, 73 * hour))).toMatchObject([{ subject: "sender edge/sensor", firstSeen: 1000 }]);
    expect(take(...time(73 * hour, 150 * hour))).toEqual([]);
    expect(take(seen(150 * hour, "edge", "sensor"), ...time(150 * hour, 223 * hour))).toHaveLength(1);
  });

  test("a sender that speaks is not silent", () => {
    const { take } = judge(deviceSilent);
    const facts = Array.from({ length: 10 }, (_, n) => [
      ...time(n * 20 * hour, (n + 1) * 20 * hour),
      seen(n * 20 * hour, "d"),
    ]);
    expect(take(...facts.flat())).toEqual([]);
  });

  test("the days in which Vedette was off are nobody's silence", () => {
    const first = judge(deviceSilent);
    first.take(tick(0), seen(0, "leaf"), ...time(0, 10 * hour));
    const { take } = judge(deviceSilent, {}, first.snapshot());
    expect(take(...time(200 * hour, 261 * hour))).toEqual([]);
    expect(take(...time(261 * hour, 263 * hour))).toMatchObject([{ subject: "sender leaf" }]);
  });

  test("a clock that jumps ahead silences nobody", () => {
    const { take } = judge(deviceSilent);
    expect(take(tick(0), seen(0, "leaf"), tick(1000 * hour), ...time(1000 * hour, 1010 * hour))).toEqual([]);
  });

  test("ignored senders and the switch", () => {
    const facts = [tick(0), seen(0, "a", "m"), seen(0, "b"), ...time(0, 74 * hour)];
    expect(judge(deviceSilent, { ignoredSenders: ["a/m"] }).take(...facts)).toMatchObject([{ subject: "sender b" }]);
    expect(judge(deviceSilent, { watchSenders: false }).take(...facts)).toEqual([]);
    expect(judge(deviceSilent, { hours: 100 }).take(...facts)).toEqual([]);
  });

  test("a thousand invented devices do not grow the memory", () => {
    const { take, snapshot } = judge(deviceSilent);
    take(...Array.from({ length: 3000 }, (_, n) => seen(n, `d${n}`)));
    expect((snapshot() as { senders: unknown[] }).senders).toHaveLength(1024);
  });

  test.each([null, 5, "x", {}, { listened: -1, senders: [] }, { listened: 5, senders: [[], [1, 2, 3, 4], null] }])(
    "nonsense on the disk is no memory: %j",
    (saved) => {
      expect(judge(deviceSilent, {}, saved).take(...time(0, 80 * hour))).toEqual([]);
    },
  );
});

describe("the module's own state", () => {
  test("lost coverage is one finding with its count", () => {
    const lost = (count: number): Fact => ({
      kind: "coverage.lost",
      at: 1,
      source: "docker-events",
      lost: count,
      reason: "too many",
    });
    expect(judge(coverageLost).take(lost(3))).toMatchObject([{ subject: "docker-events: too many", count: 3 }]);
    expect(judge(coverageLost, { minimumLost: 4 }).take(lost(3))).toEqual([]);
    expect(judge(coverageLost, { minimumLost: 3 }).take(lost(3))).toHaveLength(1);
  });

  test("a rejected setting is named by its path", () => {
    const rejected = (path: string): Fact => ({
      kind: "configuration.rejected",
      at: 1,
      path,
      expected: "a number",
      got: '"x"',
      desiredVersion: 7,
    });
    expect(judge(twinConfigParseFailure).take(rejected("limits.perDay"), rejected(""))).toMatchObject([
      { subject: "setting limits.perDay", evidence: { data: { got: '"x"', desiredVersion: 7 } } },
      { reason: expect.stringContaining("desired properties") },
    ]);
  });
});
