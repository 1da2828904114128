import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { OutgoingMessage } from "../ports.ts";
import { History } from "./history.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "history-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const message = (n: number, text = ""): OutgoingMessage => ({
  id: `id${n}`,
  output: "alerts",
  severity: "low",
  alertId: "device-silent",
  body: JSON.stringify({ n, text, finding_info: { title: "t" } }),
  properties: {},
});
const numbers = async (history: History, limit = 100, before?: number) =>
  (await history.page(limit, before)).map(({ alert }) => (alert as { n: number }).n);

describe("the history", () => {
  test("gives the last alerts, newest first, page by page", async () => {
    const history = await History.open(directory);
    for (let n = 1; n <= 5; n++) history.add(message(n));
    expect(await numbers(history, 2)).toEqual([5, 4]);
    expect(await numbers(history, 2, 4)).toEqual([3, 2]);
    expect(await numbers(history, 2, 1)).toEqual([]);
  });

  test("goes on after a restart, with increasing numbers", async () => {
    const before = await History.open(directory);
    before.add(message(1));
    await before.page(1);
    const after = await History.open(directory);
    after.add(message(2));
    expect((await after.page(5)).map(({ number }) => number)).toEqual([2, 1]);
  });

  test("loses a line that a crash cut, not the next one", async () => {
    const before = await History.open(directory);
    before.add(message(1));
    await before.page(1);
    appendFileSync(join(directory, "recent.jsonl"), '{"number":2,"id":"id2","al');
    const after = await History.open(directory);
    after.add(message(3));
    expect(await numbers(after)).toEqual([3, 1]);
  });

  test("stays within a page's bytes, also in Japanese, and shows a giant by its title", async () => {
    const history = await History.open(directory);
    for (let n = 1; n <= 10; n++) history.add(message(n, "警告".repeat(5_000)));
    history.add(message(11, "x".repeat(150_000)));
    const page = await history.page(100);
    expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(128 * 1024);
    expect(page[0]?.alert).toMatchObject({ truncated: true, finding_info: { title: "t" } });
    expect(page.length).toBeGreaterThan(2);
    expect(page.length).toBeLessThan(11);
  });

  test("is bounded on disk", async () => {
    const history = await History.open(directory);
    for (let n = 0; n < 300; n++) history.add(message(n, "x".repeat(20_000)));
    await history.page(1);
    const sizes = readdirSync(directory).map((file) => statSync(join(directory, file)).size);
    expect(sizes.length).toBe(2);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1 << 20);
  });

  test("does not keep heartbeats", async () => {
    const history = await History.open(directory);
    history.add({ ...message(1), alertId: undefined });
    expect(await history.page(10)).toEqual([]);
  });
});
