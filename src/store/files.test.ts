import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Log } from "../ports.ts";
import { replaceFile } from "./replace-file.ts";
import { StateFile } from "./state-file.ts";

let folder: string;
let told: string[];
const tell = (text: string) => void told.push(text);
const log: Log = { debug: tell, info: tell, warn: tell, error: tell };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "state-file-"));
  told = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = () => join(folder, "state.json");
const state = () => new StateFile<Record<string, unknown>>(folder, "state.json", log);

describe("a file that is replaced", () => {
  test("is the new one whole, for this user only, and leaves nothing beside it", async () => {
    await replaceFile(path(), "old");
    await replaceFile(path(), "new");
    expect(readFileSync(path(), "utf8")).toBe("new");
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["state.json"]);
  });

  test("is not taken for a half-written one that a crash left", async () => {
    writeFileSync(`${path()}.new`, "half of a much longer tex");
    await replaceFile(path(), "new");
    expect(readFileSync(path(), "utf8")).toBe("new");
  });

  test("stays the old one when the new one cannot be written", async () => {
    await replaceFile(path(), "old");
    mkdirSync(`${path()}.new`);
    await expect(replaceFile(path(), "new")).rejects.toMatchObject({ code: "EISDIR" });
    expect(readFileSync(path(), "utf8")).toBe("old");
  });

  test("in a folder that is not there rejects with the fs error", async () => {
    await expect(replaceFile(join(folder, "no", "file"), "x")).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("the state", () => {
  test("comes back as it was saved, by this object or another", async () => {
    await state().save({ at: 1, name: "é\u2028" });
    expect(await state().load()).toEqual({ at: 1, name: "é\u2028" });
    expect(told).toEqual([]);
  });

  test("is absent where nothing was saved, without a word", async () => {
    expect(await state().load()).toBeUndefined();
    expect(told).toEqual([]);
  });

  test("of saves that overlap is the last one", async () => {
    const file = state();
    await Promise.all([file.save({ n: 1 }), file.save({ n: 2 }), file.save({ n: 3 })]);
    expect(await file.load()).toEqual({ n: 3 });
  });

  test("is saved again after a save that failed", async () => {
    const file = state();
    mkdirSync(`${path()}.new`);
    await expect(file.save({ n: 1 })).rejects.toThrow();
    rmSync(`${path()}.new`, { recursive: true });
    await file.save({ n: 2 });
    expect(await file.load()).toEqual({ n: 2 });
  });

  test("makes its folder, which nobody else may enter", async () => {
    const file = new StateFile(join(folder, "data"), "state.json", log);
    await file.save({});
    expect(statSync(join(folder, "data")).mode & 0o777).toBe(0o700);
  });

  test.each([
    ["empty", ""],
    ["cut", '{"positions":{"audit-lo'],
    ["a number", "7"],
    ["null", "null"],
    ["no text", "\xff\xfe\0"],
    ["nested without end", "[".repeat(100_000)],
  ])("that is %s is set aside with a word, and begun anew", async (_what, text) => {
    writeFileSync(path(), text, "latin1");
    expect(await state().load()).toBeUndefined();
    expect(readFileSync(`${path()}.damaged`, "latin1")).toBe(text);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/not valid JSON; it was moved to .*damaged and is begun anew/);
    await state().save({ n: 1 });
    expect(await state().load()).toEqual({ n: 1 });
  });

  test("hit in any one bit is read or set aside, and never ends the start", async () => {
    const text = JSON.stringify({ positions: { "audit-log": 5 }, memory: {} });
    for (let at = 0; at < text.length; at++) {
      const bytes = Buffer.from(text);
      bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
      writeFileSync(path(), bytes);
      const loaded = await state().load();
      expect(loaded === undefined || typeof loaded === "object", `byte ${at}`).toBe(true);
    }
  });

  test("of a version to come, with names that mean nothing here, is handed over as it is", async () => {
    writeFileSync(path(), '{"version":99,"__proto__":{"polluted":1},"positions":[]}');
    const loaded = await state().load();
    expect(Object.hasOwn(loaded ?? {}, "__proto__")).toBe(true);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});
