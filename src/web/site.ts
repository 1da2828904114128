import { hostname } from "node:os";
import type { Status } from "../pipeline/status.ts";
import type { Log } from "../ports.ts";
import { healthOf } from "./health.ts";
import { type Answer, type Listening, listen, type Request } from "./server.ts";

/** What is served, and from what. */
export interface SiteParts {
  readonly metrics: boolean;
  readonly view: boolean;
  readonly status: Status;
  readonly version: string;
  readonly device: { readonly hub: string; readonly deviceId: string; readonly moduleId: string };
  /** Further names under which the module may be asked (the gateway's host name). */
  readonly names?: readonly string[];
  readonly log: Log;
  readonly now?: () => number;
}

type Routes = Map<string, (request: Request) => Answer | Promise<Answer>>;

/** Opens the server with the routes that are on. Rejects with the error of listen(2). */
export async function openSite(
  parts: SiteParts,
  at: { readonly port: number; readonly bind: string },
): Promise<Listening> {
  const { status, version, device, log, now = Date.now } = parts;
  const routes: Routes = new Map();
  const closes: (() => void)[] = [];
  if (parts.metrics) {
    const { Metrics } = await import("./metrics.ts");
    const metrics = new Metrics(status, { ...device, version }, now);
    closes.push(() => metrics.close());
    routes.set("/metrics", async () => ({ status: 200, type: metrics.contentType, body: await metrics.text() }));
  }
  routes.set("/healthz", () => healthAnswer(healthOf(status, version, now())));
  const names = new Set([device.moduleId, hostname(), ...(parts.names ?? [])].map((name) => name.toLowerCase()));
  const close = () => {
    for (const each of closes) each();
  };
  const server = await listen({ ...at, names, routes, log }).catch((error: unknown) => {
    close();
    throw error;
  });
  return {
    port: server.port,
    close() {
      server.close();
      close();
    },
  };
}

function healthAnswer(health: ReturnType<typeof healthOf>): Answer {
  return {
    status: health.status === "failed" ? 503 : 200,
    type: "application/json",
    body: `${JSON.stringify(health, null, 2)}\n`,
  };
}
