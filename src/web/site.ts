import { hostname } from "node:os";
import type { Configuration } from "../config/configuration.ts";
import type { Status } from "../pipeline/status.ts";
import type { Log } from "../ports.ts";
import type { PastAlert } from "./finding.ts";
import { healthOf } from "./health.ts";
import { languageFor } from "./language.ts";
import { type Answer, type Listening, listen, type Request } from "./server.ts";

/** What is served, and from what. */
export interface SiteParts {
  readonly metrics: boolean;
  readonly view: boolean;
  readonly status: Status;
  readonly version: string;
  readonly device: { readonly hub: string; readonly deviceId: string; readonly moduleId: string };
  /** Past alerts, newest first; undefined where none are kept. */
  past(): Promise<readonly PastAlert[] | undefined>;
  configuration(): Pick<Configuration, "language" | "observe">;
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
  if (parts.view) await addView(routes, parts);
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

/** How long what was read for one page serves the next: the history is read and parsed whole. */
const freshMs = 2000;

async function addView(routes: Routes, parts: SiteParts): Promise<void> {
  const { icon, page } = await import("./page.ts");
  const { findingsOf } = await import("./finding.ts");
  const { styleHash } = await import("./style.ts");
  const { status, version, device, now = Date.now } = parts;
  const policy = `default-src 'none'; style-src '${styleHash}'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  const findings = fresh(async () => {
    const past = await parts.past();
    return past && findingsOf(past);
  });
  routes.set("/", async ({ query, acceptLanguage }) => {
    const { language, observe } = parts.configuration();
    const before = Number(query.get("before") ?? Number.NaN);
    const body = page({
      status,
      health: healthOf(status, version, now()),
      device: device.deviceId,
      observe,
      findings: await findings(),
      language: languageFor(query.get("lang"), acceptLanguage, language),
      before: Number.isSafeInteger(before) && before > 0 ? before : undefined,
      now: now(),
    });
    const headers = { "Content-Security-Policy": policy, Vary: "Accept-Language" };
    return { status: 200, type: "text/html; charset=utf-8", body, headers };
  });
  routes.set("/icon.svg", () => ({ status: 200, type: "image/svg+xml", body: icon }));
}

/** Loads at most once in `freshMs`, and once for all who ask meanwhile. */
function fresh<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  let at = Number.NEGATIVE_INFINITY;
  return () => {
    if (loaded && performance.now() - at < freshMs) return loaded;
    at = performance.now();
    loaded = load();
    // A load that failed serves nobody else.
    loaded.catch(() => {
      loaded = undefined;
    });
    return loaded;
  };
}

function healthAnswer(health: ReturnType<typeof healthOf>): Answer {
  return {
    status: health.status === "failed" ? 503 : 200,
    type: "application/json",
    body: `${JSON.stringify(health, null, 2)}\n`,
  };
}
