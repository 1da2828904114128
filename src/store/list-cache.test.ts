import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ListCache } from "./list-cache.ts";

const url = "https://feeds.example/list";
let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "list-cache-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function* pieces(...texts: readonly (string | Error)[]) {
  for (const text of texts) {
    if (text instanceof Error) throw text;
    yield Buffer.from(text);
  }
}

async function all(content: AsyncIterable<Uint8Array> | undefined): Promise<string | undefined> {
  if (!content) return undefined;
  const parts: Uint8Array[] = [];
  for await (const part of content) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function store(cache: ListCache, name: string, content: AsyncIterable<Uint8Array>, etag?: string) {
  const written = cache.write(name, content);
  expect(await all(written.content)).toBeDefined();
  await written.commit(url, etag);
}

const read = async (cache: ListCache, name: string, from = url) => {
  const copy = await cache.read(name, from).catch(() => undefined);
  return copy && { etag: copy.etag, text: await all(copy.content) };
};

describe("the copies of lists", () => {
  test("give back what was committed, with its ETag", async () => {
    const cache = new ListCache(join(directory, "x"));
    await store(cache, "a", pieces("one\n", "two\n"), '"1"');
    expect(await read(new ListCache(join(directory, "x")), "a")).toEqual({ etag: '"1"', text: "one\ntwo\n" });
  });

  test("keep the old one when the new one was not committed or broke off", async () => {
    const cache = new ListCache(directory);
    await store(cache, "a", pieces("good\n"));
    await all(cache.write("a", pieces("refused\n")).content);
    const broken = cache.write("a", pieces("half", new Error("connection lost")));
    await expect(all(broken.content)).rejects.toThrow("connection lost");
    await broken.commit(url, undefined);
    expect((await read(cache, "a"))?.text).toBe("good\n");
  });

  test("are none for another address, another name or a damaged label", async () => {
    const cache = new ListCache(directory);
    await store(cache, "a", pieces("x\n"));
    expect(await read(cache, "a", "https://other.example/")).toBeUndefined();
    expect(await read(cache, "b")).toBeUndefined();
    for (const file of readdirSync(directory).filter((f) => f.endsWith(".json")))
      writeFileSync(join(directory, file), "{");
    expect(await read(cache, "a")).toBeUndefined();
  });

  test("go with the list", async () => {
    const cache = new ListCache(directory);
    await store(cache, "a", pieces("x\n"));
    await store(cache, "b", pieces("x\n"));
    await cache.keepOnly(["b"]);
    expect(await read(cache, "a")).toBeUndefined();
    expect(await read(cache, "b")).toBeDefined();
    await new ListCache(join(directory, "nowhere")).keepOnly([]);
  });

  test("cost the copy only, not the list, when the disk refuses", async () => {
    writeFileSync(join(directory, "file"), "");
    const cache = new ListCache(join(directory, "file"));
    const written = cache.write("a", pieces("x\n"));
    expect(await all(written.content)).toBe("x\n");
    await written.commit(url, undefined).catch(() => undefined);
  });
});
