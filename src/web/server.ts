import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Log } from "../ports.ts";
import { isOwnHost } from "./host-header.ts";

export interface Request {
  readonly query: URLSearchParams;
  readonly acceptLanguage: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ServerParts {
  readonly port: number;
  readonly bind: string;
  /** Names beside addresses and `localhost` under which it may be asked, lower case. */
  readonly names: ReadonlySet<string>;
  /** By exact path. */
  readonly routes: ReadonlyMap<string, (request: Request) => Answer | Promise<Answer>>;
  readonly log: Log;
}

export interface Listening {
  readonly port: number;
  close(): void;
}

const limits = {
  maxHeaderSize: 8192,
  headersTimeout: 5000,
  requestTimeout: 5000,
  // Node looks for what is overdue only so often, by default every 30 s.
  connectionsCheckingInterval: 2000,
};

/** Answers in a second: a local program must not keep the module busy with its own metrics. */
const mostPerSecond = 30;

const plain = "text/plain; charset=utf-8";
/**
 * Nothing here is for other sites, caches or frames. `no-store`: what is shown are the alerts of this device, now.
 */
const always = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

/**
 * A small HTTP server: GET and HEAD, known paths, no request body, few and short connections, so that whoever reaches
 * the port costs the module little. Rejects with the error of listen(2), as EADDRINUSE.
 */
export async function listen(parts: ServerParts): Promise<Listening> {
  const allowed = allowance(mostPerSecond);
  const server = createServer(limits, (request, response) => {
    (allowed() ? answer(request, parts) : Promise.resolve(tooMany))
      .catch((error: unknown): Answer => {
        parts.log.error(`web: ${request.url?.slice(0, 100)}: ${String(error)}`);
        return { status: 500, type: plain, body: "This could not be shown; the module's log says why.\n" };
      })
      .then((answered) => send(request, response, answered));
  });
  server.maxConnections = 16;
  server.keepAliveTimeout = 5000;
  // Slow readers must not hold a connection for ever.
  server.timeout = 20_000;
  await started(server, parts);
  server.on("error", (error) => parts.log.warn(`web: ${String(error)}`));
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function started(server: Server, { port, bind }: ServerParts): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: bind }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

const tooMany: Answer = {
  status: 429,
  type: plain,
  body: `Not more than ${mostPerSecond} requests in a second.\n`,
  headers: { "Retry-After": "1" },
};

/** True at most `perSecond` times in each second. */
function allowance(perSecond: number): () => boolean {
  let second = 0;
  let left = perSecond;
  return () => {
    const now = Math.floor(performance.now() / 1000);
    if (now !== second) left = perSecond;
    second = now;
    return left-- > 0;
  };
}

async function answer(request: IncomingMessage, { names, routes }: ServerParts): Promise<Answer> {
  if (!isOwnHost(request.headers.host, names))
    return { status: 421, type: plain, body: "Ask by the address, by localhost, or by the name of the module.\n" };
  if (request.method !== "GET" && request.method !== "HEAD")
    return { status: 405, type: plain, body: "Read only: GET and HEAD.\n", headers: { Allow: "GET, HEAD" } };
  const [path = "", query = ""] = (request.url ?? "").split("?", 2);
  const route = routes.get(path);
  if (!route) return { status: 404, type: plain, body: `There is ${[...routes.keys()].join(", ")}.\n` };
  const acceptLanguage = request.headers["accept-language"];
  return route({ query: new URLSearchParams(query.slice(0, 1000)), acceptLanguage });
}

function send(request: IncomingMessage, response: ServerResponse, { status, type, body, headers }: Answer): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...always, ...headers, "Content-Type": type, "Content-Length": bytes.length });
  response.end(request.method === "HEAD" ? undefined : bytes);
}
