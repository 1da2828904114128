/**
 * edgeHub's store in front of one endpoint: lower priority number first, then oldest first, and what is older than its
 * route's time to live is dropped unsent. In memory; `limit` bounds it (the oldest of the lowest priority goes first).
 */
import type { RoutedMessage } from "./message.ts";
import type { Route } from "./routes.ts";

interface Stored {
  readonly message: RoutedMessage;
  readonly route: Route;
  readonly expires: number;
}

export interface EndpointOptions {
  readonly name: string;
  readonly defaultTimeToLiveSecs: number;
  readonly limit?: number;
  readonly now?: () => number;
  /** False: not now (offline, not subscribed); the message stays and `drain` is called again later. */
  deliver(message: RoutedMessage, route: Route): boolean;
}

export class Endpoint {
  readonly #options: EndpointOptions;
  readonly #queues = new Map<number, Stored[]>();
  readonly #now: () => number;
  #depth = 0;
  /** Dropped because their time to live had passed. */
  expired = 0;
  /** Dropped because the store was full. */
  evicted = 0;

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  get depth(): number {
    return this.#depth;
  }

  enqueue(message: RoutedMessage, route: Route): void {
    const seconds = route.timeToLiveSecs ?? this.#options.defaultTimeToLiveSecs;
    const queue = this.#queues.get(route.priority) ?? [];
    this.#queues.set(route.priority, queue);
    queue.push({ message, route, expires: this.#now() + seconds * 1000 });
    this.#depth++;
    if (this.#depth > (this.#options.limit ?? 100_000)) this.#evict();
    this.drain();
  }

  /** Delivers until the endpoint says no. */
  drain(): void {
    for (const queue of this.#byPriority()) {
      let sent = 0;
      for (const { message, route, expires } of queue) {
        if (expires <= this.#now()) this.expired++;
        else if (!this.#options.deliver(message, route)) break;
        sent++;
      }
      queue.splice(0, sent);
      this.#depth -= sent;
      if (queue.length > 0) return;
    }
  }

  #byPriority(): Stored[][] {
    return [...this.#queues].sort(([a], [b]) => a - b).map(([, queue]) => queue);
  }

  #evict(): void {
    this.#byPriority()
      .findLast((queue) => queue.length > 0)
      ?.shift();
    this.#depth--;
    this.evicted++;
  }
}
