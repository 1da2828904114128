import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { BehaviorSubject, type Subscription } from "rxjs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigurationReader } from "../config/configuration.ts";
import { detectors } from "../detectors/index.ts";
import type { Fact } from "../events/fact.ts";
import { ThreatLists } from "../parsers/threats/threat-lists.ts";
import { ListCache } from "../store/list-cache.ts";
import { type ListOutcome, threatLists } from "./threat-lists.ts";

const reader = new ConfigurationReader(detectors);
let directory = "";
let lists = new ThreatLists();
let subscription: Subscription | undefined;
let outcomes: [string, ListOutcome | undefined][] = [];
let facts: Fact[] = [];
let asked: { url: string; etag: string | null }[] = [];
/** What the server answers, by path. */
let answers: Record<string, () => Response | Promise<Response>> = {};

const fetched = (async (input: string | URL | Request, init?: RequestInit) => {
  const url = new URL(String(input));
  asked.push({ url: url.href, etag: new Headers(init?.headers).get("if-none-match") });
  const answer = answers[url.pathname];
  if (!answer) throw Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED" } });
  return answer();
}) as typeof fetch;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lists-"));
  lists = new ThreatLists();
  [outcomes, facts, asked, answers] = [[], [], [], {}];
});
afterEach(() => {
  subscription?.unsubscribe();
  rmSync(directory, { recursive: true, force: true });
});

function start(desired: object, options: { cache?: ListCache; fetch?: typeof fetch } = {}) {
  const section = (value: object) => {
    const { configuration, problems } = reader.read({ threatLists: value });
    expect(problems).toEqual([]);
    return configuration.threatLists;
  };
  const configured = new BehaviorSubject(section(desired));
  const stream = threatLists({
    configured,
    directory,
    lists,
    fetch: fetched,
    retryFirst: 20,
    quiet: 20,
    onOutcome: (name, outcome) => outcomes.push([name, outcome]),
    ...options,
  });
  subscription = stream.open().subscribe((fact) => facts.push(fact));
  return { configure: (value: object) => configured.next(section(value)) };
}

async function until(what: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !what(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(what(), what.toString()).toBe(true);
}
const last = (name: string) => outcomes.filter(([n]) => n === name).at(-1)?.[1];
const rejected = () => facts.flatMap((f) => (f.kind === "configuration.rejected" ? [f] : []));
const health = () => facts.flatMap((f) => (f.kind === "source.reported" ? [f.state] : [])).at(-1);
const text =
  (body: string, headers: Record<string, string> = {}) =>
  () =>
    new Response(body, { headers });

describe("an inline list", () => {
  test("is loaded, follows its changes, and goes with its name", async () => {
    const { configure } = start({ a: { entries: { x: "203.0.113.1" } } });
    await until(() => lists.address("203.0.113.1") !== undefined);
    configure({ a: { entries: { x: "203.0.113.2" } } });
    await until(() => lists.address("203.0.113.2") !== undefined);
    expect(lists.address("203.0.113.1")).toBeUndefined();
    configure({});
    expect(lists.address("203.0.113.2")).toBeUndefined();
    expect(outcomes.at(-1)).toEqual(["a", undefined]);
  });
});

describe("a list in a file", () => {
  test("is read again when it changes", async () => {
    writeFileSync(join(directory, "site.txt"), "203.0.113.1\n");
    start({ site: { file: "site.txt" } });
    await until(() => lists.address("203.0.113.1") !== undefined);
    writeFileSync(join(directory, "site.txt"), "203.0.113.2\n203.0.113.3\n");
    await until(() => lists.address("203.0.113.3") !== undefined);
    expect(last("site")).toMatchObject({ state: "loaded", size: 2 });
  });

  test("that is bad afterwards leaves the old one in force, and is told once, until it is good", async () => {
    writeFileSync(join(directory, "site.txt"), "203.0.113.1\n");
    start({ site: { file: "site.txt" } });
    await until(() => lists.address("203.0.113.1") !== undefined);
    writeFileSync(join(directory, "site.txt"), "<html>\n<body>\nnot found\n</html>\n");
    await until(() => last("site")?.state === "failed");
    expect(lists.address("203.0.113.1")).toBeDefined();
    expect(last("site")).toMatchObject({ size: 1, reason: expect.stringContaining("line 1") });
    expect(rejected()).toMatchObject([{ path: "threatLists.site", expected: "a readable list from site.txt" }]);
    expect(health()).toBe("degraded");
    writeFileSync(join(directory, "site.txt"), "203.0.113.9\n");
    await until(() => lists.address("203.0.113.9") !== undefined);
    expect(health()).toBe("live");
  });

  test("that is not there yet is told, and found when it comes", async () => {
    start({ site: { file: "site.txt" } });
    await until(() => rejected().length === 1);
    expect(rejected()[0]?.got).toBe("there is no such file in the folder for lists");
    writeFileSync(join(directory, "site.txt"), "203.0.113.1\n");
    await until(() => lists.address("203.0.113.1") !== undefined);
  });

  test("that is no file, too large or empty is refused", async () => {
    writeFileSync(join(directory, "large.txt"), "203.0.113.1\n".repeat(1000));
    writeFileSync(join(directory, "empty.txt"), "# nothing\n");
    start({ large: { file: "large.txt", maxMegabytes: 0.01 }, empty: { file: "empty.txt" } });
    await until(() => last("large")?.state === "failed" && last("empty")?.state === "failed");
    expect(last("large")?.reason).toBe("it is larger than 0.01 MB");
    expect(last("empty")?.reason).toBe("it has no entry");
  });
});

describe("a list by https", () => {
  const url = "https://feeds.example/list";

  test("is asked for with its ETag, and an unchanged one stays", async () => {
    answers["/list"] = () =>
      asked.length > 1
        ? new Response(null, { status: 304 })
        : new Response("203.0.113.1\n", { headers: { etag: '"1"' } });
    const { configure } = start({ feed: { url } }, { cache: new ListCache(join(directory, "cache")) });
    await until(() => lists.address("203.0.113.1") !== undefined);
    // Another interval starts the list anew: from the copy on disk, which the server confirms.
    await until(() => last("feed")?.state === "loaded");
    configure({ feed: { url, intervalMinutes: 60 } });
    await until(() => last("feed")?.state === "unchanged");
    expect(asked).toMatchObject([{ etag: null }, { etag: '"1"' }]);
    expect(last("feed")).toMatchObject({ size: 1 });
  });

  test("goes on undisturbed when another list or setting changes", async () => {
    answers["/list"] = text("203.0.113.1\n");
    const { configure } = start({ feed: { url } });
    await until(() => lists.address("203.0.113.1") !== undefined);
    configure({ feed: { url }, other: { entries: { x: "203.0.113.2" } } });
    await until(() => lists.address("203.0.113.2") !== undefined);
    expect(asked).toHaveLength(1);
  });

  test("that cannot be reached is tried again without an alert, and degrades the source meanwhile", async () => {
    start({ feed: { url } });
    await until(() => asked.length >= 3);
    expect(last("feed")).toMatchObject({ state: "failed", reason: "ECONNREFUSED" });
    expect(rejected()).toEqual([]);
    expect(health()).toBe("degraded");
    answers["/list"] = text("203.0.113.1\n");
    await until(() => lists.address("203.0.113.1") !== undefined);
    expect(health()).toBe("live");
  });

  test("is there after a restart without a network, from the copy on disk", async () => {
    answers["/list"] = text("203.0.113.1\n", { etag: '"1"' });
    const cache = new ListCache(join(directory, "cache"));
    start({ feed: { url } }, { cache });
    await until(() => last("feed")?.state === "loaded");
    await new Promise((resolve) => setTimeout(resolve, 50));
    subscription?.unsubscribe();
    lists = new ThreatLists();
    answers = {};
    start({ feed: { url } }, { cache });
    await until(() => last("feed")?.state === "failed");
    expect(lists.address("203.0.113.1")).toBeDefined();
    expect(last("feed")).toMatchObject({ size: 1 });
  });

  test("of another address does not take the copy of the former", async () => {
    answers["/list"] = text("203.0.113.1\n");
    const cache = new ListCache(join(directory, "cache"));
    const { configure } = start({ feed: { url } }, { cache });
    await until(() => last("feed")?.state === "loaded");
    await new Promise((resolve) => setTimeout(resolve, 50));
    configure({ feed: { url: "https://feeds.example/other" } });
    await until(() => last("feed")?.state === "failed");
    expect(await cache.read("feed", "https://feeds.example/other").catch(() => undefined)).toBeUndefined();
  });

  test.each([
    ["an error page", text("<!doctype html>\n<title>x</title>\n"), "no entry"],
    ["404", () => new Response("gone", { status: 404 }), "404"],
    [
      "a redirection to http",
      () => new Response(null, { status: 302, headers: { location: "http://x.example/" } }),
      "away from https",
    ],
    [
      "a redirection in a circle",
      () => new Response(null, { status: 302, headers: { location: "/list" } }),
      "more than 5 times",
    ],
    [
      "a body without end",
      () => new Response(new ReadableStream({ pull: (c) => c.enqueue(Buffer.from("203.0.113.1\n".repeat(500))) })),
      "larger than",
    ],
  ])("that is %s is refused, told once, and the old one stays", async (_what, answer, reason) => {
    answers["/list"] = text("203.0.113.77\n");
    const { configure } = start({ feed: { url, maxMegabytes: 0.1 } });
    await until(() => lists.address("203.0.113.77") !== undefined);
    answers["/list"] = answer;
    configure({ feed: { url, maxMegabytes: 0.2 } });
    await until(() => asked.filter((a) => a.url === url).length >= 4 || asked.length > 8);
    expect(last("feed")?.reason).toContain(reason);
    expect(lists.address("203.0.113.77")).toBeDefined();
    expect(rejected()).toHaveLength(1);
  });

  test("is refused when its digest is not the pinned one", async () => {
    const body = "203.0.113.1\n";
    const sha256 = createHash("sha256").update(body).digest("hex");
    answers["/list"] = text(body);
    answers["/forged"] = text("203.0.113.2\n");
    start({ good: { url, sha256 }, forged: { url: "https://feeds.example/forged", sha256 } });
    await until(() => last("good")?.state === "loaded" && last("forged")?.state === "failed");
    expect(last("forged")?.reason).toContain("the pin says");
    expect(lists.address("203.0.113.2")).toBeUndefined();
  });

  test("does not tell the signature of its URL", async () => {
    answers["/list"] = () => new Response("", { status: 403 });
    start({ feed: { url: `${url}?sv=1&sig=topsecretvalue` } });
    await until(() => rejected().length === 1);
    expect(JSON.stringify(facts)).not.toContain("topsecretvalue");
  });

  test("is not taken from a real server whose certificate nobody vouches for", async () => {
    const { createAuthority } = await import("../../modules-test/rig/certificates.ts");
    const { certificate, privateKey } = createAuthority().issue("localhost", ["localhost"], "server");
    const server = createServer({ cert: certificate, key: privateKey }, (_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("203.0.113.1\n"));
    });
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
    try {
      start(
        { feed: { url: `https://localhost:${(server.address() as AddressInfo).port}/` } },
        { fetch: globalThis.fetch },
      );
      await until(() => last("feed")?.state === "failed");
      expect(last("feed")?.reason).toMatch(/CERT|SELF_SIGNED|UNABLE_TO/);
      expect(lists.sizes().size).toBe(0);
    } finally {
      server.close();
    }
  });
});
