import { BehaviorSubject } from "rxjs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { SeverityName } from "../alerts/catalogue.ts";
import { HubAway, type HubStatus, type Log, type OutgoingMessage } from "../ports.ts";
import { MemoryOutbox } from "../store/memory-outbox.ts";
import { Deliverer } from "./deliver.ts";

const message = (id: string, severity: SeverityName = "medium"): OutgoingMessage => ({
  id,
  output: "alerts",
  severity,
  body: "{}",
  properties: {},
});

/** A hub that answers as `answer` says, and keeps what it was sent. */
function setUp(answer: (id: string, attempt: number) => Promise<void> = () => Promise.resolve()) {
  const outbox = new MemoryOutbox();
  const status = new BehaviorSubject<HubStatus>({ state: "connected", reason: "" });
  const sent: string[] = [];
  const acknowledged: string[] = [];
  const aside: string[] = [];
  const told: string[] = [];
  const tell = (text: string) => void told.push(text);
  const log: Log = { debug: tell, info: tell, warn: tell, error: tell };
  const setAside = outbox.setAside.bind(outbox);
  outbox.setAside = (sequence) => {
    aside.push(String(sequence));
    return setAside(sequence);
  };
  const hub = {
    status,
    send: ({ id }: OutgoingMessage) => {
      sent.push(id);
      return answer(id, sent.filter((other) => other === id).length);
    },
  };
  const deliverer = new Deliverer({ outbox, hub, log, acknowledged: ({ id }) => void acknowledged.push(id) });
  const say = (state: HubStatus["state"]) => status.next({ state, reason: "" });
  return { outbox, deliverer, sent, acknowledged, aside, told, say };
}

const soon = () => vi.advanceTimersByTimeAsync(1);
const later = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);
const refused = () => Promise.reject(new Error("refused"));
const never = () => new Promise<void>(() => undefined);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("delivery", () => {
  test("takes a message off the store after the acknowledgement, and not before", async () => {
    let puback: () => void = () => undefined;
    const { outbox, acknowledged } = setUp(() => new Promise((resolve) => (puback = resolve)));
    await outbox.append([message("a")]);
    await soon();
    expect(outbox.status().depth).toBe(1);
    puback();
    await soon();
    expect(outbox.status().depth).toBe(0);
    expect(acknowledged).toEqual(["a"]);
  });

  test("sends what was appended while the hub was away when it is back, the highest severity first", async () => {
    const { outbox, sent, say } = setUp();
    say("connecting");
    await outbox.append([message("l1", "low"), message("m1"), message("h1", "high"), message("l2", "low")]);
    await outbox.append([message("h2", "high"), message("i1", "informational")]);
    await later(3600);
    expect(sent).toEqual([]);
    say("connected");
    await soon();
    expect(sent).toEqual(["h1", "h2", "m1", "l1", "l2", "i1"]);
    expect(outbox.status().depth).toBe(0);
  });

  test("has at most ten in flight, each once", async () => {
    const { outbox, sent } = setUp(never);
    await outbox.append(Array.from({ length: 30 }, (_, i) => message(`m${i}`)));
    await later(60);
    expect(sent).toEqual(Array.from({ length: 10 }, (_, i) => `m${i}`));
  });

  test("sends a large backlog whole, in order and without repeating any", async () => {
    const { outbox, sent } = setUp();
    const ids = Array.from({ length: 500 }, (_, i) => `m${i}`);
    await outbox.append(ids.map((id) => message(id)));
    await later(5);
    expect(sent).toEqual(ids);
    expect(outbox.status().depth).toBe(0);
  });

  test("tries again what failed, after a pause that grows", async () => {
    const { outbox, sent } = setUp((_id, attempt) => (attempt < 4 ? refused() : Promise.resolve()));
    await outbox.append([message("a")]);
    await soon();
    expect(sent).toHaveLength(1);
    await later(0.9);
    expect(sent).toHaveLength(1);
    await later(0.2);
    expect(sent).toHaveLength(2);
    await later(30);
    expect(sent).toHaveLength(4);
    expect(outbox.status().depth).toBe(0);
  });
});

describe("poison", () => {
  const poisoned = (id: string) => (id === "poison" ? refused() : Promise.resolve());

  test("is set aside after six failures alone while others pass, with a word, and blocks none of them", async () => {
    const { outbox, acknowledged, aside, told } = setUp(poisoned);
    await outbox.append([message("poison", "high")]);
    for (let i = 0; i < 60; i++) {
      await outbox.append([message(`m${i}`)]);
      await later(10);
    }
    expect(acknowledged).toHaveLength(60);
    expect(aside).toHaveLength(1);
    expect(outbox.status()).toMatchObject({ depth: 0, setAside: 1 });
    expect(told.join()).toMatch(/message poison failed \d+ times and is set aside: refused/);
  });

  test("is no message while the hub takes nothing at all", async () => {
    const { outbox, aside } = setUp(refused);
    await outbox.append([message("a", "high"), message("b"), message("c")]);
    await later(24 * 3600);
    expect(aside).toEqual([]);
    expect(outbox.status().depth).toBe(3);
  });

  test("is no message that was not sent: a hub that is away says nothing about it", async () => {
    const { outbox, aside } = setUp((id) =>
      id === "a" ? Promise.reject(new HubAway("no connection")) : Promise.resolve(),
    );
    await outbox.append([message("a", "high")]);
    for (let i = 0; i < 100; i++) {
      await outbox.append([message(`m${i}`)]);
      await later(10);
    }
    expect(aside).toEqual([]);
    expect(outbox.status().depth).toBe(1);
  });

  test("is no message that only fails beside others, as their victim", async () => {
    let inFlight = 0;
    const { outbox, aside, acknowledged } = setUp(async () => {
      inFlight++;
      const alone = inFlight === 1;
      await new Promise((resolve) => setTimeout(resolve, 100));
      inFlight--;
      if (!alone) throw new Error("the connection was closed");
    });
    await outbox.append(Array.from({ length: 12 }, (_, i) => message(`m${i}`)));
    await later(1200);
    expect(aside).toEqual([]);
    expect(new Set(acknowledged).size).toBe(12);
  });
});

describe("the store", () => {
  test("that cannot be read now is asked again", async () => {
    const { outbox, sent, told } = setUp();
    const next = outbox.next.bind(outbox);
    outbox.next = () => Promise.reject(new Error("EIO"));
    await outbox.append([message("a")]);
    await soon();
    expect(told.join()).toMatch(/cannot be read, trying again: Error: EIO/);
    outbox.next = next;
    await later(6);
    expect(sent).toEqual(["a"]);
  });
});

describe("closing", () => {
  test("sends nothing more, and leaves what is in flight to the store", async () => {
    const { outbox, deliverer, sent } = setUp(never);
    await outbox.append([message("a")]);
    await soon();
    deliverer.close();
    await outbox.append([message("b")]);
    await later(60);
    expect(sent).toEqual(["a"]);
    expect(outbox.status().depth).toBe(2);
  });

  test("ends also while a failed message waits for its next try", async () => {
    const { outbox, deliverer, sent } = setUp(refused);
    await outbox.append([message("a")]);
    await soon();
    deliverer.close();
    await later(60);
    expect(sent).toEqual(["a"]);
  });
});
