import { Subject } from "rxjs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { ConfigurationReader } from "../config/configuration.ts";
import { type Context, correlator, type Detector, matcher } from "../detectors/detector.ts";
import { detectors } from "../detectors/index.ts";
import type { Fact, LoginFailed } from "../events/fact.ts";
import type { Log, Outbox, OutboxStatus, OutgoingMessage, Stream } from "../ports.ts";
import { Guard, type GuardState } from "./guard.ts";
import { ProcessTable } from "./process-table.ts";
import { Status } from "./status.ts";

const none = () => undefined;
const context: Context = { threats: { address: none, domain: none, url: none, image: none }, userName: none };
const reader = new ConfigurationReader(detectors);

/** A failed login is a finding on its user; "crash" makes the detector throw; how many were seen is remembered. */
const each: readonly Detector[] = [
  matcher({
    alert: "local-login-failed",
    on: ["login.failed"],
    settings: z.object({}),
    match({ user = "" }) {
      if (user === "crash") throw new Error("a detector's fault");
      return { subject: `user ${user}`, reason: "failed", confidence: "high", evidence: { user } };
    },
  }),
  correlator({
    alert: "brute-force-failed",
    on: ["login.failed"],
    settings: z.object({}),
    memory: (_settings, saved) => ({ seen: typeof saved === "number" ? saved : 0 }),
    step: (_fact, memory) => void memory.seen++,
    snapshot: (memory) => memory.seen,
  }),
];

/** A disk whose appends wait until they are let through. */
class Disk implements Outbox {
  readonly stored: string[] = [];
  readonly appended = new Subject<void>();
  held: (() => void)[] | undefined;
  refuse = false;
  evicted: OutboxStatus["evicted"] = {};

  append(messages: readonly OutgoingMessage[]): Promise<void> {
    if (this.refuse) return Promise.reject(new Error("EIO"));
    const store = () => void this.stored.push(...messages.map(({ body }) => JSON.parse(body).message as string));
    if (!this.held) return Promise.resolve(store());
    return new Promise((resolve) => this.held?.push(() => resolve(store())));
  }
  release(): void {
    const held = this.held ?? [];
    this.held = undefined;
    for (const act of held) act();
  }
  next = async () => [];
  acknowledge = async () => undefined;
  setAside = async () => undefined;
  status = () => ({ depth: 0, bytes: 0, evicted: this.evicted, setAside: 0 });
  close = async () => undefined;
}

function setUp(saved?: Partial<GuardState>, streams: readonly Stream[] = []) {
  const disk = new Disk();
  const told: string[] = [];
  const states: GuardState[] = [];
  const tell = (level: string) => (text: string) => void told.push(`${level}: ${text}`);
  const log: Log = { debug: none, info: tell("info"), warn: tell("warn"), error: tell("error") };
  const store = { refuse: false };
  const status = new Status(Date.now());
  const guard = new Guard({
    streams,
    detectors: each,
    configuration: reader.read({ repeats: { windowMinutes: 1 } }).configuration,
    context,
    table: new ProcessTable(),
    outbox: disk,
    status,
    log,
    device: { hostname: "h", deviceId: "d", moduleId: "m", hub: "hub" },
    version: "1",
    ...(saved && { saved }),
    async checkpoint(state) {
      if (store.refuse) throw new Error("ENOSPC");
      states.push(JSON.parse(state) as GuardState);
    },
  });
  const fail = (user: string) => guard.take(failed(user));
  const advance = (position: unknown) =>
    guard.take({ kind: "source.advanced", at: Date.now(), source: "auth-log", position });
  return { guard, disk, told, states, store, status, fail, advance };
}

const failed = (user: string): LoginFailed => ({
  kind: "login.failed",
  at: Date.now(),
  user,
  method: "password",
  service: "login",
  terminal: "tty1",
  pid: user.length,
  teller: "pam",
});
const later = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("the order of what is stored", () => {
  test("a position goes to disk after the alerts of the lines before it", async () => {
    const { disk, states, fail, advance, guard } = setUp();
    guard.start();
    disk.held = [];
    fail("eve");
    advance(100);
    await later(30);
    expect(states).toEqual([]);
    disk.release();
    await later(30);
    expect(disk.stored).toHaveLength(1);
    expect(states.at(-1)?.positions).toEqual({ "auth-log": 100 });
    await guard.close();
  });

  test("a position is stored with the memory of its own moment", async () => {
    const { disk, states, fail, advance, guard } = setUp();
    guard.start();
    fail("eve");
    advance(1);
    disk.held = [];
    await later(2);
    fail("bob");
    advance(2);
    disk.release();
    await guard.close();
    for (const { positions, memory } of states)
      expect([positions["auth-log"], memory["brute-force-failed"]]).toEqual(
        positions["auth-log"] === 1 ? [1, 1] : [2, 2],
      );
    expect(states.at(-1)?.positions["auth-log"]).toBe(2);
  });

  test("a store that refuses alerts gets no position past them", async () => {
    const { disk, states, told, fail, advance, guard } = setUp();
    guard.start();
    disk.refuse = true;
    fail("eve");
    advance(100);
    await later(60);
    expect(states).toEqual([]);
    expect(told.join("\n")).toMatch(/error: outbox: 1 alerts are not stored: Error: EIO/);
    expect(told.join("\n")).toMatch(/warn: state: cannot be stored.*its alerts are not on disk/);
    disk.refuse = false;
    fail("bob");
    await later(60);
    expect(disk.stored).toHaveLength(2);
    expect(states.at(-1)?.positions).toEqual({ "auth-log": 100 });
    await guard.close();
  });

  test("a state that cannot be stored is said once, tried again, and said when it works", async () => {
    const { states, store, told, advance, guard } = setUp();
    guard.start();
    store.refuse = true;
    advance(1);
    await later(120);
    expect(told.filter((line) => line.includes("cannot be stored"))).toHaveLength(1);
    store.refuse = false;
    await later(30);
    expect(told.filter((line) => line.includes("is stored again"))).toHaveLength(1);
    expect(states.at(-1)?.positions).toEqual({ "auth-log": 1 });
    await guard.close();
  });

  test("a state that did not change is not written again", async () => {
    const { states, store, advance, guard } = setUp();
    guard.start();
    advance(1);
    await later(30);
    expect(states).toHaveLength(1);
    await later(600);
    expect(states).toHaveLength(1);
    advance(2);
    await later(30);
    expect(states).toHaveLength(2);
    store.refuse = true;
    advance(3);
    await later(30);
    store.refuse = false;
    advance(2);
    await later(120);
    // What the disk holds after a refusal is not known.
    expect(states).toHaveLength(3);
    await guard.close();
  });
});

describe("a restart", () => {
  test("resumes at the stored positions with the stored memory", async () => {
    const first = setUp();
    first.guard.start();
    first.fail("eve");
    first.advance({ inode: 7, offset: 100 });
    await first.guard.close();
    const opened: unknown[] = [];
    const source: Stream = {
      source: "auth-log",
      open(position) {
        opened.push(position);
        return new Subject<Fact>();
      },
    };
    const second = setUp(first.states.at(-1), [source]);
    second.guard.start();
    expect(opened).toEqual([{ inode: 7, offset: 100 }]);
    second.fail("bob");
    await second.guard.close();
    expect(second.states.at(-1)?.memory["brute-force-failed"]).toBe(2);
  });

  test("tells the same failure of the same second with the same id, so that it can be told from a new one", async () => {
    const ids: string[] = [];
    for (const run of [1, 2]) {
      vi.setSystemTime(Date.parse("2026-11-24T10:00:00Z"));
      const { guard, disk, fail } = setUp();
      disk.append = async (messages) => void ids.push(...messages.map(({ id }) => id));
      guard.start();
      fail("eve");
      await guard.close();
      expect(ids).toHaveLength(run);
    }
    expect(ids[0]).toBe(ids[1]);
  });

  test.each([
    ["numbers", { positions: 7, memory: 7, fold: 7, recent: 7, repeats: 7, limits: 7 }],
    ["null", { positions: null, memory: null, fold: null, recent: null, repeats: null, limits: null }],
    [
      "lists of nonsense",
      { positions: [[]], memory: [1], fold: [[[]]], recent: [null, 1], repeats: [{}], limits: [[]] },
    ],
    ["texts", { positions: "x", memory: "x", fold: "x", recent: "x", repeats: "x", limits: "x" }],
  ])("with a state of %s begins anew", async (_what, saved) => {
    const { guard, fail, disk } = setUp(saved as unknown as Partial<GuardState>);
    guard.start();
    fail("eve");
    await guard.close();
    expect(disk.stored).toHaveLength(1);
  });
});

describe("faults", () => {
  test("of a detector cost one fact for that detector, and are said by its name", async () => {
    const { guard, disk, told, states, fail } = setUp();
    guard.start();
    fail("crash");
    fail("eve");
    await guard.close();
    expect(disk.stored).toHaveLength(1);
    expect(told.join()).toMatch(/detector local-login-failed failed on one fact: Error: a detector's fault/);
    expect(states.at(-1)?.memory["brute-force-failed"]).toBe(2);
  });

  test("of a source are told once a state, and never reach a detector", async () => {
    const { guard, told, status } = setUp();
    const report = (state: "live" | "degraded", reason: string) =>
      guard.take({ kind: "source.reported", at: 0, source: "auth-log", state, reason, remedy: "do this" });
    report("degraded", "no right");
    report("degraded", "no right");
    report("live", "");
    expect(told).toEqual(["warn: auth-log: degraded, no right (do this)", "info: auth-log: live (do this)"]);
    expect(status.sourcesNow.get("auth-log")?.state).toBe("live");
    await guard.close();
  });
});

describe("what the store gave up", () => {
  test("is told as an alert, once an hour, with the number of the new ones", async () => {
    const { guard, disk } = setUp();
    guard.start();
    disk.evicted = { low: 3 };
    await later(60);
    disk.evicted = { low: 5, high: 1 };
    await later(1800);
    expect(disk.stored).toHaveLength(1);
    expect(disk.stored[0]).toMatch(/outbox/);
    await later(1860);
    expect(disk.stored).toHaveLength(2);
    await guard.close();
  });
});

describe("closing", () => {
  test("stores the last position, and takes nothing from the streams after it", async () => {
    const facts = new Subject<Fact>();
    const source: Stream = { source: "auth-log", open: () => facts };
    const { guard, disk, states } = setUp(undefined, [source]);
    guard.start();
    facts.next(failed("eve"));
    facts.next({ kind: "source.advanced", at: 0, source: "auth-log", position: 5 });
    await guard.close();
    expect(states.at(-1)?.positions).toEqual({ "auth-log": 5 });
    expect(facts.observed).toBe(false);
    expect(disk.stored).toHaveLength(1);
  });

  test("waits two seconds for a disk that does not answer, and says what that means", async () => {
    const { guard, disk, told, fail } = setUp();
    guard.start();
    disk.held = [];
    fail("eve");
    let closed = false;
    void guard.close().then(() => {
      closed = true;
    });
    await later(1.9);
    expect(closed).toBe(false);
    await later(0.2);
    expect(closed).toBe(true);
    expect(told.join()).toMatch(/the disk does not take it; the next start reads the logs from an earlier place/);
  });
});
