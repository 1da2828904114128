import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { examples } from "../../scripts/twin-examples.mjs";
import { alertIds, catalogue } from "../alerts/catalogue.ts";
import { detectors } from "../detectors/index.ts";
import { ConfigurationReader } from "./configuration.ts";

const reader = new ConfigurationReader(detectors);
const defaults = reader.defaults();
const read = (desired: unknown, previous = defaults) => reader.read(desired, previous);

/** Good neighbours: whatever is wrong about a twin, these must apply. */
const good = {
  limits: { perMinute: 7 },
  alerts: { "device-silent": { hours: 5 } },
};
const big = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${i}`, "x".repeat(900)]));
const nested = (depth: number): unknown => (depth === 0 ? 1 : { d: nested(depth - 1) });
const alert = (id: string, section: unknown) => ({ alerts: { ...good.alerts, [id]: section } });

/** Twin (beside the good neighbours), path of the problem, part of what it expects. */
const invalid: readonly (readonly [string, object, string, string])[] = [
  ["a text for a number", { repeats: { windowMinutes: "60" } }, "repeats.windowMinutes", "a number"],
  ["a broken number", { repeats: { windowMinutes: 1.5 } }, "repeats.windowMinutes", "a whole number"],
  ["a number below its range", { repeats: { windowMinutes: 0 } }, "repeats.windowMinutes", "at least 1"],
  ["a number above its range", { heartbeat: { intervalMinutes: 2000 } }, "heartbeat.intervalMinutes", "at most 1440"],
  ["a language that does not exist", { language: "de" }, "language", 'one of "en", "ja"'],
  ["a text for a switch", { observe: "true" }, "observe", "a boolean"],
  ["a number for a switch", { redact: 1 }, "redact", "a boolean"],
  ["a log level that does not exist", { logLevel: "trace" }, "logLevel", "one of"],
  ["a section that is a text", { sources: "fast" }, "sources", "an object"],
  ["a section that is an array", { repeats: [60] }, "repeats", "an object"],
  ["a misspelt name in a section", { repeats: { windowMinute: 5 } }, "repeats.windowMinute", '"windowMinutes"'],
  ["a misspelt section", { heartbeats: {} }, "heartbeats", '"heartbeat"'],
  ["a section in other letters", { Language: "en" }, "Language", '"language"'],
  ["an unknown section", { quarantine: true }, "quarantine", "no such name"],
  ["alerts as an array", { alerts: [] }, "alerts", "an object"],
  ["a misspelt alert", alert("reverse_shell", {}), "alerts.reverse_shell", '"reverse-shell"'],
  ["an unknown alert", alert("zebra", {}), "alerts.zebra", "no such name"],
  ["an alert that is a switch", alert("reverse-shell", false), "alerts.reverse-shell", "an object"],
  ["a misspelt policy", alert("reverse-shell", { enable: false }), "alerts.reverse-shell.enable", '"enabled"'],
  [
    "a setting of another alert",
    alert("reverse-shell", { allowedPools: [] }),
    "alerts.reverse-shell.allowedPools",
    "no such name",
  ],
  [
    "a severity that does not exist",
    alert("reverse-shell", { severity: "critical" }),
    "alerts.reverse-shell.severity",
    "one of",
  ],
  [
    "a confidence in other letters",
    alert("reverse-shell", { minConfidence: "Low" }),
    "alerts.reverse-shell.minConfidence",
    "one of",
  ],
  [
    "a list that is a text",
    alert("attack-tools", { allowedTools: "nmap" }),
    "alerts.attack-tools.allowedTools",
    "an array",
  ],
  [
    "a list patched by index",
    alert("attack-tools", { allowedTools: { 0: "nmap" } }),
    "alerts.attack-tools.allowedTools",
    "an array",
  ],
  [
    "a number in a list of texts",
    alert("attack-tools", { allowedTools: ["nmap", 7] }),
    "alerts.attack-tools.allowedTools.1",
    "a string",
  ],
  ["a null in a list", alert("attack-tools", { allowedTools: [null] }), "alerts.attack-tools.allowedTools.0", ""],
  [
    "a threshold below its range",
    alert("brute-force-failed", { fastAttempts: 0 }),
    "alerts.brute-force-failed.fastAttempts",
    "at least",
  ],
  [
    "a range upside down",
    alert("custom-message-count", { min: 5, max: 4 }),
    "alerts.custom-message-count.min",
    "at most the section's max",
  ],
  [
    "an address that is none",
    alert("custom-connection-not-allowed", { allowedAddresses: ["10.0.0.0/33"] }),
    "alerts.custom-connection-not-allowed.allowedAddresses.0",
    "an address",
  ],
  [
    "an exception that matches everything",
    alert("reverse-shell", { exceptions: { all: { reason: "x" } } }),
    "alerts.reverse-shell.exceptions.all",
    "at least one field",
  ],
  [
    "an exception by a bare wildcard",
    alert("reverse-shell", { exceptions: { all: { user: "*" } } }),
    "alerts.reverse-shell.exceptions.all.user",
    "something beside it",
  ],
  [
    "an exception with a wildcard inside",
    alert("reverse-shell", { exceptions: { a: { process: "/usr/*/sh" } } }),
    "alerts.reverse-shell.exceptions.a.process",
    "wildcard",
  ],
  [
    "an exception for the whole internet",
    alert("reverse-shell", { exceptions: { a: { address: "0.0.0.0/0" } } }),
    "alerts.reverse-shell.exceptions.a.address",
    "smaller",
  ],
  [
    "an expiry without a zone",
    alert("reverse-shell", { exceptions: { a: { user: "x", expires: "2027-01-01" } } }),
    "alerts.reverse-shell.exceptions.a.expires",
    "zone",
  ],
  [
    "an exception by a field that does not exist",
    alert("reverse-shell", { exceptions: { a: { username: "x" } } }),
    "alerts.reverse-shell.exceptions.a.username",
    "no such name",
  ],
  [
    "an exception of a forbidden name",
    alert("reverse-shell", { exceptions: { "a b": { user: "x" } } }),
    "alerts.reverse-shell.exceptions.a b",
    "a name of",
  ],
  [
    "exceptions as an array",
    alert("reverse-shell", { exceptions: [{ user: "x" }] }),
    "alerts.reverse-shell.exceptions",
    "a record",
  ],
  ["a list from nowhere", { threatLists: { a: {} } }, "threatLists.a", "exactly one of"],
  [
    "a list from two places",
    { threatLists: { a: { file: "x", url: "https://x.example/" } } },
    "threatLists.a",
    "exactly one of",
  ],
  ["a list over plain http", { threatLists: { a: { url: "http://x.example/" } } }, "threatLists.a.url", "https"],
  [
    "a list from another folder",
    { threatLists: { a: { file: "../etc/passwd" } } },
    "threatLists.a.file",
    "without a folder",
  ],
  ["a pin that is no digest", { threatLists: { a: { file: "x", sha256: "abc" } } }, "threatLists.a.sha256", "64"],
  [
    "an inline entry that is none",
    { threatLists: { a: { entries: { x: "com" } } } },
    "threatLists.a.entries.x",
    "an address",
  ],
  ["lists as an array", { threatLists: ["x"] }, "threatLists", "an object"],
  ["a schema version of the future", { schemaVersion: "2.0" }, "schemaVersion", '"1"'],
  ["a schema version that is a number", { schemaVersion: 1 }, "schemaVersion", '"1"'],
  [
    "more than 32 KiB",
    { sources: {}, alerts: { ...good.alerts, "attack-tools": big } },
    "(root)",
    "at most 32768 bytes",
  ],
  [
    "a text of more than 4 KiB",
    alert("attack-tools", { allowedTools: ["x".repeat(5000)] }),
    "alerts.attack-tools.allowedTools.0",
    "4096",
  ],
  ["more than ten levels", { sources: nested(12) as object }, "sources.d.d.d.d.d.d.d.d.d.d", "at most 10 levels"],
  ["a name with a dot", alert("reverse-shell", { "a.b": 1 }), "alerts.reverse-shell.a.b", "without dot"],
  ["`__proto__` as a section", JSON.parse('{"__proto__":{"observe":true}}'), "__proto__", "no such name"],
  [
    "`__proto__` as an exception",
    alert("reverse-shell", { exceptions: JSON.parse('{"__proto__":{"user":"x"}}') }),
    "alerts.reverse-shell.exceptions.__proto__",
    "not __proto__",
  ],
  [
    "`__proto__` as an alert",
    { alerts: JSON.parse('{"device-silent":{"hours":5},"__proto__":{"enabled":false}}') },
    "alerts.__proto__",
    "no such name",
  ],
  ["`constructor` in a section", { limits: { perMinute: 7, constructor: 1 } }, "limits.constructor", "no such name"],
];

describe("an invalid twin", () => {
  test("has at least forty kinds here", () => {
    expect(invalid.length).toBeGreaterThanOrEqual(40);
  });

  test.each(invalid)("%s is told with its path, and its neighbours apply", (_what, twin, path, expected) => {
    const { configuration, problems } = read({ ...good, ...twin });
    const told = problems.find((p) => p.path === path && p.expected.includes(expected));
    expect(told, JSON.stringify(problems)).toBeDefined();
    if (!Object.hasOwn(twin, "limits")) expect(configuration.limits.perMinute).toBe(7);
    if (!Array.isArray((twin as { alerts?: unknown }).alerts))
      expect(configuration.alerts["device-silent"].hours).toBe(5);
    expect(configuration.observe).toBe(false);
  });

  test.each(["text", 7, null, [], true, undefined])("%j as the whole twin leaves everything as it was", (desired) => {
    const before = read(good).configuration;
    const { configuration, problems } = read(desired, before);
    expect(configuration).toBe(before);
    expect(problems[0]?.path).toBe("(root)");
  });

  test("what looks nested without end is refused without an overflow", () => {
    const deep = JSON.parse(`{"repeats":${"[".repeat(16_000)}${"]".repeat(16_000)},"limits":{"perMinute":7}}`);
    const { configuration, problems } = read(deep);
    expect(problems.some(({ expected }) => expected.includes("10 levels"))).toBe(true);
    expect(configuration.limits.perMinute).toBe(7);
  });
});

describe("a section", () => {
  test("with a problem keeps its last good value, and says that it does", () => {
    const before = read({ limits: { perMinute: 9 }, alerts: { "device-silent": { hours: 11 } } }).configuration;
    const judged = read({ limits: { perMinute: -1 }, alerts: { "device-silent": { hours: "x" } } }, before);
    expect(judged.configuration.limits.perMinute).toBe(9);
    expect(judged.configuration.alerts["device-silent"].hours).toBe(11);
    expect(judged.rejected).toEqual({ limits: "last good", "alerts.device-silent": "last good" });
  });

  test("with a problem and no last good value has its default", () => {
    const judged = reader.read({ limits: { perMinute: -1 } });
    expect(judged.configuration.limits.perMinute).toBe(20);
    expect(judged.rejected).toEqual({ limits: "default" });
  });

  test("that is removed, or null, has its default again, not its last good value", () => {
    const before = read({ limits: { perMinute: 9, perDay: 50 }, observe: true }).configuration;
    expect(read({}, before).configuration.limits).toEqual({ perMinute: 20, perDay: 1000 });
    const nulled = read(
      { limits: { perMinute: null, perDay: 50 }, observe: null, alerts: { "device-silent": null } },
      before,
    );
    expect(nulled.problems).toEqual([]);
    expect(nulled.configuration.limits).toEqual({ perMinute: 20, perDay: 50 });
    expect(nulled.configuration.observe).toBe(false);
  });

  test("alerts that cannot be read as a whole keep every alert as it was", () => {
    const before = read({ alerts: { "device-silent": { hours: 11 } } }).configuration;
    expect(read({ alerts: "off" }, before).configuration.alerts["device-silent"].hours).toBe(11);
  });

  test("of one threat list does not cost the others", () => {
    const before = read({ threatLists: { a: { file: "old.txt" } } }).configuration;
    const { configuration, rejected } = read({ threatLists: { a: { file: 1 }, b: { file: "b.txt" }, c: {} } }, before);
    expect(Object.keys(configuration.threatLists)).toEqual(["a", "b"]);
    expect(configuration.threatLists.a?.file).toBe("old.txt");
    expect(rejected).toEqual({ "threatLists.a": "last good", "threatLists.c": "default" });
  });

  test("that was rejected comes back from disk as the value in force", () => {
    const before = read({
      limits: { perMinute: 9 },
      alerts: { "attack-tools": { allowedTools: ["nmap"] } },
    }).configuration;
    const { configuration } = read({ limits: 1, alerts: { "attack-tools": 1, "device-silent": { hours: 3 } } }, before);
    const again = reader.read(JSON.parse(JSON.stringify(configuration)));
    expect(again.problems).toEqual([]);
    expect(again.configuration).toEqual(configuration);
  });
});

describe("a problem", () => {
  const got = (desired: object) => read(desired).problems[0]?.got ?? "";

  test("shows what stood there, clipped and printable", () => {
    expect(got({ language: "de" })).toBe('"de"');
    expect(got({ language: "x".repeat(500) }).length).toBeLessThan(140);
    const shown = got({ language: "a\u202eb\u0000" });
    for (const hidden of ["\u0000", "\u202e"]) expect(shown.includes(hidden)).toBe(false);
  });

  test("does not echo what looks like a secret, by its name or its form, at any depth", () => {
    const key = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA==";
    for (const twin of [
      { sharedAccessKey: key },
      { connectionString: `HostName=h;SharedAccessKey=${key}` },
      { feed: { options: { password: key } } },
      { feed: `HostName=h.azure-devices.net;DeviceId=d;SharedAccessKey=${key}` },
      { threatLists: { a: { url: `http://x.example/?sig=${key}` } } },
    ]) {
      expect(JSON.stringify(read(twin).problems)).not.toContain(key.slice(0, 12));
    }
  });

  test("of a long or hostile name is told with a short printable path", () => {
    const { problems } = read({ [`a\nb${"x".repeat(1000)}`]: 1 });
    for (const { path } of problems) {
      expect(path.length).toBeLessThanOrEqual(256);
      expect(path).not.toContain("\n");
    }
  });

  test("prototype names change nothing but are told", () => {
    const before = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
    read(
      JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"alerts":{"constructor":{}}}'),
    );
    expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(before);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe("the configuration", () => {
  test("has every alert on but the custom ones", () => {
    for (const id of alertIds) expect(defaults.alerts[id].enabled, id).toBe(catalogue[id].group !== "custom");
  });

  test("has the same hash whatever the order of names, another for another value", () => {
    const a = read({ limits: { perMinute: 3, perDay: 30 }, threatLists: { x: { file: "x" }, y: { file: "y" } } });
    const b = read({ threatLists: { y: { file: "y" }, x: { file: "x" } }, limits: { perDay: 30, perMinute: 3 } });
    expect(a.hash).toBe(b.hash);
    expect(read({ limits: { perMinute: 4, perDay: 30 } }).hash).not.toBe(a.hash);
  });

  test.each(examples.map((e) => [e.title, e.desired] as const))(
    "of the page's example takes: %s",
    (_title, desired) => {
      expect(read(desired).problems).toEqual([]);
      expect(read(desired).hash).not.toBe(read({}).hash);
    },
  );

  test("of the page has an example for every custom alert", () => {
    const shown = JSON.stringify(examples);
    for (const id of alertIds.filter((a) => catalogue[a].group === "custom")) expect(shown).toContain(`"${id}"`);
  });
});

describe("whatever the twin", () => {
  const names = ["limits", "alerts", "repeats", "observe", "threatLists", "device-silent", "exceptions", "min", "max"];
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      { depthSize: "small" },
      fc.jsonValue({ maxDepth: 3 }),
      fc.dictionary(fc.oneof(fc.constantFrom(...names, "__proto__", "constructor"), fc.string()), tie("node"), {
        maxKeys: 5,
      }),
      fc.array(tie("node"), { maxLength: 3 }),
    ),
  })).node;

  test("the reader never throws, loses no good section, and gives a configuration that is valid itself", () => {
    fc.assert(
      fc.property(value, value, fc.constantFrom("observe", "repeats", "threatLists", "x"), (any, bad, where) => {
        const twin = { ...good, [where]: any, alerts: { ...good.alerts, "reverse-shell": bad } };
        const { configuration, problems } = read(twin);
        expect(configuration.limits.perMinute).toBe(7);
        expect(configuration.alerts["device-silent"].hours).toBe(5);
        const again = reader.read(JSON.parse(JSON.stringify(configuration)));
        expect(again.rejected).toEqual({});
        for (const { path, expected, got } of problems)
          expect(path.length + expected.length + got.length).toBeLessThan(4000);
      }),
      { numRuns: 300 },
    );
  });

  test("the reader never throws on anything at all", () => {
    fc.assert(
      fc.property(
        fc.anything({ maxDepth: 4 }).filter((v) => typeof v !== "bigint"),
        (any) => {
          expect(reader.read(any).configuration.limits.perMinute).toBeGreaterThan(0);
        },
      ),
      { numRuns: 200 },
    );
  });
});
