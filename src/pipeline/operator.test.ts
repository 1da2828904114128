import { BehaviorSubject, NEVER, Subject } from "rxjs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { mergePatch } from "../../modules-test/rig/twin.ts";
import { type Configuration, ConfigurationReader } from "../config/configuration.ts";
import { detectors } from "../detectors/index.ts";
import type { Fact } from "../events/fact.ts";
import type { Hub, HubStatus, Log, OutgoingMessage, TwinUpdate } from "../ports.ts";
import type { Guard } from "./guard.ts";
import { type LastGood, Operator } from "./operator.ts";
import { Status } from "./status.ts";

const start = Date.parse("2026-11-24T10:00:00Z");
const none = () => undefined;
const log: Log = { debug: none, info: none, warn: none, error: none };
const reader = new ConfigurationReader(detectors);

function setUp(from?: Partial<LastGood>) {
  const twin = new Subject<TwinUpdate>();
  const state = new BehaviorSubject<HubStatus>({ state: "connected", reason: "" });
  const patches: Record<string, unknown>[] = [];
  const facts: Fact[] = [];
  const sent: OutgoingMessage[] = [];
  const saved: LastGood[] = [];
  let document = {};
  const judged = reader.read(from?.desired ?? {});
  const guard = {
    configuration: judged.configuration,
    configure: vi.fn((next: Configuration) => {
      guard.configuration = next;
    }),
    take: (fact: Fact) => void facts.push(fact),
    enqueue: (message: OutgoingMessage) => void sent.push(message),
  };
  const status = new Status(start);
  const operator = new Operator({
    hub: {
      send: async () => undefined,
      status: state,
      twin,
      methods: NEVER,
      inputs: NEVER,
      report: async (patch) => {
        patches.push(patch);
        document = mergePatch(document, patch as never) as object;
      },
      close: async () => undefined,
    } satisfies Hub,
    guard: guard as unknown as Guard,
    reader,
    status,
    log,
    device: { hostname: "h", deviceId: "d", moduleId: "m", hub: "x" },
    version: "1.0.0",
    ...(from?.version !== undefined && { started: { version: from.version, judged, told: from.told } }),
    saveLastGood: async (good) => void saved.push(JSON.parse(JSON.stringify(good))),
    recentAlerts: async () => [],
    scanNow: none,
    onConfiguration: none,
  });
  operator.start();
  const tell = async (desired: unknown, version: number) => {
    twin.next({ desired, version });
    await vi.advanceTimersByTimeAsync(1);
  };
  const told = () => facts.map((f) => (f.kind === "configuration.rejected" ? f.path : f.kind));
  return {
    tell,
    told,
    patches,
    saved,
    sent,
    status,
    guard,
    operator,
    state,
    reported: () => document as Record<string, unknown>,
  };
}

describe("the operator's side", () => {
  beforeEach(() => vi.useFakeTimers({ now: start }));
  afterEach(() => vi.useRealTimers());

  test("tells the problems of a twin once, not again when the same twin comes with a reconnection or a restart", async () => {
    const first = setUp();
    const bad = { limits: { perMinute: 0 } };
    await first.tell(bad, 3);
    await first.tell({ ...bad }, 3);
    expect(first.told()).toEqual(["limits.perMinute"]);
    const restarted = setUp(first.saved.at(-1));
    await restarted.tell(bad, 3);
    expect(restarted.told()).toEqual([]);
    await restarted.tell(bad, 4);
    expect(restarted.told()).toEqual(["limits.perMinute"]);
  });

  test("tells a problem under the settings that came with it", async () => {
    const { tell, guard } = setUp();
    const order: string[] = [];
    guard.configure.mockImplementation(() => void order.push("configured"));
    guard.take = () => void order.push("told");
    await tell({ limits: 0, observe: true }, 2);
    expect(order).toEqual(["configured", "told"]);
  });

  test("does not take the empty twin of an offline hub for a reset, but that of an operator", async () => {
    const { tell, guard } = setUp({ desired: { limits: { perMinute: 9 } }, version: 4 });
    await tell({}, 0);
    await tell({ $version: 0 }, Number.NaN);
    expect(guard.configuration.limits.perMinute).toBe(9);
    await tell({}, 5);
    expect(guard.configuration.limits.perMinute).toBe(20);
  });

  test("keeps on disk what is in force, not what was rejected", async () => {
    const { tell, saved } = setUp({ desired: { limits: { perMinute: 9 } }, version: 4 });
    await tell({ limits: { perMinute: 0 }, language: "ja" }, 5);
    const { configuration, problems } = reader.read(saved.at(-1)?.desired);
    expect(problems).toEqual([]);
    expect([configuration.limits.perMinute, configuration.language]).toEqual([9, "ja"]);
  });

  test("leaves the detectors alone when a twin changes nothing", async () => {
    const { tell, guard } = setUp();
    await tell({ schemaVersion: "1.0", limits: { perMinute: 20 } }, 2);
    expect(guard.configure).not.toHaveBeenCalled();
  });

  test("reports version, hash and sections at once, and clears problems when they are gone", async () => {
    const { tell, reported } = setUp();
    await tell({ limits: 0, repeets: {} }, 2);
    expect(reported()).toMatchObject({
      lastDesiredVersion: 2,
      sections: { limits: "rejected" },
      problems: { "01": expect.any(String) },
    });
    await tell({}, 3);
    expect(reported()).toMatchObject({
      lastDesiredVersion: 3,
      lastDesiredStatus: { code: 200 },
      problems: {},
      rejected: {},
    });
  });

  test("reports what it started with until the hub tells its twin", async () => {
    const { status, reported } = setUp({ desired: { limits: { perMinute: 9 } }, version: 4 });
    status.sourceReported({ kind: "source.reported", at: start, source: "accounts", state: "live", reason: "" });
    await vi.advanceTimersByTimeAsync(1);
    expect(reported()).toMatchObject({
      lastDesiredVersion: 4,
      configurationHash: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
  });

  test("reports at most once in ten minutes, whatever is counted, and nothing when nothing changed", async () => {
    const { status, patches } = setUp();
    await vi.advanceTimersByTimeAsync(600_000);
    const before = patches.length;
    for (let second = 0; second < 1_800; second++) {
      status.withhold("reverse-shell", "observed");
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(patches.length - before).toBe(3);
    await vi.advanceTimersByTimeAsync(1_800_000);
    expect(patches.length - before).toBeLessThanOrEqual(4);
  });

  test("reports a state that flaps not more than every ten seconds, and its last state", async () => {
    const { status, patches, reported } = setUp();
    await vi.advanceTimersByTimeAsync(60_000);
    const before = patches.length;
    for (let i = 0; i < 601; i++) {
      const state = i % 2 === 0 ? "degraded" : "live";
      status.sourceReported({ kind: "source.reported", at: start, source: "sockets", state, reason: "" });
      await vi.advanceTimersByTimeAsync(100);
    }
    await vi.advanceTimersByTimeAsync(10_000);
    expect(patches.length - before).toBeLessThanOrEqual(9);
    expect(reported()).toMatchObject({ sources: { sockets: { state: "degraded" } } });
  });

  test("reports everything again after the hub was away", async () => {
    const { state, patches, status } = setUp();
    await vi.advanceTimersByTimeAsync(60_000);
    state.next({ state: "connecting", reason: "lost" });
    status.withhold("reverse-shell", "observed");
    await vi.advanceTimersByTimeAsync(30_000);
    state.next({ state: "connected", reason: "" });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(Object.keys(patches.at(-1) ?? {})).toContain("moduleVersion");
  });

  test("sends a heartbeat at the start and at the interval, and follows its change", async () => {
    const { sent, tell } = setUp();
    expect(sent).toHaveLength(1);
    await tell({ heartbeat: { intervalMinutes: 5 } }, 2);
    await vi.advanceTimersByTimeAsync(16 * 60_000);
    expect(sent).toHaveLength(5);
    await tell({ heartbeat: { intervalMinutes: 0 } }, 3);
    await vi.advanceTimersByTimeAsync(60 * 60_000);
    expect(sent).toHaveLength(5);
  });
});
