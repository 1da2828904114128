import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SeverityName } from "../alerts/catalogue.ts";
import type { Log, OutgoingMessage } from "../ports.ts";
import { DiskOutbox, type DiskOutboxOptions } from "./disk-outbox.ts";

let folder: string;
let directory: string;
let told: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "disk-outbox-"));
  directory = join(folder, "outbox");
  told = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const tell = (text: string) => void told.push(text);
const log: Log = { debug: tell, info: tell, warn: tell, error: tell };
const open = (more: Partial<DiskOutboxOptions> = {}) => DiskOutbox.open({ directory, log, ...more });
const message = (id: string, severity: SeverityName = "medium", body = "{}"): OutgoingMessage => ({
  id,
  output: "alerts",
  severity,
  body,
  properties: { severity },
});
const none: ReadonlySet<number> = new Set();

async function offered(outbox: DiskOutbox, limit = 100): Promise<string[]> {
  return (await outbox.next(limit, none)).map(({ id }) => id);
}

async function acknowledge(outbox: DiskOutbox, ...ids: string[]): Promise<void> {
  for (const { id, sequence } of await outbox.next(100, none)) if (ids.includes(id)) await outbox.acknowledge(sequence);
}

describe("the order", () => {
  test("is by severity, highest first, then by age, in one run and in the next", async () => {
    const outbox = await open();
    await outbox.append([message("l1", "low"), message("h1", "high"), message("m1"), message("i1", "informational")]);
    await outbox.append([message("h2", "high"), message("l2", "low")]);
    const order = ["h1", "h2", "m1", "l1", "l2", "i1"];
    expect(await offered(outbox)).toEqual(order);
    await outbox.close();
    const again = await open();
    expect(await offered(again)).toEqual(order);
    await again.close();
  });

  test("leaves out what is in flight, and gives no more than was asked for", async () => {
    const outbox = await open();
    await outbox.append([message("a", "high"), message("b", "high"), message("c")]);
    const [first] = await outbox.next(1, none);
    expect(first?.id).toBe("a");
    const rest = await outbox.next(2, new Set([first?.sequence ?? 0]));
    expect(rest.map(({ id }) => id)).toEqual(["b", "c"]);
    await outbox.close();
  });
});

describe("a message", () => {
  test("comes back after a restart as it was", async () => {
    const sent: OutgoingMessage = {
      ...message("é\u2028\0", "high", JSON.stringify({ a: "\ud800" })),
      alertId: "web-shell",
    };
    const outbox = await open();
    await outbox.append([sent]);
    await outbox.close();
    const again = await open();
    const [found] = await again.next(1, none);
    expect(found).toEqual({ ...sent, sequence: found?.sequence });
    await again.close();
  });

  test("is gone after its acknowledgement, and an acknowledgement that comes twice takes no other", async () => {
    const outbox = await open();
    await outbox.append([message("a"), message("b")]);
    const [first] = await outbox.next(1, none);
    await outbox.acknowledge(first?.sequence ?? 0);
    await outbox.acknowledge(first?.sequence ?? 0);
    await outbox.close();
    const again = await open();
    expect(await offered(again)).toEqual(["b"]);
    await again.close();
  });

  test("set aside as poison is kept in a file with its reason, counted, and blocks nothing", async () => {
    const outbox = await open();
    await outbox.append([message("poison", "high"), message("b")]);
    const [first] = await outbox.next(1, none);
    await outbox.setAside(first?.sequence ?? 0, "refused six times");
    expect(await offered(outbox)).toEqual(["b"]);
    expect(outbox.status()).toMatchObject({ depth: 1, setAside: 1 });
    await outbox.close();
    const file = join(directory, "set-aside.jsonl");
    const [line = ""] = readFileSync(file, "utf8").split("\n");
    expect(JSON.parse(line)).toMatchObject({ reason: "refused six times", message: { id: "poison" } });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await open();
    expect(await offered(again)).toEqual(["b"]);
    await again.close();
  });
});

describe("a full store", () => {
  const large = (id: string, severity: SeverityName) => message(id, severity, "x".repeat(1000));

  test("gives up the lowest severity's oldest first, counts it and says so", async () => {
    const outbox = await open({ maxBytes: 4000, segmentBytes: 1 });
    await outbox.append([large("l1", "low")]);
    await outbox.append([large("h1", "high")]);
    await outbox.append([large("l2", "low")]);
    await outbox.append([large("h2", "high")]);
    expect(await offered(outbox)).toEqual(["h1", "h2", "l2"]);
    expect(outbox.status()).toMatchObject({ depth: 3, evicted: { low: 1 } });
    expect(told.join()).toMatch(/1 low messages were dropped/);
    await outbox.close();
  });

  test("gives up a high one only when nothing lower is left", async () => {
    const outbox = await open({ maxBytes: 2600, segmentBytes: 1 });
    await outbox.append([large("l1", "low")]);
    for (const id of ["h1", "h2", "h3"]) await outbox.append([large(id, "high")]);
    expect(await offered(outbox)).toEqual(["h2", "h3"]);
    expect(outbox.status().evicted).toEqual({ low: 1, high: 1 });
    await outbox.close();
  });

  test("stays below its bytes however much is appended", async () => {
    const outbox = await open({ maxBytes: 8000, segmentBytes: 2000 });
    for (let i = 0; i < 60; i++) await outbox.append([large(`m${i}`, i % 3 === 0 ? "high" : "low")]);
    expect(outbox.status().bytes).toBeLessThanOrEqual(8000);
    expect((await offered(outbox)).at(-1)).toBe("m59");
    await outbox.close();
  });
});

describe("damage", () => {
  test("of a stored message that is no JSON any more costs that message, counted", async () => {
    const outbox = await open();
    await outbox.append([message("a")]);
    await outbox.close();
    const again = await open();
    const [name = ""] = readdirSync(join(directory, "medium")).filter((file) => file.endsWith(".log"));
    const bytes = readFileSync(join(directory, "medium", name));
    bytes[30] = 0;
    writeFileSync(join(directory, "medium", name), bytes);
    expect(await offered(again)).toEqual([]);
    expect(again.status()).toMatchObject({ depth: 0, setAside: 1 });
    expect(told.join()).toMatch(/damaged on disk/);
    await again.close();
  });

  test("of a whole folder that is a file rejects with the fs error: the module then works in memory", async () => {
    mkdirSync(directory);
    writeFileSync(join(directory, "high"), "");
    await expect(open()).rejects.toMatchObject({ code: expect.stringMatching(/EEXIST|ENOTDIR/) });
  });
});

describe("closing", () => {
  test("waits for what is being written, and refuses what comes later", async () => {
    const outbox = await open();
    const written = outbox.append([message("a")]);
    await outbox.close();
    await written;
    await expect(outbox.append([message("b")])).rejects.toThrow(/closed/);
    const again = await open();
    expect(await offered(again)).toEqual(["a"]);
    await again.close();
  });

  test("tells each append until then, and an empty one is none", async () => {
    const outbox = await open();
    let appends = 0;
    let complete = false;
    outbox.appended.subscribe({ next: () => appends++, complete: () => (complete = true) });
    await outbox.append([]);
    expect(appends).toBe(0);
    await outbox.append([message("a")]);
    await acknowledge(outbox, "a");
    expect(appends).toBe(1);
    await outbox.close();
    expect(complete).toBe(true);
  });
});
