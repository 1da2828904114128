import { NEVER } from "rxjs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { ConfigurationReader } from "../config/configuration.ts";
import type { Context, Detector } from "../detectors/detector.ts";
import { matcher } from "../detectors/detector.ts";
import { detectors } from "../detectors/index.ts";
import type { LoginFailed } from "../events/fact.ts";
import type { Log, Outbox, OutgoingMessage } from "../ports.ts";
import { Guard } from "./guard.ts";
import { ProcessTable } from "./process-table.ts";
import { Status } from "./status.ts";

const start = Date.parse("2026-11-24T10:00:00Z");
const none = () => undefined;
const silent: Log = { debug: none, info: none, warn: none, error: none };
const context: Context = { threats: { address: none, domain: none, url: none, image: none }, userName: none };

/** Every failed login is a finding on its user; the user `root` one of another, high alert. */
const each: readonly Detector[] = [
  matcher({
    alert: "local-login-failed",
    on: ["login.failed"],
    settings: z.object({}),
    match: ({ user = "" }) =>
      user === "root"
        ? undefined
        : { subject: `user ${user}`, reason: "failed", confidence: "high", evidence: { user } },
  }),
  matcher({
    alert: "brute-force-success",
    on: ["login.failed"],
    settings: z.object({}),
    match: ({ user = "" }) =>
      user === "root"
        ? { subject: "user root", reason: "broken in", confidence: "high", evidence: { user } }
        : undefined,
  }),
];

function setUp(desired: object = {}) {
  const sent: OutgoingMessage[] = [];
  const outbox: Outbox = {
    append: async (messages) => void sent.push(...messages),
    next: async () => [],
    acknowledge: async () => undefined,
    setAside: async () => undefined,
    status: () => ({ depth: 0, bytes: 0, evicted: {}, setAside: 0 }),
    appended: NEVER,
    close: async () => undefined,
  };
  const status = new Status(start);
  const reader = new ConfigurationReader(detectors);
  const guard = new Guard({
    streams: [],
    detectors: each,
    configuration: reader.read(desired).configuration,
    context,
    table: new ProcessTable(),
    outbox,
    status,
    log: silent,
    device: { hostname: "h", deviceId: "d", moduleId: "m", hub: "hub" },
    version: "1",
    checkpoint: async () => undefined,
  });
  const fail = (user: string) =>
    guard.take({
      kind: "login.failed",
      at: Date.now(),
      user,
      method: "password",
      service: "login",
      terminal: `tty${user.length}`,
      pid: Math.floor(Math.random() * 1e9),
      teller: "pam",
    } satisfies LoginFailed);
  return { guard, sent, status, reader, fail };
}

const bodies = (sent: readonly OutgoingMessage[]) => sent.map(({ body }) => JSON.parse(body));

describe("a storm", () => {
  beforeEach(() => vi.useFakeTimers({ now: start }));
  afterEach(() => vi.useRealTimers());

  test("of 10,000 findings in a minute sends a handful of messages, the one high alert in its middle, and a summary", async () => {
    const { guard, sent, status, fail } = setUp();
    guard.start();
    for (let i = 0; i < 10_000; i++) {
      fail(i === 5_000 ? "root" : `user${i}`);
      if (i % 100 === 0) await vi.advanceTimersByTimeAsync(590);
    }
    await vi.advanceTimersByTimeAsync(90_000);
    const count = (alert: string) => sent.filter(({ alertId }) => alertId === alert).length;
    expect(count("brute-force-success")).toBe(1);
    expect(count("local-login-failed")).toBe(10);
    expect(count("alerts-held-back")).toBe(1);
    expect(sent.length).toBe(12);
    expect(status.withheld.limited).toBe(9_989);
    const summary = bodies(sent).find((b) => b.finding_info.analytic.uid === "alerts-held-back");
    expect(summary.evidences[0].data.byAlert).toEqual({ "local-login-failed": 9_989 });
    expect(JSON.stringify(summary.evidences[0].data.samples)).toContain("user user");
    await guard.close();
  });

  test("of one subject is one alert at once and one update with the count, under the same finding", async () => {
    const { guard, sent, fail } = setUp({ repeats: { windowMinutes: 1 } });
    guard.start();
    for (let i = 0; i < 10_000; i++) fail("eve");
    await vi.advanceTimersByTimeAsync(90_000);
    const [create, update, ...more] = bodies(sent);
    expect(more).toEqual([]);
    expect([create.activity_name, update.activity_name]).toEqual(["Create", "Update"]);
    expect(update.count).toBe(10_000);
    expect(update.finding_info.uid).toBe(create.finding_info.uid);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(2);
    await guard.close();
  });

  test("in observe mode sends nothing and is counted by alert", async () => {
    const { guard, sent, status, fail } = setUp({ observe: true });
    guard.start();
    for (let i = 0; i < 1_000; i++) fail(`user${i}`);
    await vi.advanceTimersByTimeAsync(90_000);
    expect(sent).toEqual([]);
    expect(status.observed.get("local-login-failed")).toBe(1_000);
    await guard.close();
  });

  test("that was held back leaves its subjects new: the next of them is told", async () => {
    const { guard, sent, fail } = setUp({ limits: { perMinute: 2 } });
    guard.start();
    for (const user of ["a", "b", "c"]) fail(user);
    await vi.advanceTimersByTimeAsync(61_000);
    fail("c");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(bodies(sent).map((b) => b.evidences[0].user?.name)).toContain("c");
    await guard.close();
  });

  test("does not tell its summary when the operator has switched that alert off", async () => {
    const { guard, sent, fail } = setUp({
      limits: { perMinute: 1 },
      alerts: { "alerts-held-back": { enabled: false } },
    });
    guard.start();
    for (let i = 0; i < 100; i++) fail(`user${i}`);
    await vi.advanceTimersByTimeAsync(180_000);
    expect(sent.some(({ alertId }) => alertId === "alerts-held-back")).toBe(false);
    await guard.close();
  });
});
