import { mkdtempSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SegmentLog } from "./segment-log.ts";

let directory = "";
/** The class of node:fs/promises' handles, which is not exported. */
let handles: FileHandle;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "short-write-"));
  const handle = await open(join(directory, "any"), "w");
  handles = Object.getPrototypeOf(handle);
  await handle.close();
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true, force: true });
});

const openLog = () =>
  SegmentLog.open({ directory: join(directory, "log"), damagedDirectory: join(directory, "damaged"), warn: () => {} });

async function stored(): Promise<string[]> {
  const log = await openLog();
  const payloads: string[] = [];
  for (const { sequence } of log.records()) payloads.push(String(await log.read(sequence)));
  await log.close();
  return payloads;
}

/** A disk that takes at most `most` bytes at once, and nothing after `room` bytes. */
function nearlyFull(most: number, room: number): void {
  const write = handles.write as (...args: unknown[]) => Promise<{ bytesWritten: number }>;
  let left = room;
  vi.spyOn(handles, "write").mockImplementation(async function (this: FileHandle, ...args: unknown[]) {
    const [bytes, offset, length, position] = args as [Buffer, number, number | undefined, number];
    const taken = Math.min(length ?? bytes.length - offset, most, left);
    if (taken === 0) throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
    left -= taken;
    return write.call(this, bytes, offset, taken, position) as never;
  } as never);
}

describe("a disk that takes a part of a batch", () => {
  test("gets the rest", async () => {
    const log = await openLog();
    nearlyFull(10, 1_000_000);
    await log.append([Buffer.from("first"), Buffer.from("second")], 1);
    vi.restoreAllMocks();
    await log.close();
    expect(await stored()).toEqual(["first", "second"]);
  });

  test("and refuses the rest has taken nothing: what is appended later is whole", async () => {
    const log = await openLog();
    await log.append([Buffer.from("before")], 1);
    nearlyFull(1_000, 40);
    await expect(log.append([Buffer.from("first"), Buffer.from("second")], 2)).rejects.toThrow("ENOSPC");
    vi.restoreAllMocks();
    await log.append([Buffer.from("after")], 3);
    await log.close();
    expect(await stored()).toEqual(["before", "after"]);
  });
});
