/**
 * A Docker Engine API of paper on a unix socket: what the module asks of it, and nothing else. For what a real engine
 * cannot do here: a hundred starts a second, and an upgrade to another version of the API.
 *
 * Answers as dockerd 20.10 to 29 do (docs.docker.com/reference/api/engine, version history); the last 256 events are
 * kept, as `daemon/events` keeps them.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

interface Container {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly startedAt: number;
  running: boolean;
}

const keptEvents = 256;

export class FakeEngine {
  readonly #path: string;
  readonly #containers = new Map<string, Container>();
  readonly #listeners = new Set<ServerResponse>();
  #events: { readonly nano: bigint; readonly line: string }[] = [];
  #server: Server | undefined;
  #nano = 0n;
  /** Since v1.52 the event's fields `status`, `id` and `from` are gone, and `GET /events` may answer a JSON sequence. */
  modern = false;
  /** Requests that were no GET. */
  readonly strange: string[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => this.#answer(request, response));
    rmSync(this.#path, { force: true });
    server.listen(this.#path);
    await once(server, "listening");
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    this.#listeners.clear();
    if (server) await new Promise((closed) => server.close(closed));
    rmSync(this.#path, { force: true });
  }

  /** A privileged container of an image of its own. `lives`: ms until it is gone. */
  run(name: string, lives: number): void {
    const container = {
      id: randomBytes(32).toString("hex"),
      name,
      image: `${name}:latest`,
      startedAt: Date.now(),
      running: true,
    };
    this.#containers.set(container.id, container);
    this.#tell("create", container);
    this.#tell("start", container);
    setTimeout(() => this.#containers.delete(container.id), lives).unref();
  }

  #tell(action: string, { id, image, name }: Container): void {
    const clock = BigInt(Date.now()) * 1_000_000n;
    this.#nano = clock > this.#nano ? clock : this.#nano + 1n;
    const old = this.modern ? {} : { status: action, id, from: image };
    const line = `${JSON.stringify({
      ...old,
      Type: "container",
      Action: action,
      Actor: { ID: id, Attributes: { image, name } },
      scope: "local",
      time: Number(this.#nano / 1_000_000_000n),
    }).slice(0, -1)},"timeNano":${this.#nano}}\n`;
    this.#events.push({ nano: this.#nano, line });
    this.#events = this.#events.slice(-keptEvents);
    for (const listener of this.#listeners) listener.write(line);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", "http://engine");
    const path = url.pathname.replace(/^\/v\d+\.\d+/, "");
    if (request.method !== "GET" && request.method !== "HEAD") this.strange.push(`${request.method} ${path}`);
    if (path === "/events") {
      this.#follow(url, response);
      return;
    }
    const [status, body] = this.#lookUp(path);
    response.writeHead(status, { "content-type": "application/json", "api-version": this.modern ? "1.52" : "1.41" });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  }

  #follow(url: URL, response: ServerResponse): void {
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    const [seconds = "0", fraction = ""] = (url.searchParams.get("since") ?? "0").split(".");
    const since = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0").slice(0, 9));
    for (const { nano, line } of this.#events) if (nano >= since) response.write(line);
    this.#listeners.add(response);
    response.once("close", () => this.#listeners.delete(response));
  }

  #lookUp(path: string): [number, unknown] {
    if (path === "/_ping") return [200, "OK"];
    if (path === "/info") return [200, { Warnings: [] }];
    if (path === "/containers/json") {
      return [200, [...this.#containers.values()].filter(({ running }) => running).map(({ id }) => ({ Id: id }))];
    }
    if (path === "/images/json") return [200, []];
    const container = this.#containers.get(/^\/containers\/([^/]+)\/json$/.exec(path)?.[1] ?? "");
    if (container) return [200, inspected(container)];
    return [404, { message: "no such object" }];
  }
}

function inspected({ id, name, image, startedAt, running }: Container) {
  return {
    Id: id,
    Name: `/${name}`,
    Image: `sha256:${"0".repeat(64)}`,
    Config: { Image: image, Cmd: ["sleep"], Labels: {} },
    HostConfig: { Privileged: true, NetworkMode: "none" },
    State: { Running: running, StartedAt: new Date(startedAt).toISOString() },
  };
}
