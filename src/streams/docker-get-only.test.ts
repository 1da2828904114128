import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Subject, type Subscription } from "rxjs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Fact } from "../events/fact.ts";
import type { ProcessLookup, Stream } from "../ports.ts";
import { dockerEvents } from "./docker-events.ts";
import { dockerPosture } from "./docker-posture.ts";
import { openHostRoot } from "./host-root.ts";

const id = "ab".repeat(32);
/** Names that would become another request if they were put into a path as they are. */
const hostile = [
  "x/../../containers/y/stop",
  "x?signal=KILL",
  `${id}/kill`,
  "x\r\nPOST /containers/y/stop HTTP/1.1\r\n\r\n",
  "../../../v1.41/containers/prune",
  "..%2f..%2fcontainers%2fprune",
  " POST ",
];

/** Every request that reading containers, images and the daemon's settings needs; nothing else is ever asked. */
const readOnly =
  /^\/(?:_ping|info|events\?[^ ]*|containers\/json(?:\?[^ ]*)?|images\/json(?:\?[^ ]*)?|containers\/[\w.-]+\/json(?:\?[^ ]*)?|images\/[^?]+\/json)$/;

let folder: string;
let socketPath: string;
let server: Server;
let asked: { method: string; url: string; body: string }[];
const events = new Subject<string>();
const open: Subscription[] = [];

/** An engine that answers everything as if it were done, also what must never be asked. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "get-only-"));
  socketPath = join(folder, "docker.sock");
  asked = [];
  server = createServer(async (request, response) => {
    const record = { method: request.method ?? "", url: request.url ?? "", body: "" };
    asked.push(record);
    if (record.url.startsWith("/events")) {
      response.writeHead(200);
      response.flushHeaders();
      const subscription = events.subscribe((line) => response.write(`${line}\n`));
      request.on("close", () => subscription.unsubscribe());
      return;
    }
    for await (const chunk of request) record.body += String(chunk);
    const list = hostile.map((Id) => ({ Id }));
    const inspect = {
      Id: id,
      Name: "/x",
      Image: hostile[0],
      Config: { Image: hostile[1] },
      HostConfig: {},
      State: { Running: true },
    };
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(/\/(?:containers|images)\/json/.test(record.url) ? [{ Id: id }, ...list] : inspect));
  }).listen(socketPath);
});
afterEach(async () => {
  for (const subscription of open.splice(0)) subscription.unsubscribe();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

function run(stream: Stream, position?: unknown): Fact[] {
  const facts: Fact[] = [];
  open.push(stream.open(position).subscribe({ next: (fact) => void facts.push(fact), error: () => undefined }));
  return facts;
}

const event = (type: string, action: string, actor: string, n: number) =>
  JSON.stringify({
    Type: type,
    Action: action,
    Actor: { ID: actor, Attributes: { image: actor, name: actor } },
    time: 1_700_000_000 + n,
  });

describe("what the engine is asked in a whole run", () => {
  test("is GET alone, on paths that read, without a body, whatever containers and images are called", async () => {
    const facts = run(dockerEvents({ socketPath }));
    const lookup: ProcessLookup = { lookup: () => undefined, pids: () => [] };
    const trigger = new Subject<void>();
    run(dockerPosture({ socketPath, hostRoot: openHostRoot(folder), lookup, interval: 20, trigger }));
    await vi.waitFor(() => expect(facts.some(({ kind }) => kind === "source.reported")).toBe(true));
    let n = 0;
    for (const actor of [...hostile, id])
      for (const [type, action] of [
        ["container", "create"],
        ["container", "start"],
        ["image", "pull"],
        ["image", "tag"],
        ["container", "die"],
      ] as const)
        events.next(event(type, action, actor, n++));
    trigger.next();
    await vi.waitFor(() => expect(asked.filter(({ url }) => url === "/info").length).toBeGreaterThan(2));
    await vi.waitFor(() => expect(asked.filter(({ url }) => url.includes(id)).length).toBeGreaterThan(1));
    // A second run, from the first one's position.
    const position = facts.findLast((fact) => fact.kind === "source.advanced")?.position;
    run(dockerEvents({ socketPath }), position);
    await vi.waitFor(() => expect(asked.filter(({ url }) => url.startsWith("/events")).length).toBe(2));

    expect([...new Set(asked.map(({ method }) => method))]).toEqual(["GET"]);
    expect(asked.filter(({ url }) => !readOnly.test(url))).toEqual([]);
    expect(asked.filter(({ body }) => body !== "")).toEqual([]);
    expect(asked.length).toBeGreaterThan(10);
  });
});

describe("the source", () => {
  test("names no method of the client but those that read", () => {
    const text = readFileSync(join(import.meta.dirname, "docker-client.ts"), "utf8");
    const called = [
      ...text.matchAll(
        /(?<!\/)\bdocker\.(?!sock\b)(\w+)|\)\.(inspect|\w*(?:start|stop|kill|remove|create|exec|attach|pull|push|prune|update|wait|commit|build)\w*)\(/g,
      ),
    ];
    expect([...new Set(called.map(([, member, chained]) => member ?? chained))].sort()).toEqual(
      ["getContainer", "getEvents", "getImage", "info", "inspect", "listContainers", "listImages", "ping"].sort(),
    );
  });

  test("knows the client in one file", () => {
    const importers = readdirSync(join(import.meta.dirname, ".."), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
      .filter((name) => /from "dockerode"/.test(readFileSync(join(import.meta.dirname, "..", name), "utf8")));
    expect(importers).toEqual(["streams/docker-client.ts"]);
  });
});
