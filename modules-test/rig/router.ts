/** From an accepted message to its endpoints: IoT Hub, or inputs of modules. */
import { type Observable, Subject } from "rxjs";
import type { Counters } from "./faults.ts";
import { type RoutedMessage, sizeOf, type UpstreamMessage } from "./message.ts";
import { chooseRoutes, type Route, type Routing } from "./routes.ts";
import { Endpoint } from "./store-and-forward.ts";

/** Beyond this, edgeHub logs "Message was not sent" and still acknowledges. */
const MOST_BYTES = 256 * 1024;

export interface RouterOptions {
  readonly routing: Routing;
  readonly counters: Counters;
  readonly now?: () => number;
  /** False: that module is not connected and subscribed. */
  deliverInput(moduleId: string, input: string, message: RoutedMessage): boolean;
}

export class Router {
  readonly #options: RouterOptions;
  readonly #upstream = new Subject<UpstreamMessage>();
  readonly #endpoints = new Map<string, Endpoint>();
  #routing: Routing;
  #online = true;

  constructor(options: RouterOptions) {
    this.#options = options;
    this.#routing = options.routing;
  }

  get upstream(): Observable<UpstreamMessage> {
    return this.#upstream;
  }

  get online(): boolean {
    return this.#online;
  }

  /** A new deployment. What is stored keeps the route it came by. */
  set routing(routing: Routing) {
    this.#routing = routing;
  }

  setOnline(online: boolean): void {
    this.#online = online;
    if (online) this.drain();
  }

  /** Tries all endpoints again: IoT Hub is back, a module has subscribed, or time has passed. */
  drain(): void {
    for (const endpoint of this.#endpoints.values()) endpoint.drain();
  }

  /** Messages waiting, and expired, over all endpoints. */
  stored(): { readonly waiting: number; readonly expired: number } {
    const all = [...this.#endpoints.values()];
    const sum = (key: "depth" | "expired") => all.reduce((total, endpoint) => total + endpoint[key], 0);
    return { waiting: sum("depth"), expired: sum("expired") };
  }

  accept(message: RoutedMessage): void {
    const { counters } = this.#options;
    counters.received++;
    if (sizeOf(message) > MOST_BYTES) {
      counters.tooLarge++;
      return;
    }
    const routes = chooseRoutes(this.#routing.routes, message);
    if (routes.length === 0) counters.noRoute++;
    for (const route of routes) this.#endpoint(route.endpoint).enqueue(message, route);
  }

  #endpoint(name: string): Endpoint {
    const present = this.#endpoints.get(name);
    if (present) return present;
    const [moduleId = "", input = ""] = name.split("/");
    const endpoint = new Endpoint({
      name,
      defaultTimeToLiveSecs: this.#routing.timeToLiveSecs,
      now: this.#options.now,
      deliver: (message, route) =>
        name === "$upstream" ? this.#send(message, route) : this.#options.deliverInput(moduleId, input, message),
    });
    this.#endpoints.set(name, endpoint);
    return endpoint;
  }

  #send(message: RoutedMessage, route: Route): boolean {
    if (!this.#online) return false;
    const { deviceId, moduleId, output = "", body, properties, systemProperties } = message;
    const at = (this.#options.now ?? Date.now)();
    const id = systemProperties["$.mid"] ?? "";
    const text = body.toString("utf8");
    this.#upstream.next({
      id,
      output,
      body: text,
      properties,
      systemProperties,
      deviceId,
      moduleId,
      at,
      route: route.name,
    });
    return true;
  }
}
