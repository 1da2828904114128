/**
 * Everything that the module asks of a real Docker engine passes a proxy that writes it down: nothing but GET and HEAD,
 * while containers are created, started, renamed and removed and images arrive.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { request as ask, createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Subject, type Subscription } from "rxjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Fact } from "../src/events/fact.ts";
import { dockerEvents } from "../src/streams/docker-events.ts";
import { dockerPosture } from "../src/streams/docker-posture.ts";
import { openHostRoot } from "../src/streams/host-root.ts";
import { openProcessLookup } from "../src/streams/process-lookup.ts";
import { eventually } from "./rig/host/child.ts";
import { busyboxImage, type DockerEngine, startDockerEngine } from "./rig/host/docker-engine.ts";
import { tagImage } from "./rig/host/engine-api.ts";
import { lockHost } from "./rig/host/host-lock.ts";
import { lackingAny, strict } from "./rig/host/needs.ts";

const reason = lackingAny(["root", "docker"]);

interface Asked {
  readonly method: string;
  readonly path: string;
}

/** Passes every request on to `upstream`, whatever it is, and writes it down first. */
function recorder(path: string, upstream: string, asked: Asked[]): Server {
  return createServer((incoming, outgoing) => {
    asked.push({ method: incoming.method ?? "", path: incoming.url ?? "" });
    const { method, url, headers } = incoming;
    const passed = ask({ socketPath: upstream, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      outgoing.flushHeaders();
      answer.pipe(outgoing);
    });
    passed.on("error", () => outgoing.destroy());
    incoming.on("error", () => passed.destroy());
    outgoing.on("close", () => passed.destroy());
    incoming.pipe(passed);
  }).listen(path);
}

describe.skipIf(reason !== undefined && !strict)(`a real engine${reason ? ` (skipped: ${reason})` : ""}`, () => {
  const asked: Asked[] = [];
  const facts: Fact[] = [];
  const open: Subscription[] = [];
  let folder: string | undefined;
  let lock: { stop(): Promise<void> };
  let engine: DockerEngine;
  let proxy: Server;

  beforeAll(async () => {
    lock = await lockHost();
    engine = await startDockerEngine();
    folder = mkdtempSync(join(tmpdir(), "get-only-"));
    proxy = recorder(join(folder as string, "docker.sock"), engine.socket, asked);
  }, 240_000);

  afterAll(async () => {
    for (const subscription of open) subscription.unsubscribe();
    proxy?.closeAllConnections();
    proxy?.close();
    await engine?.stop();
    await lock?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const started = (name: string) =>
    facts.some((fact) => fact.kind === "container.started" && fact.container.name === name);

  test("is asked by GET and HEAD alone in a whole run", { timeout: 180_000 }, async () => {
    const socketPath = join(folder as string, "docker.sock");
    const hostRoot = openHostRoot("/");
    const trigger = new Subject<void>();
    const take = { next: (fact: Fact) => void facts.push(fact) };
    open.push(
      dockerEvents({ socketPath }).open(undefined).subscribe(take),
      dockerPosture({ socketPath, hostRoot, lookup: openProcessLookup(hostRoot), trigger })
        .open()
        .subscribe(take),
    );
    await eventually("the first look is done", () => facts.some(({ kind }) => kind === "source.reported"), 30_000);

    await engine.docker("run", "-d", "--name", "one", "--network=none", busyboxImage, "sleep", "60");
    await engine.docker("run", "--rm", "--name", "gone", "--network=none", busyboxImage, "true");
    await tagImage(engine.socket, busyboxImage, "xmrig/xmrig");
    await eventually("the start is told", () => started("one"), 60_000);
    trigger.next();
    await engine.docker("rm", "-f", "one");
    const position = facts.findLast((fact) => fact.kind === "source.advanced")?.position;
    open.push(dockerEvents({ socketPath }).open(position).subscribe(take));
    await eventually("it resumed", () => asked.filter(({ path }) => path.includes("/events")).length > 1, 30_000);

    expect(asked.filter(({ method }) => method !== "GET" && method !== "HEAD")).toEqual([]);
    expect(asked.some(({ path }) => /\/containers\/[0-9a-f]{64}\/json/.test(path))).toBe(true);
    expect(asked.some(({ path }) => path.includes("/info"))).toBe(true);
  });

  test("would be caught asking otherwise", async () => {
    await new Promise<void>((resolve, reject) => {
      ask(
        { socketPath: join(folder as string, "docker.sock"), method: "POST", path: "/containers/none/stop" },
        (answer) => {
          answer.resume().on("end", resolve);
        },
      )
        .on("error", reject)
        .end();
    });
    expect(asked.at(-1)).toEqual({ method: "POST", path: "/containers/none/stop" });
  });
});
