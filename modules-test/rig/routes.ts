/**
 * Routes of a deployment manifest, as edgeHub reads them.
 *
 * `FROM <source> [WHERE <condition>] INTO $upstream | BrokeredEndpoint("/modules/m/inputs/i")`, as a string or as an
 * object with priority and time to live (edgeHub schema 1.1; Azure/iotedge Route.g4, CustomMessageSource.cs: the source
 * is a case-insensitive prefix, its trailing `*` and `/` do not count).
 */
import { type Condition, parseCondition } from "./condition.ts";
import { type RoutedMessage, sourceOf } from "./message.ts";

/** 0 first; a route without a priority comes last (RouteConfiguration: 2000000000). */
export const LOWEST_PRIORITY = 2_000_000_000;

export interface Route {
  readonly name: string;
  /** "$upstream", or "m/i" for input i of module m. */
  readonly endpoint: string;
  readonly priority: number;
  /** Seconds; undefined: the global time to live holds. */
  readonly timeToLiveSecs?: number;
  matches(message: RoutedMessage): boolean;
}

export interface Routing {
  readonly routes: readonly Route[];
  /** storeAndForwardConfiguration.timeToLiveSecs, default 7200. */
  readonly timeToLiveSecs: number;
}

const FORM = /^\s*FROM\s+(\S+)\s+(?:WHERE\s+([\s\S]+?)\s+)?INTO\s+(\S[\s\S]*?)\s*$/i;
const BROKERED = /^BrokeredEndpoint\(\s*["']\/modules\/([^/"']+)\/inputs\/([^/"']+)["']\s*\)$/i;

/** Throws a SyntaxError that names the route. */
export function parseRoute(name: string, definition: unknown): Route {
  const fields =
    typeof definition === "string" ? { route: definition } : (definition as Record<string, unknown> | null);
  const [whole, source, where, into] = FORM.exec(String(fields?.route ?? "")) ?? [];
  if (!whole || !source || !into) throw new SyntaxError(`route ${name} is not FROM ... [WHERE ...] INTO ...`);
  const condition: Condition = where ? parseCondition(where) : () => true;
  const prefix = prefixOf(source);
  return {
    name,
    endpoint: endpointOf(name, into),
    priority: wholeNumber(fields, "priority", 9, name) ?? LOWEST_PRIORITY,
    timeToLiveSecs: wholeNumber(fields, "timeToLiveSecs", Number.MAX_SAFE_INTEGER, name),
    matches: (message) => sourceOf(message).toLowerCase().startsWith(prefix) && condition(message),
  };
}

function prefixOf(source: string): string {
  const trimmed = source.replace(/\*+$/, "");
  return (trimmed.length > 1 ? trimmed.replace(/\/+$/, "") : trimmed).toLowerCase();
}

function endpointOf(name: string, into: string): string {
  if (into.toLowerCase() === "$upstream") return "$upstream";
  const [, moduleId, input] = BROKERED.exec(into) ?? [];
  if (!moduleId || !input) throw new SyntaxError(`route ${name}: "${into}" is no endpoint`);
  return `${moduleId}/${input}`;
}

function wholeNumber(fields: object | null, key: string, most: number, name: string): number | undefined {
  const value = (fields as Record<string, unknown> | null)?.[key];
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new SyntaxError(`route ${name}: ${key} must be a whole number from 0 to ${most}`);
}

/** Reads `$edgeHub` of a deployment (template or generated manifest), or that section's properties alone. */
export function readRouting(deployment: unknown): Routing {
  const root = deployment as Record<string, Record<string, Record<string, unknown>>> | null;
  const content = root?.modulesContent ?? root?.content?.modulesContent;
  const edgeHub = ((content as Record<string, unknown>)?.$edgeHub as Record<string, unknown>)?.["properties.desired"];
  const desired = (edgeHub ?? deployment) as Record<string, unknown> | null;
  const routes = Object.entries((desired?.routes as Record<string, unknown>) ?? {});
  const store = desired?.storeAndForwardConfiguration as { timeToLiveSecs?: number } | undefined;
  return {
    routes: routes
      .filter(([, definition]) => definition !== null && definition !== "")
      .map(([n, d]) => parseRoute(n, d)),
    timeToLiveSecs: store?.timeToLiveSecs ?? 7200,
  };
}

/** For each endpoint once, by the route of the highest priority that matches. Empty: the message is dropped. */
export function chooseRoutes(routes: readonly Route[], message: RoutedMessage): Route[] {
  const best = new Map<string, Route>();
  for (const route of routes) {
    const present = best.get(route.endpoint);
    if ((!present || route.priority < present.priority) && route.matches(message)) best.set(route.endpoint, route);
  }
  return [...best.values()];
}
