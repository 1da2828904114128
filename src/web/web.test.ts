import { request } from "node:http";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Status } from "../pipeline/status.ts";
import type { Log } from "../ports.ts";
import { styleHash } from "./style.ts";
import { Web, type WebParts } from "./web.ts";

const bind = "127.0.0.1";
const opened: { close(): unknown }[] = [];
let lines: string[] = [];

const log: Log = {
  debug: () => undefined,
  info: (text) => void lines.push(`info ${text}`),
  warn: (text) => void lines.push(`warn ${text}`),
  error: (text) => void lines.push(`error ${text}`),
};

/** A web whose addresses can be awaited, on a port that was free a moment ago. */
function webOf(more: Partial<WebParts> = {}) {
  const addresses: string[] = [];
  const waiting: ((url: string) => void)[] = [];
  const web = new Web({
    status: new Status(Date.now()),
    version: "1.2.3",
    device: { hub: "hub", deviceId: "plant-7", moduleId: "vedette" },
    viewByDefault: false,
    past: async () => [],
    configuration: () => ({ language: "en", observe: false }),
    log,
    onAddress: (url) => {
      addresses.push(url);
      waiting.shift()?.(url);
    },
    ...more,
  });
  opened.push(web);
  const next = () => new Promise<string>((resolve) => waiting.push(resolve));
  return { web, addresses, next };
}

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

function ask(url: string, options: { method?: string; headers?: Record<string, string>; path?: string } = {}) {
  return new Promise<Reply>((resolve, reject) => {
    const call = request(url, { agent: false, ...options }, (response) => {
      let body = "";
      response.on("data", (chunk) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    call.on("error", reject).end();
  });
}

async function freePort(): Promise<number> {
  const server = await occupied();
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function occupied(): Promise<Server> {
  const server = createServer();
  return new Promise((resolve) => server.listen(0, bind, () => resolve(server)));
}

let port = 0;

beforeEach(async () => {
  lines = [];
  port = await freePort();
});

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

describe("what the module serves", () => {
  test("metrics and health, on the configured address, and nothing else", async () => {
    const { web, next } = webOf();
    web.configure({ metrics: true, port, bind });
    expect(await next()).toBe(`http://127.0.0.1:${port}`);
    const metrics = await ask(`http://127.0.0.1:${port}/metrics`);
    expect(metrics.status).toBe(200);
    expect(metrics.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(metrics.body).toContain("vedette_build_info{");
    const health = await ask(`http://127.0.0.1:${port}/healthz`);
    expect([health.status, health.headers["content-type"]]).toEqual([200, "application/json"]);
    expect(JSON.parse(health.body)).toMatchObject({ status: "degraded", version: "1.2.3" });
    for (const path of ["/", "/metrics/", "/metrics/..", "//metrics", "/favicon.ico", "/%6detrics", "/metrics%00"])
      expect((await ask(`http://127.0.0.1:${port}`, { path })).status).toBe(404);
  });

  test("a module that sees nothing answers 503", async () => {
    const { web, next } = webOf({ now: () => Date.now() + 120_000 });
    web.configure({ metrics: false, view: true, port, bind });
    await next();
    const health = await ask(`http://127.0.0.1:${port}/healthz`);
    expect(health.status).toBe(503);
    expect(JSON.parse(health.body)).toMatchObject({ status: "failed" });
    expect((await ask(`http://127.0.0.1:${port}/metrics`)).status).toBe(404);
  });

  test("only reads, only for those who name it rightly, and caches nothing", async () => {
    const { web, next } = webOf({ names: ["gateway.plant.example"] });
    web.configure({ metrics: true, port, bind });
    const url = `${await next()}/metrics`;
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"]) {
      const refused = await ask(url, { method });
      expect([method, refused.status, refused.headers.allow]).toEqual([method, 405, "GET, HEAD"]);
    }
    const head = await ask(url, { method: "HEAD" });
    expect([head.status, head.body]).toEqual([200, ""]);
    expect(Number(head.headers["content-length"])).toBeGreaterThan(100);
    for (const Host of ["evil.example", `evil.example:${port}`, "vedette.evil.example"])
      expect((await ask(url, { headers: { Host } })).status).toBe(421);
    for (const Host of ["vedette", `gateway.plant.example:${port}`, "localhost"])
      expect((await ask(url, { headers: { Host } })).status).toBe(200);
    expect(head.headers).toMatchObject({
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "same-origin",
    });
  });

  test("the view, where it is wanted, with a policy that allows its own style only", async () => {
    let reads = 0;
    const past = async () => {
      reads++;
      return [];
    };
    const { web, next } = webOf({
      viewByDefault: true,
      past,
      configuration: () => ({ language: "ja", observe: false }),
    });
    web.configure({ metrics: false, port, bind });
    const url = await next();
    const own = await ask(url);
    expect([own.status, own.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    expect(own.headers["content-security-policy"]).toBe(
      `default-src 'none'; style-src '${styleHash}'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(own.headers).toMatchObject({ vary: "Accept-Language", "cache-control": "no-store" });
    expect(own.body).toContain('<html lang="ja">');
    expect((await ask(`${url}/?lang=en`)).body).toContain('<html lang="en">');
    expect((await ask(url, { headers: { "Accept-Language": "en-GB" } })).body).toContain('<html lang="en">');
    for (const query of ["before=x", "before=-1", "before=1e9", "before=", "lang=%00", `x=${"y".repeat(3000)}`, "%"])
      expect((await ask(`${url}/?${query}`)).status).toBe(200);
    expect((await ask(`${url}/icon.svg`)).headers["content-type"]).toBe("image/svg+xml");
    expect((await ask(url, { headers: { Host: "evil.example" } })).body).not.toContain("<html");
    expect(reads).toBeLessThan(10);
  });

  test("a history that cannot be read is told and tried again", async () => {
    let refuse = true;
    const past = async () => {
      if (refuse) throw new Error("EIO");
      return [];
    };
    const { web, next } = webOf({ past });
    web.configure({ metrics: false, view: true, port, bind });
    const url = await next();
    expect((await ask(url)).status).toBe(500);
    expect(lines.at(-1)).toContain("EIO");
    refuse = false;
    expect((await ask(url)).status).toBe(200);
  });

  test("a head of more than 8 KiB is refused", async () => {
    const { web, next } = webOf();
    web.configure({ metrics: true, port, bind });
    expect((await ask(await next(), { headers: { "X-Long": "x".repeat(10_000) } })).status).toBe(431);
  });

  test("who asks without a pause is told to wait, and answered again a second later", async () => {
    const { web, next } = webOf();
    web.configure({ metrics: true, port, bind });
    const url = `${await next()}/healthz`;
    const clock = vi.spyOn(performance, "now").mockReturnValue(5_000);
    const statuses: number[] = [];
    for (let i = 0; i < 32; i++) statuses.push((await ask(url)).status);
    expect(statuses).toEqual([...Array(30).fill(200), 429, 429]);
    clock.mockReturnValue(6_000);
    expect((await ask(url)).status).toBe(200);
    clock.mockRestore();
  });

  test("who sends half a request does not hold a connection", async () => {
    const { web, next } = webOf();
    web.configure({ metrics: true, port, bind });
    await next();
    const half = connect(port, bind);
    half.write("GET /metrics HTTP/1.1\r\nHost: localhost\r\n");
    const said: string[] = [];
    half.on("data", (data) => said.push(String(data)));
    await new Promise((resolve) => half.once("close", resolve));
    expect(said.join("")).toContain("408 Request Timeout");
  });

  test("with all switched off it does not listen, and follows the twin to another port", async () => {
    const { web, next, addresses } = webOf();
    web.configure({ metrics: true, port, bind });
    await next();
    const other = await freePort();
    web.configure({ metrics: true, port: other, bind });
    await next();
    await expect(ask(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow("ECONNREFUSED");
    expect((await ask(`http://127.0.0.1:${other}/healthz`)).status).toBe(200);
    web.configure({ metrics: false, port: other, bind });
    await web.settled();
    await expect(ask(`http://127.0.0.1:${other}/healthz`)).rejects.toThrow("ECONNREFUSED");
    expect(addresses).toHaveLength(2);
  });

  test("a port in use is said once, and costs nothing else", async () => {
    const taken = await occupied();
    opened.push({ close: () => taken.close() });
    const { web, addresses } = webOf();
    const settings = { metrics: true, port: (taken.address() as AddressInfo).port, bind };
    web.configure(settings);
    web.configure({ ...settings });
    await vi.waitFor(() => expect(lines).not.toEqual([]));
    expect(lines.filter((line) => line.startsWith("warn"))).toHaveLength(1);
    expect(lines[0]).toContain(`127.0.0.1 port ${settings.port} is in use by another program`);
    expect(addresses).toEqual([]);
  });

  test("an address that is not ours is said", async () => {
    const { web } = webOf();
    web.configure({ metrics: true, port, bind: "203.0.113.1" });
    await vi.waitFor(() => expect(lines).not.toEqual([]));
    expect(lines).toEqual([expect.stringContaining("is no address of this machine or container")]);
  });

  test("for a person, any free port will do, and it is told", async () => {
    const taken = await occupied();
    opened.push({ close: () => taken.close() });
    const { web, next } = webOf({ anyPort: true });
    web.configure({ metrics: true, port: (taken.address() as AddressInfo).port, bind });
    expect((await ask(`${await next()}/healthz`)).status).toBe(200);
  });
});
