import { beforeEach, describe, expect, test } from "vitest";
import type { RoutedMessage } from "./message.ts";
import type { Route } from "./routes.ts";
import { Endpoint } from "./store-and-forward.ts";

const message = (id: string): RoutedMessage => ({
  deviceId: "d",
  body: Buffer.from(id),
  properties: {},
  systemProperties: {},
});
const route = (priority: number, timeToLiveSecs?: number): Route => ({
  name: `p${priority}`,
  endpoint: "$upstream",
  priority,
  timeToLiveSecs,
  matches: () => true,
});

describe("store and forward", () => {
  let online = false;
  let now = 0;
  let out: string[] = [];
  let endpoint: Endpoint;
  const put = (id: string, by: Route) => endpoint.enqueue(message(id), by);

  beforeEach(() => {
    [online, now, out] = [false, 0, []];
    endpoint = new Endpoint({
      name: "$upstream",
      defaultTimeToLiveSecs: 100,
      limit: 3,
      now: () => now,
      deliver: ({ body }) => online && out.push(body.toString()) > 0,
    });
  });

  const back = () => {
    online = true;
    endpoint.drain();
  };

  test("online, everything passes at once", () => {
    online = true;
    put("a", route(5));
    expect(out).toEqual(["a"]);
  });

  test("after an outage the lower priority number comes first, and within it the oldest", () => {
    put("routine", route(5));
    put("alert 1", route(0));
    put("alert 2", route(0));
    back();
    expect(out).toEqual(["alert 1", "alert 2", "routine"]);
    expect(endpoint.depth).toBe(0);
  });

  test("a message leaves with its route's time to live, and with the global one where there is none", () => {
    put("short", route(0, 10));
    put("global", route(5));
    now = 9_999;
    put("later", route(9, 10));
    now = 10_000;
    back();
    expect(out).toEqual(["global", "later"]);
    expect(endpoint.expired).toBe(1);
  });

  test("a full store gives up the oldest of the least important", () => {
    put("routine 1", route(5));
    put("routine 2", route(5));
    put("alert 1", route(0));
    put("alert 2", route(0));
    back();
    expect(out).toEqual(["alert 1", "alert 2", "routine 2"]);
    expect(endpoint.evicted).toBe(1);
  });
});
