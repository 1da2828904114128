import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { appendFile, copyFile, mkdtemp, rename, rm, stat, truncate, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subscription } from "rxjs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SourceAbsent } from "../ports.ts";
import { type TailOptions, type TailPosition, tail } from "./tail.ts";

let directory: string;
let log: string;
const open: Subscription[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "tail-"));
  log = join(directory, "x.log");
});
afterEach(async () => {
  for (const subscription of open.splice(0)) subscription.unsubscribe();
  await rm(directory, { recursive: true, force: true });
});

/** A line that is unique within the head, as real log lines are by their time stamp. */
const line = (n: number) => `line ${n} of a log with a longer beginning so that the head is filled up: ${n}\n`;
const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => line(from + i)).join("");

function follow(options: Partial<TailOptions> = {}) {
  const seen = {
    text: "",
    lost: [] as string[],
    position: undefined as TailPosition | undefined,
    error: undefined as unknown,
  };
  const subscription = tail({ directory, file: "x.log", startAt: "begin", ...options }).subscribe({
    next: ({ bytes, position, lost }) => {
      seen.text += bytes.toString();
      seen.position = position;
      if (lost) seen.lost.push(lost);
    },
    error: (error) => {
      seen.error = error;
    },
  });
  open.push(subscription);
  return { seen, stop: () => subscription.unsubscribe() };
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(condition()).toBe(true);
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What auditd does: shift the numbers, begin a new file. */
async function rotate(generations = 5): Promise<void> {
  for (let n = generations - 1; n >= 1; n--) await rename(`${log}.${n}`, `${log}.${n + 1}`).catch(() => undefined);
  await rename(log, `${log}.1`);
  await writeFile(log, "");
}

describe("a growing file", () => {
  test("what is there and what comes is given once, in whole lines", async () => {
    await writeFile(log, `${line(1)}half`);
    const { seen } = follow();
    await until(() => seen.text === line(1));
    await appendFile(log, " and the rest\nnext");
    await until(() => seen.text === `${line(1)}half and the rest\n`);
    expect(seen.position?.offset).toBe(Buffer.byteLength(seen.text));
    expect(seen.lost).toEqual([]);
  });

  test("from the end, neither old lines nor the tail of a half-written one are given", async () => {
    await writeFile(log, `${line(1)}half`);
    const { seen } = follow({ startAt: "end" });
    await pause(50);
    await appendFile(log, ` of it\n${line(2)}`);
    await until(() => seen.text === line(2));
    expect(seen.lost).toEqual([]);
  });

  test("a line over 1 MiB is dropped and told, the lines around it are not", async () => {
    await writeFile(log, `${line(1)}${"x".repeat(1_500_000)}\n${line(2)}`);
    const { seen } = follow();
    await until(() => seen.text === line(1) + line(2));
    expect(seen.lost).toEqual(["1 line(s) longer than 1 MiB"]);
  });

  test("a line just below 1 MiB is given whole", async () => {
    const long = `${"x".repeat(1024 * 1024 - 1)}\n`;
    await writeFile(log, `${line(1)}${long}${line(2)}`);
    const { seen } = follow();
    await until(() => seen.text.length === (line(1) + long + line(2)).length);
    expect(seen.lost).toEqual([]);
  });

  test("many megabytes come in bounded pieces", async () => {
    const text = lines(1, 30_000);
    await writeFile(log, text);
    let largest = 0;
    let total = 0;
    open.push(
      tail({ directory, file: "x.log", startAt: "begin" }).subscribe(({ bytes }) => {
        largest = Math.max(largest, bytes.length);
        total += bytes.length;
      }),
    );
    await until(() => total === text.length);
    expect(largest).toBeLessThanOrEqual(256 * 1024);
  });
});

describe("rotation", () => {
  test("a rename chain in the middle of writing loses and doubles nothing", async () => {
    await writeFile(log, "");
    const { seen } = follow();
    let written = 0;
    for (let round = 0; round < 40; round++) {
      for (let i = 0; i < 5; i++) await appendFile(log, line(++written));
      if (round % 10 === 9) await rotate();
      await pause(round % 3);
    }
    await until(() => seen.text.length >= lines(1, written).length);
    expect(seen.text).toBe(lines(1, written));
    expect(seen.lost).toEqual([]);
  });

  test("a writer that goes on in the renamed file until it reopens is still read", async () => {
    await writeFile(log, line(1));
    const { seen } = follow();
    await until(() => seen.text === line(1));
    await rename(log, `${log}.1`);
    await writeFile(log, "");
    await pause(150);
    await appendFile(`${log}.1`, line(2));
    await until(() => seen.text === lines(1, 2));
    await appendFile(log, line(3));
    await until(() => seen.text === lines(1, 3));
    expect(seen.lost).toEqual([]);
  });

  test("an unfinished last line of a rotated file is given as a line", async () => {
    await writeFile(log, `${line(1)}cut`);
    const { seen } = follow();
    await until(() => seen.text === line(1));
    await rotate();
    await appendFile(log, line(2));
    await until(() => seen.text === `${line(1)}cut\n${line(2)}`);
  });

  test("a file removed and created again is read from its beginning", async () => {
    await writeFile(log, lines(1, 3));
    const { seen } = follow();
    await until(() => seen.text === lines(1, 3));
    await unlink(log);
    await pause(80);
    await writeFile(log, line(4));
    await until(() => seen.text === lines(1, 4));
    expect(seen.lost).toEqual([]);
  });
});

describe("rotation faster than reading", () => {
  /** In one turn of the event loop, so that the reader sees only what is left. */
  const rotateAtOnce = (kept: number, ...texts: readonly string[]) => {
    for (const text of texts) {
      rmSync(`${log}.${kept}`, { force: true });
      for (let n = kept - 1; n >= 1; n--) if (existsSync(`${log}.${n}`)) renameSync(`${log}.${n}`, `${log}.${n + 1}`);
      renameSync(log, `${log}.1`);
      writeFileSync(log, text);
    }
  };

  test("is told as lost, and what is left is read", async () => {
    await writeFile(log, line(1));
    const { seen } = follow();
    await until(() => seen.text === line(1));
    await pause(20);
    rotateAtOnce(2, line(2), line(3), line(4), line(5));
    await until(() => seen.text.endsWith(line(5)));
    expect(seen.text).toBe(line(1) + line(3) + line(4) + line(5));
    expect(seen.lost).toEqual(["x.log was rotated away faster than it was read"]);
  });

  test("is not told when every generation is still there", async () => {
    await writeFile(log, line(1));
    const { seen } = follow();
    await until(() => seen.text === line(1));
    await pause(20);
    rotateAtOnce(4, line(2), line(3), line(4));
    await until(() => seen.text === lines(1, 4));
    expect(seen.lost).toEqual([]);
  });
});

describe("truncation", () => {
  test("a truncated file is told as lost and read from its beginning", async () => {
    await writeFile(log, lines(1, 3));
    const { seen } = follow();
    await until(() => seen.text === lines(1, 3));
    await truncate(log, 0);
    await until(() => seen.lost.length === 1);
    expect(seen.lost).toEqual(["x.log was truncated"]);
    await appendFile(log, line(4));
    await until(() => seen.text === lines(1, 4));
  });

  test("truncated and grown beyond the old place is seen by its other beginning", async () => {
    await writeFile(log, line(1));
    const { seen } = follow();
    await until(() => seen.text === line(1));
    await writeFile(log, lines(20, 25));
    await until(() => seen.text === line(1) + lines(20, 25));
    expect(seen.lost).toEqual(["x.log was truncated"]);
  });

  test("copytruncate: what was not yet read is read from the copy", async () => {
    await writeFile(log, lines(1, 3));
    const first = follow();
    await until(() => first.seen.text === lines(1, 3));
    first.stop();
    await appendFile(log, lines(4, 5));
    await copyFile(log, `${log}.1`);
    await truncate(log, 0);
    await appendFile(log, line(6));
    const { seen } = follow({ position: first.seen.position });
    await until(() => seen.text === lines(4, 6));
    expect(seen.lost).toEqual([]);
  });
});

describe("restart", () => {
  async function readAndStop(): Promise<TailPosition> {
    await writeFile(log, lines(1, 3));
    const { seen, stop } = follow();
    await until(() => seen.text === lines(1, 3));
    stop();
    return seen.position as TailPosition;
  }

  test("goes on where it stopped, over a position that went through JSON", async () => {
    const position = JSON.parse(JSON.stringify(await readAndStop()));
    await appendFile(log, line(4));
    const { seen } = follow({ position });
    await until(() => seen.text === line(4));
    expect(seen.lost).toEqual([]);
  });

  test("reads all generations that were rotated while it was down", async () => {
    const position = await readAndStop();
    for (let n = 4; n <= 7; n++) {
      await appendFile(log, line(n));
      await rotate();
    }
    await appendFile(log, line(8));
    const { seen } = follow({ position });
    await until(() => seen.text === lines(4, 8));
    expect(seen.lost).toEqual([]);
  });

  test("follows logrotate's dateext names", async () => {
    const position = await readAndStop();
    await appendFile(log, line(4));
    await rename(log, `${log}-20260101`);
    await writeFile(log, line(5));
    await rename(log, `${log}-20260102`);
    await writeFile(log, line(6));
    const { seen } = follow({ position });
    await until(() => seen.text === lines(4, 6));
    expect(seen.lost).toEqual([]);
  });

  test("a reused inode is not taken for the old file", async () => {
    const position = await readAndStop();
    await writeFile(log, lines(50, 59));
    expect((await stat(log)).ino).toBe(position.inode);
    const { seen } = follow({ position });
    await until(() => seen.text === lines(50, 59));
    expect(seen.lost).toHaveLength(1);
  });

  test("a compressed generation is told as lost, a younger plain one is read", async () => {
    const position = await readAndStop();
    await appendFile(log, line(4));
    await pause(20);
    await writeFile(`${log}.2.gz`, "not really");
    await unlink(log);
    await pause(20);
    await writeFile(`${log}.1`, line(5));
    await writeFile(log, line(6));
    const { seen } = follow({ position });
    await until(() => seen.text === lines(5, 6));
    expect(seen.lost.join()).toContain("x.log.2.gz is compressed");
  });

  test.each([null, 7, "x", {}, { device: 1, inode: 2, offset: -1 }, { device: 1, inode: 2, offset: 1e300 }])(
    "a position that is nonsense (%j) counts as none",
    async (position) => {
      await writeFile(log, line(1));
      const { seen } = follow({ position });
      await until(() => seen.text === line(1));
      expect(seen.error).toBeUndefined();
    },
  );
});

describe("absence", () => {
  test("no file is an absent source with a remedy", async () => {
    const { seen } = follow();
    await until(() => seen.error !== undefined);
    expect(seen.error).toBeInstanceOf(SourceAbsent);
    expect((seen.error as SourceAbsent).remedy).toContain("mount its directory");
  });

  test("a directory in the place of the file is an absent source", async () => {
    const { seen } = follow({ directory: join(directory, ".."), file: directory.split("/").at(-1) as string });
    await until(() => seen.error !== undefined);
    expect(seen.error).toBeInstanceOf(SourceAbsent);
  });

  test("after unsubscribing nothing more is given", async () => {
    await writeFile(log, line(1));
    const { seen, stop } = follow();
    await until(() => seen.text === line(1));
    stop();
    await appendFile(log, line(2));
    await pause(120);
    expect(seen.text).toBe(line(1));
  });
});
