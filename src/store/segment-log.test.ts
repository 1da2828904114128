import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SegmentLog } from "./segment-log.ts";

let folder: string;
let told: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "segment-log-"));
  told = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const directory = () => join(folder, "log");
const damaged = () => join(folder, "damaged");
const open = (segmentBytes?: number) =>
  SegmentLog.open({
    directory: directory(),
    damagedDirectory: damaged(),
    segmentBytes,
    warn: (text) => told.push(text),
  });
const payloads = (...texts: string[]) => texts.map((text) => Buffer.from(text));
const segments = () =>
  readdirSync(directory())
    .filter((name) => name.endsWith(".log"))
    .sort();
const path = (name: string) => join(directory(), name);

/** What a new run finds, in order. */
async function reopened(segmentBytes?: number): Promise<string[]> {
  const log = await open(segmentBytes);
  const texts: string[] = [];
  for (const { sequence } of [...log.records()]) texts.push((await log.read(sequence))?.toString() ?? "(unreadable)");
  await log.close();
  return texts;
}

async function written(...texts: string[]): Promise<void> {
  const log = await open();
  for (const text of texts) await log.append(payloads(text), 1000);
  await log.close();
}

describe("a run after another", () => {
  test("finds what was appended, in order, and goes on counting", async () => {
    await written("a", "b");
    const log = await open();
    expect(await log.append(payloads("c"), 1)).toEqual([3]);
    await log.close();
    expect(await reopened()).toEqual(["a", "b", "c"]);
    expect(told).toEqual([]);
  });

  test("does not find what was acknowledged, and removes finished segments", async () => {
    const log = await open();
    await log.append(payloads("a", "b", "c"), 1);
    for (const sequence of [1, 2]) await log.acknowledge(sequence);
    await log.close();
    expect(await reopened()).toEqual(["c"]);
    const again = await open();
    await again.acknowledge(3);
    await again.close();
    expect(await reopened()).toEqual([]);
    expect(segments()).toEqual([]);
  });

  test("finds again what was acknowledged out of order behind a waiting record: repeated, not lost", async () => {
    const log = await open();
    await log.append(payloads("a", "b", "c"), 1);
    await log.acknowledge(2);
    expect(log.depth).toBe(2);
    await log.close();
    expect(await reopened()).toEqual(["a", "b", "c"]);
  });

  test("never gives a sequence twice, also after everything was acknowledged", async () => {
    const log = await open();
    await log.append(payloads("a"), 1);
    await log.acknowledge(1);
    await log.close();
    const again = await open();
    expect(await again.append(payloads("b"), 1)).toEqual([2]);
    await again.close();
  });

  test("leaves files that are not its own alone", async () => {
    await written("a");
    writeFileSync(path("notes.txt"), "x");
    writeFileSync(path("1.log"), "x");
    expect(await reopened()).toEqual(["a"]);
    expect(readFileSync(path("notes.txt"), "utf8")).toBe("x");
    expect(readFileSync(path("1.log"), "utf8")).toBe("x");
  });
});

describe("files", () => {
  test("are for this user only", async () => {
    await written("a");
    expect(statSync(directory()).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(directory())) expect(statSync(path(name)).mode & 0o777).toBe(0o600);
  });

  test("begin anew when a segment is full, and go whole when it is finished", async () => {
    const log = await open(64);
    for (const text of ["a".repeat(40), "b".repeat(40), "c".repeat(40)]) await log.append(payloads(text), 1);
    expect(segments()).toHaveLength(3);
    const before = log.bytes;
    await log.acknowledge(1);
    expect(segments()).toHaveLength(2);
    expect(log.bytes).toBe(before - 64);
    await log.close();
  });

  test("of the oldest segment are dropped first, and the drop is counted", async () => {
    const log = await open(1);
    for (const text of ["a", "b", "c"]) await log.append(payloads(text), 1);
    expect(await log.dropOldest()).toBe(1);
    await log.close();
    expect(await reopened()).toEqual(["b", "c"]);
  });

  test("may be dropped to the last, and the log goes on", async () => {
    const log = await open();
    await log.append(payloads("a", "b"), 1);
    expect(await log.dropOldest()).toBe(2);
    expect(await log.dropOldest()).toBe(0);
    expect(await log.append(payloads("c"), 1)).toEqual([3]);
    await log.close();
    expect(await reopened()).toEqual(["c"]);
  });
});

describe("a torn tail", () => {
  test("of any length is cut off, the records before it are whole, and a copy is kept", async () => {
    await written("first", "second");
    const [name = ""] = segments();
    const whole = readFileSync(path(name));
    const first = 24 + "first".length;
    for (let length = first + 1; length < whole.length; length++) {
      writeFileSync(path(name), whole.subarray(0, length));
      expect(await reopened()).toEqual(["first"]);
      expect(statSync(path(name)).size).toBe(first);
    }
    expect(told[0]).toMatch(/damaged at byte 29: its last 1 bytes are cut off, a copy is /);
    expect(readdirSync(damaged()).length).toBeGreaterThan(0);
  });

  test("copies are kept of the first sixteen only", async () => {
    await written("first", "second");
    const [name = ""] = segments();
    const whole = readFileSync(path(name));
    for (let length = 30; length < whole.length; length++) {
      writeFileSync(path(name), whole.subarray(0, length));
      await reopened();
    }
    expect(readdirSync(damaged()).length).toBeLessThanOrEqual(16);
  });
});

describe("damage", () => {
  test("to any one bit costs at most the record that it is in", async () => {
    const texts = ["one", "two", "three"];
    await written(...texts);
    const [name = ""] = segments();
    const whole = readFileSync(path(name));
    const ends = [27, 54, 83];
    for (let at = 0; at < whole.length; at++) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
      writeFileSync(path(name), bytes);
      const hit = ends.findIndex((end) => at < end);
      expect(await reopened(), `byte ${at}`).toEqual(texts.filter((_, index) => index !== hit));
    }
  });

  test("to any one bit of the cursor repeats records and loses none", async () => {
    const log = await open();
    await log.append(payloads("a", "b", "c"), 1);
    await log.acknowledge(1);
    await log.acknowledge(2);
    await log.close();
    const cursor = readFileSync(path("cursor"));
    expect(cursor).toHaveLength(32);
    for (let at = 0; at < cursor.length; at++) {
      const bytes = Buffer.from(cursor);
      bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
      writeFileSync(path("cursor"), bytes);
      expect((await reopened()).at(-1), `byte ${at}`).toBe("c");
    }
  });

  test("that happens while it is open is told by no record", async () => {
    const log = await open();
    await log.append(payloads("a", "b"), 1);
    const [name = ""] = segments();
    const bytes = readFileSync(path(name));
    bytes[24] = 0xff;
    writeFileSync(path(name), bytes);
    expect(await log.read(1)).toBeUndefined();
    expect((await log.read(2))?.toString()).toBe("b");
    await log.close();
  });

  test("a truncated file gives no record beyond its end", async () => {
    const log = await open();
    await log.append(payloads("a", "b"), 1);
    const [name = ""] = segments();
    truncateSync(path(name), 26);
    expect(await log.read(2)).toBeUndefined();
    await log.close();
  });
});

describe("files of somebody else", () => {
  test.each([
    ["empty", Buffer.alloc(0)],
    ["a length without end", Buffer.alloc(200, 0xff)],
    ["zeros, as a crash of the file system leaves them", Buffer.alloc(4096)],
    ["text", Buffer.from("{}\n".repeat(100))],
  ])("a segment that is %s costs nothing but itself", async (_what, bytes) => {
    await written("a");
    writeFileSync(path("0000000000000500.log"), bytes);
    expect(await reopened()).toEqual(["a"]);
  });

  test.each([
    ["empty", Buffer.alloc(0)],
    ["too long", Buffer.alloc(4096, 7)],
    ["of a format to come", Buffer.from("VEDETTE CURSOR 2, generation 000")],
  ])("a cursor that is %s repeats everything", async (_what, bytes) => {
    const log = await open();
    await log.append(payloads("a", "b"), 1);
    await log.acknowledge(1);
    await log.close();
    writeFileSync(path("cursor"), bytes);
    expect(await reopened()).toEqual(["a", "b"]);
  });

  test("a segment full of headers that almost fit is read in bounded time: no more than so many are checked", async () => {
    const bait = Buffer.alloc(24 * 4_000);
    for (let at = 0; at < bait.length; at += 24) bait.writeBigUInt64LE(1n, at + 8);
    await written("a");
    writeFileSync(path("0000000000000001.log"), bait);
    expect(await reopened()).toEqual([]);
    expect(told).toHaveLength(1);
  });
});
