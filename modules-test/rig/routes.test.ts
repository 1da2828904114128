import { describe, expect, test } from "vitest";
import type { RoutedMessage } from "./message.ts";
import { chooseRoutes, parseRoute, readRouting } from "./routes.ts";

const message = (over: Partial<RoutedMessage> = {}): RoutedMessage => ({
  deviceId: "d",
  moduleId: "vedette",
  output: "alerts",
  body: Buffer.from(JSON.stringify({ severity_id: 4, device: { name: "gate" }, list: [{ a: 1 }] })),
  properties: { severity: "high", level: "5", "odd name": "x" },
  systemProperties: { "$.ct": "application/json", "$.ce": "utf-8", "$.mid": "m-1" },
  ...over,
});

const matches = (source: string, over?: Partial<RoutedMessage>) =>
  parseRoute("r", `FROM ${source} INTO $upstream`).matches(message(over));
const where = (condition: string, over?: Partial<RoutedMessage>) =>
  parseRoute("r", `FROM /messages/* WHERE ${condition} INTO $upstream`).matches(message(over));

describe("sources", () => {
  test.each([
    "/*",
    "/messages/*",
    "/messages/modules/*",
    "/messages/modules/vedette/*",
    "/messages/modules/vedette/outputs/*",
    "/messages/modules/vedette/outputs/alerts",
    "/Messages/Modules/VEDETTE/Outputs/Alerts",
  ])("%s takes an alert", (source) => expect(matches(source)).toBe(true));

  test.each(["/messages/modules/vedette/outputs/heartbeat", "/messages/modules/other/*", "/twinChangeNotifications"])(
    "%s does not",
    (source) => expect(matches(source)).toBe(false),
  );

  test("a downstream device is in /messages/* but in no module's", () => {
    const device = { moduleId: undefined, output: undefined };
    expect(matches("/messages/*", device)).toBe(true);
    expect(matches("/messages/modules/*", device)).toBe(false);
  });
});

describe("conditions", () => {
  test.each([
    "severity = 'high'",
    "severity = \"high\" AND NOT level = '6'",
    "as_number(level) >= 5",
    "as_number(level) + 1 = 6",
    "$body.severity_id >= 4",
    "$body.device.name = 'gate'",
    "$body.list[0].a = 1",
    "$contentType = 'application/json'",
    "$connectionModuleId = 'vedette' AND $messageId = 'm-1'",
    "is_defined(severity) AND NOT is_defined(colour)",
    "starts_with(severity, 'hi') OR false",
    "lower(upper(severity)) = 'high'",
    "contains($body.device.name, 'at')",
    "substring(severity, 1, 2) = 'ig'",
    "{odd name} = 'x'",
    "(severity = 'low' OR severity = 'high') AND level <> '4'",
    "severity = 'low' OR severity = 'high' AND level = '5'",
    "'a' || 'b' = 'ab'",
    "-1 < 0",
  ])("%s holds", (condition) => expect(where(condition)).toBe(true));

  test.each([
    ["a property compared with a number", "level = 5"],
    ["something absent", "colour = 'red'"],
    ["something absent, negated", "NOT colour = 'red'"],
    ["something absent, unequal", "colour != 'red'"],
    ["a name that every object has", "$body.constructor = 'x' OR is_defined($body.constructor)"],
    ["the edge of a comparison", "$body.severity_id > 4"],
    ["a name in other letters", "Severity = 'high'"],
  ])("%s does not hold", (_, condition) => expect(where(condition)).toBe(false));

  test("the body is read only as JSON in UTF-8, and only as one object", () => {
    const ask = (over: Partial<RoutedMessage>) => where("is_defined($body.severity_id) OR is_defined($body[0])", over);
    expect(ask({})).toBe(true);
    expect(ask({ systemProperties: { "$.ct": "application/json" } })).toBe(false);
    expect(ask({ systemProperties: { "$.ct": "text/plain", "$.ce": "utf-8" } })).toBe(false);
    expect(ask({ body: Buffer.from("[1]") })).toBe(false);
    expect(ask({ body: Buffer.from("{") })).toBe(false);
  });

  test.each(["severity =", "severity = 'high' level", "(severity = 'high'", "#"])("%s is refused", (condition) =>
    expect(() => where(condition)).toThrow(SyntaxError),
  );
});

describe("a deployment's routes", () => {
  const routing = readRouting({
    modulesContent: {
      $edgeHub: {
        "properties.desired": {
          schemaVersion: "1.1",
          routes: {
            alerts: {
              route: "FROM /messages/modules/vedette/outputs/alerts INTO $upstream",
              priority: 0,
              timeToLiveSecs: 86400,
            },
            rest: { route: "FROM /messages/modules/vedette/outputs/* INTO $upstream", priority: 5 },
            local: 'FROM /messages/* INTO BrokeredEndpoint("/modules/view/inputs/all")',
            removed: null,
          },
          storeAndForwardConfiguration: { timeToLiveSecs: 100 },
        },
      },
    },
  });
  const chosen = (over?: Partial<RoutedMessage>) => chooseRoutes(routing.routes, message(over)).map(({ name }) => name);

  test("each endpoint gets a message once, by its best route", () => {
    expect(chosen()).toEqual(["alerts", "local"]);
    expect(chosen({ output: "heartbeat" })).toEqual(["rest", "local"]);
    expect(chosen({ moduleId: "other" })).toEqual(["local"]);
  });

  test("priorities, times to live and endpoints are read", () => {
    expect(routing.timeToLiveSecs).toBe(100);
    expect(
      routing.routes.map(({ endpoint, priority, timeToLiveSecs }) => [endpoint, priority, timeToLiveSecs]),
    ).toEqual([
      ["$upstream", 0, 86400],
      ["$upstream", 5, undefined],
      ["view/all", 2_000_000_000, undefined],
    ]);
  });

  test.each([
    { route: "FROM /messages/* INTO $upstream", priority: 10 },
    { route: "FROM /messages/* INTO $downstream" },
    "INTO $upstream",
    7,
  ])("%j is refused", (definition) => expect(() => parseRoute("bad", definition)).toThrow(/route bad/));
});
