/**
 * The workload API of the security daemon on a unix socket (edgelet/api/workload.yaml of Azure/iotedge): trust bundle,
 * signing, server and identity certificates, list of modules.
 *
 * Blind spots: the real daemon allows a call by the caller's pid, here everyone who can open the socket may; `encrypt`
 * and `decrypt` are not served (404).
 */
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Authority } from "./certificates.ts";
import { digest } from "./sas.ts";

/** `refusing`: every call answers 500; `hanging`: accepts and never answers; `stopped`: the socket is gone. */
export type WorkloadMode = "serving" | "refusing" | "hanging" | "stopped";

export interface WorkloadModule {
  readonly moduleId: string;
  readonly generationId: string;
  readonly key: Buffer;
}

export interface WorkloadOptions {
  readonly socketPath: string;
  /** Looked up at every call, so that modules and authority may change. */
  modules(): readonly WorkloadModule[];
  authority(): Authority;
  trustBundle(): string;
}

type Answer = readonly [status: number, body: unknown];
const ROUTE = /^\/modules\/([^/]+)\/genid\/([^/]+)\/(sign|certificate\/(?:server|identity))$/;
const MOST_BODY = 64 * 1024;

export class Workload {
  readonly #options: WorkloadOptions;
  #server: Server | undefined;
  #mode: WorkloadMode = "stopped";
  /** Signatures handed out since start. */
  signed = 0;

  constructor(options: WorkloadOptions) {
    this.#options = options;
  }

  get mode(): WorkloadMode {
    return this.#mode;
  }

  async setMode(mode: WorkloadMode): Promise<void> {
    this.#mode = mode;
    if (mode === "stopped") return this.#stop();
    if (this.#server) return;
    const server = createServer((request, response) => void this.#serve(request, response));
    rmSync(this.#options.socketPath, { force: true });
    server.listen(this.#options.socketPath);
    this.#server = server;
    await once(server, "listening");
  }

  async #stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    if (server) await new Promise((closed) => server.close(closed));
    rmSync(this.#options.socketPath, { force: true });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#mode === "hanging") return;
    const [status, body] =
      this.#mode === "refusing" ? fault(500, "identity service error") : await this.#answer(request);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? "/", "http://workload");
    if (!url.searchParams.get("api-version")) return fault(400, "missing api-version");
    const { modules, trustBundle } = this.#options;
    if (request.method === "GET" && url.pathname === "/trust-bundle") return [200, { certificate: trustBundle() }];
    if (request.method === "GET" && url.pathname === "/modules") return [200, { modules: modules().map(listed) }];
    const [, moduleId = "", generationId = "", action] = ROUTE.exec(url.pathname) ?? [];
    if (request.method !== "POST" || !action) return fault(404, "Not Found");
    const found = modules().find((module) => module.moduleId === decodeURIComponent(moduleId));
    if (found?.generationId !== decodeURIComponent(generationId)) return fault(404, "Module not found");
    const body = await readJson(request);
    if (!body) return fault(400, "Malformed request body");
    return action === "sign" ? this.#sign(found, body) : this.#issue(found, body, action.endsWith("server"));
  }

  /** edged reads only `data`. */
  #sign({ key }: WorkloadModule, { data }: Record<string, unknown>): Answer {
    if (typeof data !== "string" || data === "") return fault(400, "missing data");
    this.signed++;
    return [200, { digest: digest(key, Buffer.from(data, "base64")) }];
  }

  #issue({ moduleId }: WorkloadModule, body: Record<string, unknown>, server: boolean): Answer {
    const { commonName, expiration } = body;
    if (server && (typeof commonName !== "string" || commonName === "")) return fault(400, "missing commonName");
    const common = server ? String(commonName) : moduleId;
    const wanted = typeof expiration === "string" ? (Date.parse(expiration) - Date.now()) / 86_400_000 : 30;
    const days = Number.isFinite(wanted) && wanted > 0 ? Math.min(wanted, 90) : 30;
    const issued = this.#options
      .authority()
      .issue(common, server ? [common, moduleId] : [], server ? "server" : "client", days);
    const until = new Date(Date.now() + days * 86_400_000).toISOString();
    const privateKey = { type: "key", bytes: issued.privateKey };
    return [201, { privateKey, certificate: issued.certificate, expiration: until }];
  }
}

const fault = (status: number, message: string): Answer => [status, { message }];

/** ModuleDetails of the management API, with what an inventory needs. */
const listed = ({ moduleId, generationId }: WorkloadModule) => ({
  id: generationId,
  name: moduleId,
  type: "docker",
  config: { settings: {}, env: [] },
  status: { runtimeStatus: { status: "running" } },
});

async function readJson(request: IncomingMessage): Promise<Record<string, unknown> | undefined> {
  let text = "";
  try {
    for await (const chunk of request.setEncoding("utf8")) {
      text += chunk as string;
      if (text.length > MOST_BODY) return undefined;
    }
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
