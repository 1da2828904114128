import { expect, test } from "vitest";
import { Losses } from "./losses.ts";
import { savedState } from "./saved-state.ts";
import { decodeStatus, encodeChange } from "./status.ts";

test("the kernel's answer is read by struct audit_status, with and without its later words", () => {
  const data = Buffer.alloc(44);
  const words = [0, 1, 1, 4_321, 0, 8_192, 17, 3, 127, 15_000, 99];
  for (const [i, word] of words.entries()) data.writeUInt32LE(word, 4 * i);
  const status = { enabled: 1, failure: 1, pid: 4_321, backlogLimit: 8_192, lost: 17 };
  expect(decodeStatus(data)).toEqual({ ...status, backlogWaitTime: 15_000 });
  expect(decodeStatus(data.subarray(0, 36))).toEqual(status);
  expect(decodeStatus(data.subarray(0, 20))).toBeUndefined();
});

test("a change sets the bits of what it means, also of zeros", () => {
  const change = encodeChange({ pid: 0, backlogWaitTime: 0, backlogLimit: 64 });
  expect([change.readUInt32LE(0), change.readUInt32LE(20), change.length]).toEqual([0x04 | 0x20 | 0x10, 64, 40]);
});

test.each([
  undefined,
  null,
  7,
  {},
  { found: {}, at: 1 },
  { found: { enabled: 2, backlogLimit: 64 }, at: 1 },
  { found: { enabled: 1, backlogLimit: -1 }, at: 1 },
  { found: { enabled: 1, backlogLimit: 64, backlogWaitTime: "x" }, at: 1 },
  { found: { enabled: 1, backlogLimit: 64 }, at: "yesterday" },
])("what was not saved by this stream is not believed: %j", (position) => {
  expect(savedState(position)).toBeUndefined();
});

test("what was saved comes back", () => {
  const saved = { found: { enabled: 0, backlogLimit: 64, backlogWaitTime: 15_000 }, at: 1_700_000_000_000 };
  expect(savedState(JSON.parse(JSON.stringify(saved)))).toEqual(saved);
});

test("losses are told once, by the kernel's count, also after it was set back", () => {
  const losses = new Losses();
  losses.begin(5);
  expect(losses.since(5, 0)).toBeUndefined();
  expect(losses.since(12, 0)).toMatchObject({ lost: 7, reason: expect.stringContaining("backlog") });
  expect(losses.since(12, 0)).toBeUndefined();
  expect(losses.since(2, 1)).toMatchObject({ lost: 2, reason: expect.stringContaining("ENOBUFS") });
});

test("events that are missing in the numbering are told, though the kernel counts no loss", () => {
  const losses = new Losses();
  losses.begin(0);
  expect(losses.since(0, 0)).toBeUndefined();
  // 5 to 951 without the two that came; the last 2,048 may still be on their way.
  for (const serial of [5, 9, 3_000]) losses.saw(Buffer.from(`${" ".repeat(16)}audit(1700000000.123:${serial}): `));
  expect(losses.since(0, 0)).toMatchObject({ lost: 945, reason: expect.stringContaining("numbering") });
});

test("what is missing before the first look is of the time before", () => {
  const losses = new Losses();
  losses.begin(0);
  for (const serial of [5, 3_000]) losses.saw(Buffer.from(`${" ".repeat(16)}audit(1700000000.123:${serial}): `));
  expect(losses.since(0, 0)).toBeUndefined();
});

test("an overrun without a loss is no loss: the kernel sends again", () => {
  const losses = new Losses();
  losses.begin(0);
  expect(losses.since(0, 3)).toBeUndefined();
});
