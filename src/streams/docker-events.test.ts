import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { Subscription } from "rxjs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Fact } from "../events/fact.ts";
import { SourceAbsent } from "../ports.ts";
import { dockerApi, dockerFault } from "./docker-client.ts";
import { dockerEvents } from "./docker-events.ts";
import { DockerMemory } from "./docker-memory.ts";
import { inspectQueue } from "./inspect-queue.ts";
import { streamLines } from "./stream-lines.ts";

const hex = (n: number) => n.toString(16).padStart(12, "0").padEnd(64, "f");
const image = (n: number) => `sha256:${hex(n)}`;
const startedAt = (n: number) => `2026-01-01T00:00:0${n}.000000000Z`;

/** An engine that knows containers by id, answers like Docker 20.10, and keeps what it was asked. */
class Engine {
  readonly asked: string[] = [];
  readonly containers = new Map<string, { started: number; privileged?: boolean; running?: boolean }>();
  readonly images = new Map<string, string[]>();
  readonly refuse = new Set<string>();
  readonly #server: Server;
  readonly #listeners = new Set<ServerResponse>();
  /** Held back until `release`. */
  hold = false;
  readonly #held: (() => void)[] = [];

  constructor(path: string) {
    this.#server = createServer((request, response) => this.#answer(request, response)).listen(path);
  }

  #answer({ method, url = "" }: IncomingMessage, response: ServerResponse): unknown {
    this.asked.push(`${method} ${url}`);
    const path = url.split("?", 1)[0] as string;
    const send = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if ([...this.refuse].some((part) => path.startsWith(part))) return send(403, { message: "forbidden" });
    if (path === "/events") {
      response.writeHead(200);
      response.flushHeaders();
      return this.#listeners.add(response);
    }
    if (path === "/containers/json") {
      return send(
        200,
        [...this.containers].filter(([, c]) => c.running !== false).map(([Id]) => ({ Id })),
      );
    }
    if (path === "/images/json")
      return send(
        200,
        [...this.images].map(([Id]) => ({ Id })),
      );
    const [, kind, ...rest] = path.split("/");
    const name = decodeURIComponent(rest.slice(0, -1).join("/"));
    const found = kind === "containers" ? this.#container(name) : this.#image(name);
    const answer = () => (found ? send(200, found) : send(404, { message: "no such thing" }));
    return this.hold ? this.#held.push(answer) : answer();
  }

  #container(id: string): unknown {
    const known = this.containers.get(id);
    return (
      known && {
        Id: id,
        Name: `/n${Number.parseInt(id.slice(0, 12), 16)}`,
        Image: image(9),
        State: { Running: known.running !== false, StartedAt: startedAt(known.started) },
        Config: { Image: "a/b:1", Labels: {} },
        HostConfig: { Privileged: known.privileged === true },
      }
    );
  }

  #image(name: string): unknown {
    const tags = this.images.get(name);
    return (
      tags && { Id: name, RepoTags: tags, RepoDigests: ["a/b@sha256:77"], Metadata: { LastTagTime: startedAt(5) } }
    );
  }

  say(type: string, action: string, id: string, nano: number, attributes: Record<string, string> = {}): void {
    const event = { Type: type, Action: action, Actor: { ID: id, Attributes: attributes }, time: 1_700_000_000 };
    const text = JSON.stringify(event).replace(/}$/, `,"timeNano":${1_700_000_000_000_000_000n + BigInt(nano)}}\n`);
    for (const response of this.#listeners) response.write(text);
  }

  release(): void {
    this.hold = false;
    for (const answer of this.#held.splice(0)) answer();
  }

  hangUp(): void {
    for (const response of this.#listeners) response.destroy();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

let dir: string;
let socketPath: string;
let engine: Engine;
const open: Subscription[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "docker-"));
  socketPath = join(dir, "sock");
  engine = new Engine(socketPath);
});
afterEach(async () => {
  for (const subscription of open.splice(0)) subscription.unsubscribe();
  await engine.close();
  rmSync(dir, { recursive: true, force: true });
});

function listen(options: { position?: unknown; queueLimit?: number; epoch?: string } = {}) {
  const facts: Fact[] = [];
  const errors: unknown[] = [];
  const stream = dockerEvents({ socketPath, epoch: options.epoch ?? "1", queueLimit: options.queueLimit });
  const subscription = stream
    .open(options.position)
    .subscribe({ next: (fact) => facts.push(fact), error: (error) => errors.push(error) });
  open.push(subscription);
  const of = <K extends Fact["kind"]>(kind: K) => facts.filter((f): f is Extract<Fact, { kind: K }> => f.kind === kind);
  return {
    facts,
    errors,
    of,
    live: () => expect.poll(() => of("source.reported").length, { timeout: 5000 }).toBe(1),
    started: () => of("container.started").map(({ container, at, snapshot }) => [container.name, at, snapshot]),
    position: () => of("source.advanced").at(-1)?.position,
    close: () => subscription.unsubscribe(),
  };
}

const at = (n: number) => Date.parse(startedAt(n));

describe("docker events", () => {
  test("tells what runs and what is stored, then what starts", async () => {
    engine.containers.set(hex(1), { started: 1, privileged: true });
    engine.images.set(image(9), ["a/b:1", "a/b:2"]);
    const heard = listen();
    await heard.live();
    expect(heard.of("container.started")).toMatchObject([
      { at: at(1), snapshot: true, container: { privileged: true, repoDigests: ["a/b@sha256:77"] } },
    ]);
    expect(heard.of("image.present").map(({ image, at }) => [image, at])).toEqual([
      ["a/b:1", at(5)],
      ["a/b:2", at(5)],
    ]);
    engine.containers.set(hex(2), { started: 2 });
    engine.say("container", "start", hex(2), 1);
    await expect.poll(heard.started).toEqual([
      ["n1", at(1), true],
      ["n2", at(2), undefined],
    ]);
  });

  test("asks with GET alone", async () => {
    engine.containers.set(hex(1), { started: 1 });
    engine.images.set(image(9), ["a/b:1"]);
    const heard = listen();
    await heard.live();
    const api = dockerApi({ socketPath });
    await api.info().catch(() => {});
    await api.ping().catch(() => {});
    expect(engine.asked.length).toBeGreaterThan(5);
    expect(engine.asked.filter((line) => !line.startsWith("GET "))).toEqual([]);
  });

  test("a container that stands in the list and in the events is told once, and again after a restart of it", async () => {
    engine.containers.set(hex(1), { started: 1 });
    const heard = listen();
    await heard.live();
    engine.say("container", "start", hex(1), 1);
    engine.containers.set(hex(2), { started: 1 });
    engine.say("container", "start", hex(2), 2);
    await expect.poll(heard.started).toHaveLength(2);
    engine.containers.set(hex(1), { started: 3 });
    engine.say("container", "start", hex(1), 3);
    await expect.poll(heard.started).toHaveLength(3);
    expect(heard.started()[2]).toEqual(["n1", at(3), undefined]);
  });

  test("starts again from its position and tells nothing twice", async () => {
    engine.containers.set(hex(1), { started: 1 });
    engine.images.set(image(9), ["a/b:1"]);
    const first = listen();
    await first.live();
    engine.containers.set(hex(2), { started: 2 });
    engine.say("container", "start", hex(2), 123);
    await expect.poll(() => JSON.stringify(first.position()), { timeout: 5000 }).toContain("1700000000.000000123");
    first.close();
    const position = JSON.parse(JSON.stringify(first.position()));

    engine.containers.set(hex(3), { started: 3 });
    const second = listen({ position });
    await second.live();
    expect(second.started()).toEqual([["n3", at(3), true]]);
    expect(second.of("image.present")).toEqual([]);
    expect(engine.asked.filter((line) => line.includes("/events")).at(-1)).toContain("since=1700000000.000000123");

    const upgraded = listen({ position, epoch: "2" });
    await upgraded.live();
    expect(upgraded.started()).toHaveLength(3);
  });

  test("a container that was gone at its start is told as it was when created", async () => {
    const heard = listen();
    await heard.live();
    engine.containers.set(hex(1), { started: 1, privileged: true, running: false });
    engine.say("container", "create", hex(1), 1);
    await expect.poll(() => engine.asked.filter((line) => line.includes(hex(1))).length).toBe(1);
    engine.containers.delete(hex(1));
    engine.say("container", "start", hex(1), 2, { image: "a/b:1", name: "gone" });
    await expect
      .poll(() => heard.of("container.started"))
      .toMatchObject([{ at: 1_700_000_000_000, container: { id: hex(1), privileged: true } }]);
  });

  test("a container that nobody could inspect is told by its event", async () => {
    const heard = listen();
    await heard.live();
    engine.say("container", "start", hex(1), 1, { image: "x/y:1", name: "gone" });
    await expect
      .poll(() => heard.of("container.started"))
      .toMatchObject([{ container: { id: hex(1), image: "x/y:1", name: "gone", privileged: false } }]);
  });

  test("more events than the queue holds are counted, and what runs is found afterwards", async () => {
    const heard = listen({ queueLimit: 2 });
    await heard.live();
    engine.hold = true;
    for (let n = 1; n <= 12; n += 1) {
      engine.containers.set(hex(n), { started: 1 });
      engine.say("container", "start", hex(n), n);
    }
    await expect.poll(() => engine.asked.filter((line) => line.includes("/containers/0")).length).toBe(8);
    engine.release();
    await expect.poll(() => heard.started().length, { timeout: 5000 }).toBe(12);
    engine.hangUp();
    await expect.poll(() => heard.of("coverage.lost")).toMatchObject([{ source: "docker-events", lost: 2 }]);
  });

  test("an unfinished inspection holds the position back", async () => {
    const heard = listen();
    await heard.live();
    engine.hold = true;
    engine.containers.set(hex(1), { started: 1 });
    engine.say("container", "start", hex(1), 1);
    engine.say("container", "start", hex(2), 2);
    await expect.poll(() => JSON.stringify(heard.position()), { timeout: 5000 }).toContain("1700000000.000000001");
    engine.release();
    await expect.poll(() => JSON.stringify(heard.position()), { timeout: 5000 }).toContain("1700000000.000000002");
  });

  test("a pulled image is told by its names", async () => {
    const heard = listen();
    await heard.live();
    engine.images.set("xmrig/xmrig:6", ["xmrig/xmrig:6"]);
    engine.say("image", "pull", "xmrig/xmrig:6", 1, { name: "xmrig/xmrig" });
    await expect.poll(() => heard.of("image.present").map(({ image }) => image)).toEqual(["xmrig/xmrig:6"]);
  });

  test("an engine that hangs up is an error for the supervisor", async () => {
    const heard = listen();
    await heard.live();
    engine.hangUp();
    await expect.poll(() => heard.errors).toHaveLength(1);
    expect(heard.errors[0]).not.toBeInstanceOf(SourceAbsent);
  });

  test("a proxy that hides containers leaves the source degraded", async () => {
    engine.refuse.add("/containers");
    engine.images.set(image(9), ["a/b:1"]);
    const heard = listen();
    await heard.live();
    expect(heard.of("source.reported")[0]).toMatchObject({ state: "degraded" });
    expect(heard.of("image.present")).toHaveLength(1);
  });

  test("no socket is absence with a remedy", async () => {
    const errors: unknown[] = [];
    dockerEvents({ socketPath: join(dir, "none") })
      .open()
      .subscribe({ error: (error) => errors.push(error) });
    await expect.poll(() => errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(SourceAbsent);
  });

  test("a refused socket names its group", () => {
    const fault = dockerFault(Object.assign(new Error("x"), { code: "EACCES" }), socketPath);
    expect(fault).toBeInstanceOf(SourceAbsent);
    expect((fault as SourceAbsent).remedy).toMatch(/"GroupAdd": \["\d+"\]/);
  });
});

describe("docker endpoint", () => {
  test("DOCKER_HOST of the environment does not replace a given socket", () => {
    process.env.DOCKER_HOST = "tcp://192.0.2.1:2375";
    try {
      expect(dockerApi({ socketPath }).address).toBe(socketPath);
    } finally {
      delete process.env.DOCKER_HOST;
    }
  });

  test("takes what DOCKER_HOST may hold", () => {
    expect(dockerApi({ host: "unix:///x/y.sock" }).address).toBe("/x/y.sock");
    expect(dockerApi({ host: "tcp://proxy:2375" }).address).toBe("proxy:2375");
    expect(dockerApi().address).toBe("/var/run/docker.sock");
    expect(() => dockerApi({ host: "ssh://x" })).toThrow(/not supported/);
  });
});

describe("docker memory", () => {
  test.each([
    undefined,
    null,
    7,
    "x",
    {},
    { since: "1; DROP" },
    { epoch: "1", since: "1.5", told: [7, ["a"], [1, 2]] },
  ])("nonsense is no position: %j", (saved) => {
    const memory = new DockerMemory("1", saved);
    expect(memory.startIsNew(hex(1), 1)).toBe(true);
    expect(memory.since === undefined || memory.since === "1.5").toBe(true);
  });

  test("stays bounded", () => {
    const memory = new DockerMemory("1", undefined);
    for (let n = 0; n < 5000; n += 1) memory.startIsNew(hex(n), n);
    expect(memory.position("1").told.length).toBe(1024);
  });
});

describe("inspect queue", () => {
  test("runs so many at once, the rest in order, and refuses beyond the limit", async () => {
    const done: string[] = [];
    const waits: (() => void)[] = [];
    let drained = 0;
    const queue = inspectQueue({
      concurrency: 2,
      limit: 1,
      failed: () => {},
      drained: () => {
        drained += 1;
      },
    });
    const task = (name: string) => () =>
      new Promise<void>((resolve) => {
        waits.push(() => {
          done.push(name);
          resolve();
        });
      });
    expect(["1", "2", "3", "4"].map((name) => queue.offer(name, task(name)))).toEqual([true, true, true, false]);
    expect(queue.oldest()).toBe("1");
    waits[1]?.();
    await expect.poll(() => waits.length).toBe(3);
    expect(queue.oldest()).toBe("1");
    waits[0]?.();
    waits[2]?.();
    await expect.poll(() => drained).toBe(1);
    expect(done).toEqual(["2", "1", "3"]);
    expect(queue.oldest()).toBeUndefined();
  });

  test("a failed task is told and does not stop the next", async () => {
    const failures: unknown[] = [];
    let ran = false;
    const queue = inspectQueue({ concurrency: 1, limit: 9, failed: (e) => failures.push(e), drained: () => {} });
    queue.offer("1", () => Promise.reject(new Error("no")));
    queue.offer("2", async () => {
      ran = true;
    });
    await expect.poll(() => ran).toBe(true);
    expect(failures).toHaveLength(1);
  });
});

describe("stream lines", () => {
  test("joins chunks, splits characters rightly, leaves out what is too long", async () => {
    const bytes = Buffer.from(`één\nzwei\n${"x".repeat(50)}\nende\nrest`);
    const lines: string[] = [];
    let long = 0;
    const stream = Readable.from([...bytes].map((byte) => Buffer.from([byte])));
    streamLines(
      stream,
      20,
      (line) => lines.push(line),
      () => {
        long += 1;
      },
    );
    await new Promise((resolve) => stream.on("end", resolve));
    expect(lines).toEqual(["één", "zwei", "ende"]);
    expect(long).toBe(1);
  });
});
