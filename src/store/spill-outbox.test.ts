import { Subject } from "rxjs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { SeverityName } from "../alerts/catalogue.ts";
import type { Log, Outbox, OutboxEntry, OutgoingMessage } from "../ports.ts";
import { SpillOutbox } from "./spill-outbox.ts";

const message = (id: string, severity: SeverityName = "medium"): OutgoingMessage => ({
  id,
  output: "alerts",
  severity,
  body: "{}",
  properties: {},
});
const none: ReadonlySet<number> = new Set();

/** A disk that takes alerts, or refuses them as a full one does. */
class Disk implements Outbox {
  full = false;
  readonly stored: OutboxEntry[] = [];
  readonly appended = new Subject<void>();
  readonly aside: number[] = [];
  closed = false;
  #sequence = 0;

  async append(messages: readonly OutgoingMessage[]): Promise<void> {
    if (this.full) throw new Error("ENOSPC: no space left on device, write");
    for (const each of messages) this.stored.push({ ...each, sequence: ++this.#sequence });
    this.appended.next();
  }
  async next(limit: number): Promise<readonly OutboxEntry[]> {
    return this.stored.slice(0, limit);
  }
  async acknowledge(sequence: number): Promise<void> {
    this.stored.splice(
      this.stored.findIndex((each) => each.sequence === sequence),
      1,
    );
  }
  async setAside(sequence: number): Promise<void> {
    this.aside.push(sequence);
  }
  status() {
    return { depth: this.stored.length, bytes: 7, evicted: { low: 1 }, setAside: this.aside.length };
  }
  async close(): Promise<void> {
    this.closed = true;
  }
}

let disk: Disk;
let told: string[];
let outbox: SpillOutbox;

beforeEach(() => {
  vi.useFakeTimers();
  disk = new Disk();
  told = [];
  const tell = (text: string) => void told.push(text);
  const log: Log = { debug: tell, info: tell, warn: tell, error: tell };
  outbox = new SpillOutbox({ disk, log, limit: 3, retryMs: 1000 });
});
afterEach(() => vi.useRealTimers());

const ids = async (inFlight = none) => (await outbox.next(100, inFlight)).map(({ id }) => id);
/** Whether a promise has settled by now, and how. */
async function outcome(promise: Promise<unknown>): Promise<string> {
  const settled = promise.then(
    () => "resolved",
    () => "rejected",
  );
  return Promise.race([settled, vi.advanceTimersByTimeAsync(0).then(() => "waiting")]);
}

describe("a disk that refuses", () => {
  test("does not silence: what it refused is offered, the highest severity first", async () => {
    await outbox.append([message("stored")]);
    disk.full = true;
    void outbox.append([message("low", "low"), message("high", "high")]);
    expect(await vi.waitFor(ids)).toEqual(["high", "stored", "low"]);
    expect(told.join()).toMatch(/refuses alerts, they are kept in memory/);
    expect(outbox.status()).toMatchObject({ depth: 3, trouble: expect.stringContaining("ENOSPC") });
  });

  test("holds back the promise of the append until the message is on disk", async () => {
    disk.full = true;
    const appended = outbox.append([message("a"), message("b")]);
    expect(await outcome(appended)).toBe("waiting");
    disk.full = false;
    await vi.advanceTimersByTimeAsync(1000);
    expect(await outcome(appended)).toBe("resolved");
    expect(disk.stored.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(outbox.status()).not.toHaveProperty("trouble");
    expect(told.at(-1)).toMatch(/takes alerts again/);
  });

  test("or until all of them are acknowledged: then no disk is needed", async () => {
    disk.full = true;
    const appended = outbox.append([message("a"), message("b")]);
    await outcome(appended);
    const [first, second] = await outbox.next(2, none);
    await outbox.acknowledge(first?.sequence ?? 0);
    expect(await outcome(appended)).toBe("waiting");
    await outbox.acknowledge(second?.sequence ?? 0);
    expect(await outcome(appended)).toBe("resolved");
  });

  test("is tried again for ever, and said once", async () => {
    disk.full = true;
    void outbox.append([message("a")]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told).toHaveLength(1);
    disk.full = false;
    await vi.advanceTimersByTimeAsync(1000);
    expect(disk.stored.map(({ id }) => id)).toEqual(["a"]);
  });

  test("costs the lowest severity's oldest beyond the limit, counted with the disk's own", async () => {
    disk.full = true;
    void outbox.append([message("l1", "low"), message("h1", "high"), message("l2", "low"), message("h2", "high")]);
    expect(await vi.waitFor(ids)).toEqual(["h1", "h2", "l2"]);
    expect(outbox.status().evicted).toEqual({ low: 2 });
  });

  test("poison held in memory is set aside there", async () => {
    disk.full = true;
    const appended = outbox.append([message("a")]);
    await outcome(appended);
    const [only] = await outbox.next(1, none);
    await outbox.setAside(only?.sequence ?? 0, "refused");
    expect(await ids()).toEqual([]);
    expect(disk.aside).toEqual([]);
    expect(outbox.status().setAside).toBe(1);
    expect(await outcome(appended)).toBe("resolved");
  });
});

describe("a disk that works", () => {
  test("has everything, and hears of acknowledgements and poison", async () => {
    await outbox.append([message("a"), message("b")]);
    await outbox.append([]);
    const [first, second] = await outbox.next(2, none);
    await outbox.acknowledge(first?.sequence ?? 0);
    await outbox.setAside(second?.sequence ?? 0, "refused");
    expect(disk.stored.map(({ id }) => id)).toEqual(["b"]);
    expect(disk.aside).toEqual([second?.sequence]);
  });

  test("that cannot be read now still lets through what is in memory", async () => {
    disk.full = true;
    void outbox.append([message("a")]);
    disk.next = () => Promise.reject(new Error("EIO"));
    expect(await vi.waitFor(ids)).toEqual(["a"]);
    expect(told.join()).toMatch(/cannot be read: Error: EIO/);
  });
});

describe("closing", () => {
  test("tries the disk once more", async () => {
    disk.full = true;
    const appended = outbox.append([message("a")]);
    await outcome(appended);
    disk.full = false;
    await outbox.close();
    expect(disk.stored.map(({ id }) => id)).toEqual(["a"]);
    expect(await outcome(appended)).toBe("resolved");
    expect(disk.closed).toBe(true);
  });

  test("rejects what is still refused, so that no position in a log is stored past it", async () => {
    disk.full = true;
    const appended = outbox.append([message("a")]);
    const settled = outcome(appended);
    await settled;
    const rejected = expect(appended).rejects.toThrow(/the disk refuses 1 alerts: Error: ENOSPC/);
    await outbox.close();
    await rejected;
    await expect(outbox.append([message("b")])).rejects.toThrow(/ENOSPC/);
  });
});
