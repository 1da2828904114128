import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { OutgoingMessage } from "../ports.ts";
import { DiskOutbox } from "./disk-outbox.ts";

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.UTC(2026, 5, 1);
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

let directory = "";
/** The host's clock, epoch ms, and the one that nobody sets. */
const clock = { now: start, steady: 0 };

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "outbox-age-"));
  Object.assign(clock, { now: start, steady: 0 });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const message = (id: string): OutgoingMessage => ({
  id,
  output: "alerts",
  severity: "low",
  body: "{}",
  properties: {},
});

/** A segment for each message, so that each ages by itself. */
function open(): Promise<DiskOutbox> {
  return DiskOutbox.open({
    directory,
    log: quiet,
    segmentBytes: 1,
    now: () => clock.now,
    steady: () => clock.steady,
  });
}

function pass(ms: number): void {
  clock.now += ms;
  clock.steady += ms;
}

async function waiting(outbox: DiskOutbox): Promise<string[]> {
  return (await outbox.next(100, new Set())).map(({ id }) => id);
}

describe("the age of a waiting message", () => {
  test("is 30 days at most", async () => {
    const outbox = await open();
    await outbox.append([message("old")]);
    pass(31 * day);
    await outbox.append([message("new")]);
    expect(await waiting(outbox)).toEqual(["new"]);
    expect(outbox.status().evicted).toEqual({ low: 1 });
    await outbox.close();
  });

  test("does not grow when the host's clock is set forward by a year", async () => {
    clock.now = Date.UTC(1970, 0, 1, 0, 1);
    const outbox = await open();
    await outbox.append([message("before")]);
    clock.now = start;
    await outbox.append([message("after")]);
    expect(await waiting(outbox)).toEqual(["before", "after"]);
    await outbox.close();
  });

  test("grows although the host's clock is set back", async () => {
    const outbox = await open();
    await outbox.append([message("old")]);
    clock.steady += 31 * day;
    clock.now -= 365 * day;
    await outbox.append([message("new")]);
    expect(await waiting(outbox)).toEqual(["new"]);
    await outbox.close();
  });

  test("leaves what an earlier run left an hour to be sent", async () => {
    const before = await open();
    await before.append([message("left")]);
    await before.close();
    clock.now += 90 * day;
    const after = await open();
    await after.append([message("one")]);
    expect(await waiting(after)).toEqual(["left", "one"]);
    pass(hour + 1);
    await after.append([message("two")]);
    expect(await waiting(after)).toEqual(["one", "two"]);
    await after.close();
  });

  test("is not told by the stamp of a clock that was not set yet", async () => {
    clock.now = Date.UTC(1970, 0, 1, 0, 1);
    const before = await open();
    await before.append([message("left")]);
    await before.close();
    clock.now = start;
    const after = await open();
    pass(2 * hour);
    await after.append([message("one")]);
    expect(await waiting(after)).toEqual(["left", "one"]);
    await after.close();
  });
});
