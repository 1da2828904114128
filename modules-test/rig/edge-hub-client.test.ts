/** The hub client against the rig: every fault of the field, with the real SDK over real TLS. */
import { firstValueFrom, type Observable, Subscription } from "rxjs";
import { filter, take, toArray } from "rxjs/operators";
import { afterEach, describe, expect, test } from "vitest";
import { connectHub, type EdgeHubConnection } from "../../src/hub/edge-hub.ts";
import type { HubTiming } from "../../src/hub/timing.ts";
import type { Hub, Log, OutgoingMessage, TwinUpdate } from "../../src/ports.ts";
import { type Rig, type RigOptions, startRig } from "./rig.ts";

/** The product's waits, shortened: what is tested is what follows a wait, not its length. */
const QUICK: Partial<HubTiming> = {
  workload: 300,
  open: 1500,
  twin: 500,
  send: 2500,
  silence: 800,
  hold: 3000,
  close: 1000,
  retryFirst: 40,
  retryMost: 200,
  twinRetry: 200,
};

interface Setup {
  readonly rig: Rig;
  readonly hub: EdgeHubConnection;
  readonly log: string[];
  /** Message ids in the order they reached IoT Hub. */
  readonly arrived: string[];
  readonly twins: TwinUpdate[];
}

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function setup({
  timing = {},
  before,
  ...options
}: RigOptions & { timing?: Partial<HubTiming>; before?: (rig: Rig) => unknown } = {}): Promise<Setup> {
  const rig = await startRig(options);
  cleanups.push(() => rig.close());
  await before?.(rig);
  const log: string[] = [];
  const write = (text: string) => void log.push(text);
  const sink: Log = { debug: write, info: write, warn: write, error: write };
  const environment = rig.environment;
  const hub = connectHub({ environment, log: sink, methods: ["ping"], timing: { ...QUICK, ...timing } });
  cleanups.push(() => hub.close());
  const arrived: string[] = [];
  const twins: TwinUpdate[] = [];
  const all = new Subscription();
  all.add(rig.upstream.subscribe(({ id }) => arrived.push(id)));
  all.add(hub.twin.subscribe((update) => twins.push(update)));
  all.add(hub.methods.subscribe((call) => call.respond(200, { echoed: call.payload })));
  return { rig, hub, log, arrived, twins };
}

const message = (id: string, body: object = { id }, output = "alerts"): OutgoingMessage => ({
  id,
  output,
  severity: "high",
  body: JSON.stringify(body),
  properties: { severity: "high", rule_id: "test" },
});

const connected = (hub: Hub) => firstValueFrom(hub.status.pipe(filter(({ state }) => state === "connected")));
const next = <T>(source: Observable<T>) => firstValueFrom(source.pipe(take(1)));

async function until(condition: () => boolean, what: string, milliseconds = 8000): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`never: ${what}`);
    await new Promise((passed) => setTimeout(passed, 10));
  }
}

/** What the pipeline does: the same message again until it is acknowledged. */
async function deliver(hub: Hub, ids: readonly string[], inFlight = 10): Promise<void> {
  const queue = [...ids];
  const sender = async () => {
    for (let id = queue.shift(); id !== undefined; id = queue.shift())
      for (let sent = false; !sent; )
        sent = await hub.send(message(id)).then(
          () => true,
          () => new Promise((again) => setTimeout(again, 20, false)),
        );
  };
  await Promise.all(Array.from({ length: inFlight }, sender));
}

const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}-${n}`);

/** After any recovery all four directions work. */
async function expectWorking({ rig, hub, twins, arrived }: Setup, mark: string): Promise<void> {
  await deliver(hub, [mark]);
  await until(() => arrived.includes(mark), "message upstream");
  await until(() => rig.connected.length === 1 && rigListens(rig), "subscriptions");
  expect(await rig.invokeMethod("ping", { mark }, 2000)).toEqual({ status: 200, payload: { echoed: { mark } } });
  rig.setDesired({ mark });
  await until(() => (twins.at(-1)?.desired as { mark?: string } | undefined)?.mark === mark, "desired update");
  await hub.report({ mark });
  expect(rig.reported).toMatchObject({ mark });
}

const rigListens = (rig: Rig) => rig.subscribed("methods") && rig.subscribed("desired");

describe("in order", () => {
  test("a message arrives upstream with its id, its properties and as JSON in UTF-8", async () => {
    const { rig, hub } = await setup();
    const arrival = next(rig.upstream);
    await hub.send(message("m-1", { text: "侵入 & 100%" }));
    const { at, ...received } = await arrival;
    expect(received).toEqual({
      id: "m-1",
      output: "alerts",
      body: '{"text":"侵入 & 100%"}',
      properties: { severity: "high", rule_id: "test" },
      systemProperties: { "$.on": "alerts", "$.mid": "m-1", "$.ct": "application/json", "$.ce": "utf-8" },
      deviceId: "edgedev1",
      moduleId: "vedette",
      route: "all",
    });
  });

  test("twin, methods, inputs and reports all work", async () => {
    const all = await setup();
    await expectWorking(all, "first");
    const input = next(all.hub.inputs);
    all.rig.sendInput("in1", { moduleId: "sensor", body: "raw", properties: { "a b": "c/d=e" }, systemProperties: {} });
    expect(await input).toEqual({
      input: "in1",
      body: Buffer.from("raw"),
      properties: { "a b": "c/d=e" },
      deviceId: "edgedev1",
      moduleId: "sensor",
    });
  });

  test("a telemetry message of another module reaches our input by its route, after we have subscribed", async () => {
    const deployment = {
      routes: { fan: 'FROM /messages/modules/sensor/* INTO BrokeredEndpoint("/modules/vedette/inputs/telemetry")' },
    };
    const { rig, hub } = await setup({ deployment, before: (rig) => rig.stop() });
    rig.publishAs({ moduleId: "sensor", output: "temperature", body: '{"t":1}' });
    const input = next(hub.inputs);
    await rig.start();
    expect(await input).toMatchObject({ input: "telemetry", moduleId: "sensor", body: Buffer.from('{"t":1}') });
  });

  test("an array in the desired properties is replaced, not merged by index", async () => {
    const { rig, hub, twins } = await setup({ before: (rig) => rig.setDesired({ list: [1, 2, 3] }) });
    await connected(hub);
    await until(() => twins.length === 1, "first twin");
    rig.setDesired({ list: [9] });
    await until(() => twins.length === 2, "second twin");
    expect(twins.map(({ desired, version }) => ({ desired, version }))).toEqual([
      { desired: { list: [1, 2, 3] }, version: 2 },
      { desired: { list: [9] }, version: 3 },
    ]);
  });

  test("an unknown method is answered 404 and a payload that is no JSON 400, both at once", async () => {
    const { rig, hub } = await setup();
    await connected(hub);
    expect(await rig.invokeMethod("format-disk", null, 2000)).toMatchObject({ status: 404 });
    expect(await rig.invokeRaw("ping", "{oops", 2000)).toMatchObject({ status: 400 });
  });

  test("reported properties that break a limit of the twin reject, and the connection stays", async () => {
    const { rig, hub } = await setup();
    await connected(hub);
    await expect(hub.report({ "a.b": 1 })).rejects.toThrow("400");
    await expect(hub.report({ big: "x".repeat(40_000) })).rejects.toThrow("32 KiB");
    await hub.report({ fine: 1 });
    expect(rig.counters.connected).toBe(1);
  });

  test("the connection string of iotedgehubdev works, with its authority in a file", async () => {
    const rig = await startRig();
    cleanups.push(() => rig.close());
    await rig.workload.setMode("stopped");
    const environment = {
      EdgeHubConnectionString: rig.connectionString,
      EdgeModuleCACertificateFile: rig.authorityFile,
    };
    const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
    const hub = connectHub({ environment, log: silent, timing: QUICK });
    cleanups.push(() => hub.close());
    await hub.send(message("by-key"));
    expect(rig.counters.received).toBe(1);
  });
});

describe("faults", () => {
  test("edgeHub and the workload API are absent at start: it connects when they come", async () => {
    const all = await setup({
      before: async (rig) => {
        await rig.stop();
        await rig.workload.setMode("stopped");
      },
    });
    await until(() => all.log.length >= 2, "two attempts");
    expect(all.log[0]).toContain("workload API: connect ENOENT");
    await all.rig.workload.setMode("serving");
    await until(() => all.log.some((line) => line.includes("ECONNREFUSED")), "attempts on the hub");
    expect(all.log.filter((line) => line.includes("Not authorized"))).toEqual([]);
    await all.rig.start();
    await expectWorking(all, "late");
  });

  test("a hanging workload API is given up after its time, and again", async () => {
    const all = await setup({ before: (rig) => rig.workload.setMode("hanging") });
    await until(() => all.log.filter((line) => line.includes("no answer within 0.3 s")).length >= 2, "two timeouts");
    await all.rig.workload.setMode("serving");
    await expectWorking(all, "unhung");
  });

  test("edgeHub loses the session: desired updates, methods and reports come back", async () => {
    const all = await setup();
    await expectWorking(all, "before");
    await all.rig.restart({ keepSessions: false, downFor: 200 });
    await expectWorking(all, "after");
  });

  test("edgeHub keeps the session: the same, and a change made while away is seen", async () => {
    const all = await setup();
    await expectWorking(all, "before");
    await all.rig.stop();
    all.rig.setDesired({ away: true });
    await all.rig.start();
    await until(
      () => (all.twins.at(-1)?.desired as { away?: boolean } | undefined)?.away === true,
      "the missed change",
    );
    await expectWorking(all, "after");
  });

  test("kicks under load lose nothing", async () => {
    const all = await setup();
    const wanted = ids("kick", 1500);
    const sending = deliver(all.hub, wanted);
    for (let n = 0; n < 3; n++) {
      await until(() => all.arrived.length > 200 * (n + 1), "progress");
      all.rig.kick();
    }
    await sending;
    expect(new Set(all.arrived)).toEqual(new Set(wanted));
    await expectWorking(all, "after");
  });

  test("a frozen edgeHub is noticed by its silence, and nothing is lost", async () => {
    const all = await setup();
    await deliver(all.hub, ["before"]);
    all.rig.freeze();
    const sending = deliver(all.hub, ids("frozen", 20));
    await until(() => all.log.some((line) => line.includes("no acknowledgement for 0.8 s")), "the watchdog");
    all.rig.thaw();
    await sending;
    await expectWorking(all, "thawed");
  });

  test("an acknowledgement that never comes rejects that message only", async () => {
    const { rig, hub } = await setup({ timing: { send: 400, silence: 2000 } });
    await connected(hub);
    rig.faults.dropAck = 1;
    const lost = hub.send(message("unanswered"));
    await Promise.all([
      expect(lost).rejects.toThrow("message unanswered: no answer within 0.4 s"),
      hub.send(message("other")),
    ]);
    expect(rig.counters.connected).toBe(1);
  });

  test("a slow acknowledgement is waited for", async () => {
    const { rig, hub } = await setup();
    await connected(hub);
    rig.faults.ackDelay = 600;
    await hub.send(message("slow"));
    expect(rig.counters).toMatchObject({ received: 1, connected: 1 });
  });

  test("a connection cut in place of the acknowledgement sends the message again with the same id", async () => {
    const all = await setup();
    await connected(all.hub);
    all.rig.faults.closeAfterPublish = 1;
    await deliver(all.hub, ["twice"]);
    expect(all.arrived).toEqual(["twice", "twice"]);
  });

  test("a refused login is tried again until it is granted", async () => {
    const all = await setup();
    await connected(all.hub);
    all.rig.faults.rejectAuth = true;
    all.rig.kick();
    await until(() => all.rig.counters.refused >= 3, "three refusals");
    all.rig.faults.rejectAuth = false;
    await expectWorking(all, "granted");
  });

  test("a changed authority is taken from the trust bundle at the next connection", async () => {
    const all = await setup();
    await expectWorking(all, "before");
    await all.rig.rotateAuthority();
    await expectWorking(all, "after");
  });

  test("a renewal swaps the connection without losing or repeating a message, and without a word", async () => {
    const all = await setup({ timing: { token: 2000 } });
    await connected(all.hub);
    const states: string[] = [];
    all.hub.status.subscribe(({ state }) => states.push(state));
    const wanted = ids("renewed", 400);
    const sending = (async () => {
      for (const id of wanted) {
        await deliver(all.hub, [id], 1);
        await new Promise((passed) => setTimeout(passed, 8));
      }
    })();
    await sending;
    expect(all.rig.counters.connected).toBeGreaterThan(2);
    expect(all.arrived).toEqual(wanted);
    expect(new Set(states)).toEqual(new Set(["connected"]));
  });

  test("a renewal that fails keeps the connection until the token ends, then recovers", async () => {
    const all = await setup({ timing: { token: 2000 }, reauthenticateEvery: 100 });
    await connected(all.hub);
    await all.rig.workload.setMode("stopped");
    await until(() => all.log.some((line) => line.startsWith("token not renewed")), "a failed renewal");
    await all.hub.send(message("old token"));
    await until(() => all.rig.connected.length === 0, "edgeHub drops the expired client");
    await all.rig.workload.setMode("serving");
    await expectWorking(all, "renewed");
  });

  test("poisonous twins neither end the process nor stop messages", async () => {
    const all = await setup({ before: (rig) => Object.assign(rig.faults, { twinGetStatus: 500 }) });
    await deliver(all.hub, ["while 500"]);
    await until(() => all.log.some((line) => line.includes("edgeHub answered 500")), "the refusal");
    Object.assign(all.rig.faults, { twinGetStatus: 0, twinGetBody: "<html>" });
    await until(() => all.log.some((line) => line.includes("Unexpected token")), "the nonsense");
    all.rig.faults.twinGetBody = undefined;
    await until(() => all.twins.length === 1, "a twin");
    expect(all.rig.pushRawDesired("{not json")).toBe(true);
    await expectWorking(all, "healthy");
    expect(all.rig.counters.connected).toBe(1);
  });

  test("a malformed input costs that message only", async () => {
    const all = await setup();
    await connected(all.hub);
    all.rig.sendRawInput("in1/%E0%A4%A&x=1", "bad");
    await until(() => all.log.some((line) => line.includes("dropped")), "the fault");
    await expectWorking(all, "after");
    expect(all.rig.counters.connected).toBe(1);
  });

  test("twin reads without an answer end the connection after the third, messages flow meanwhile", async () => {
    const all = await setup({
      timing: { twin: 150 },
      before: (rig) => Object.assign(rig.faults, { ignoreTwinGet: true }),
    });
    await deliver(all.hub, ["meanwhile"]);
    await until(() => all.rig.counters.connected >= 2, "a new connection");
    expect(all.rig.counters.twinReads).toBeGreaterThanOrEqual(3);
    all.rig.faults.ignoreTwinGet = false;
    await expectWorking(all, "answered");
  });

  test("the empty twin of an offline edgeHub is no twin, and the real one is taken when it comes", async () => {
    const all = await setup({
      before: (rig) => {
        rig.setDesired({ set: true });
        rig.forgetTwin();
        rig.upstreamOff();
      },
    });
    await until(() => all.log.some((line) => line.includes("knows no twin")), "the empty twin");
    expect(all.twins).toEqual([]);
    all.rig.upstreamOn();
    await until(() => all.twins.length > 0, "the twin");
    expect(all.twins).toMatchObject([{ desired: { set: true }, version: 2 }]);
  });

  test("a reset makes a new connection", async () => {
    const all = await setup();
    await connected(all.hub);
    all.hub.reset("a fault of the SDK");
    await until(() => all.log.some((line) => line.includes("a fault of the SDK")), "the reason");
    await expectWorking(all, "reset");
    expect(all.rig.counters.connected).toBe(2);
  });

  test("a report without an answer rejects in time", async () => {
    const { rig, hub } = await setup();
    await connected(hub);
    rig.faults.ignoreReported = true;
    await expect(hub.report({ a: 1 })).rejects.toThrow("twin report: no answer within 0.5 s");
  });
});

describe("at the end", () => {
  test("close ends everything while edgeHub is frozen, within its time, and sends reject", async () => {
    const { rig, hub } = await setup();
    await connected(hub);
    const states = firstValueFrom(hub.status.pipe(toArray()));
    rig.freeze();
    const waiting = hub.send(message("cut off"));
    await Promise.all([expect(waiting).rejects.toThrow("closed"), hub.close()]);
    expect((await states).at(-1)).toMatchObject({ state: "stopped" });
    await expect(hub.send(message("too late"))).rejects.toMatchObject({ name: "HubAway" });
  });

  test("a message above 256 KiB with its properties is refused before edgeHub would lose it", async () => {
    const { rig, hub } = await setup();
    await connected(hub);
    const large = message("large", { text: "x".repeat(256 * 1024 - 40) });
    await expect(hub.send(large)).rejects.toThrow(RangeError);
    expect(rig.counters.received).toBe(0);
  });
});
