import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DiskOutbox } from "../store/disk-outbox.ts";
import { dataLine } from "./data-line.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "data-line-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

test("says how many alerts wait and how many were set aside", async () => {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const outbox = await DiskOutbox.open({ directory: join(directory, "outbox"), log });
  const message = { output: "alerts", severity: "low", body: "{}", properties: {} } as const;
  await outbox.append([
    { ...message, id: "a" },
    { ...message, id: "b" },
  ]);
  await outbox.close();
  appendFileSync(join(directory, "outbox/set-aside.jsonl"), "{}\n");
  expect(await dataLine(directory)).toEqual({
    text: `Data: ${directory}, 2 alerts wait for the hub; 1 could not be sent and are set aside in outbox/set-aside.jsonl.`,
    troubled: false,
  });
});

test("takes a folder that is not made yet for well where it can be made", async () => {
  const path = join(directory, "a/b");
  expect(await dataLine(path)).toEqual({ text: `Data: ${path}, no alert waits for the hub.`, troubled: false });
});

test("says that nothing more fits", async () => {
  // A file system without any room.
  const { text, troubled } = await dataLine("/proc/self/task");
  expect(troubled).toBe(true);
  expect(text).toMatch(/; (?:only 0 KiB are free there|it cannot be written \(E\w+\)): what is raised may be lost/);
});
