/**
 * The twin as an operator's control panel, end to end: the built bundle as a process, the rig as edgeHub and cloud, and
 * a host of files. Needs no rights.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { classicExample, examples } from "../scripts/twin-examples.mjs";
import { createAuthority } from "./rig/certificates.ts";
import { eventually, runChild } from "./rig/host/child.ts";
import { bundle, type Module, startModule } from "./rig/host/module.ts";
import { PaperHost } from "./rig/host/paper-host.ts";
import type { JsonObject } from "./rig/twin.ts";

/** Every message of the rig's other senders also reaches the telemetry input. */
const deployment = {
  routes: {
    up: "FROM /messages/modules/vedette/* INTO $upstream",
    telemetry:
      'FROM /messages/* WHERE $connectionModuleId <> "vedette" INTO BrokeredEndpoint("/modules/vedette/inputs/telemetry")',
  },
};

const host = new PaperHost();
const files = mkdtempSync(join(tmpdir(), "twin-e2e-"));
const lists = join(files, "lists");
/** What the list server answers, and what it was asked. */
const feed = { body: "203.0.113.200\n", etag: '"1"', asked: [] as (string | undefined)[] };
let server: Server;
let module: Module;

beforeAll(async () => {
  mkdirSync(lists);
  const authority = createAuthority("list CA");
  const { certificate, privateKey } = authority.issue("localhost", ["localhost"], "server");
  writeFileSync(join(files, "ca.pem"), authority.certificate);
  server = createServer({ cert: certificate, key: privateKey }, (request, response) => {
    feed.asked.push(request.headers["if-none-match"]);
    if (request.headers["if-none-match"] === feed.etag) response.writeHead(304).end();
    else response.writeHead(200, { etag: feed.etag }).end(feed.body);
  });
  await new Promise<void>((listening) => server.listen(0, "localhost", listening));
  module = await startModule({
    deployment,
    awaited: ["auth-log", "processes", "sockets"],
    args: ["--host-root", host.root, "--lists", lists],
    env: { NODE_EXTRA_CA_CERTS: join(files, "ca.pem"), DOCKER_HOST: "unix:///nowhere.sock" },
    desired: { sources: { socketPollSeconds: 1 }, repeats: { windowMinutes: 1 } },
  });
});
afterAll(async () => {
  await module?.stop();
  server?.close();
  host.remove();
  rmSync(files, { recursive: true, force: true });
});

type Report = Readonly<Record<string, unknown>> & {
  readonly lastDesiredVersion: number;
  readonly lastDesiredStatus: { readonly code: number };
  readonly configurationHash: string;
  readonly problems?: Readonly<Record<string, string>>;
  readonly rejected?: Readonly<Record<string, string>>;
  readonly exceptions?: Readonly<Record<string, Readonly<Record<string, { applied: number; expired?: boolean }>>>>;
  readonly threatLists?: Readonly<Record<string, { state: string; size: number; reason?: string }>>;
  readonly observed?: Readonly<Record<string, number>>;
  readonly classic?: Readonly<Record<string, string>>;
  readonly sections: Readonly<Record<string, string>>;
};
const reported = () => module.rig.reported as unknown as Report;
const problems = () => Object.values(reported().problems ?? {});

/** Changes the twin and waits until the module has reported the new version. */
async function desire(patch: JsonObject): Promise<Report> {
  const before = reported().lastDesiredVersion;
  module.rig.setDesired(patch);
  return eventually("the twin is taken", () => reported().lastDesiredVersion > before && reported());
}

/** Settings of an alert in force, as the direct method tells them. */
async function settings(alert: string): Promise<Record<string, unknown>> {
  const { status, payload } = await module.rig.invokeMethod("explain", { alert });
  expect(status).toBe(200);
  return (payload as { settings: Record<string, unknown> }).settings;
}

async function status(): Promise<Report> {
  return (await module.rig.invokeMethod("getStatus")).payload as unknown as Report;
}

const told = (alert: string) => module.findings.filter((finding) => finding.alert === alert);

describe("a full twin", () => {
  test.each(examples.map((e) => [e.title, e.desired] as const))(
    "of the reference page is applied: %s",
    async (_title, desired) => {
      const clear = Object.fromEntries(Object.keys(desired as object).map((name) => [name, null]));
      const report = await desire(desired as JsonObject);
      expect(report.lastDesiredStatus.code, problems().join("\n")).toBe(200);
      expect(Object.values(report.sections).every((state) => state === "applied")).toBe(true);
      const hash = report.configurationHash;
      expect(
        (await desire({ ...clear, sources: { socketPollSeconds: 1 }, repeats: { windowMinutes: 1 } }))
          .configurationHash,
      ).not.toBe(hash);
    },
  );

  test("of the classic agent is mapped, and what has no meaning is listed", async () => {
    const report = await desire({ ...(classicExample as JsonObject), repeats: null });
    expect(report.lastDesiredStatus.code).toBe(200);
    expect(report.classic).toMatchObject({ snapshotFrequency: "heartbeat.intervalMinutes = 780" });
    expect(report.classic?.maxMessageSizeInBytes).toContain("no meaning");
    expect((await settings("brute-force-failed")).enabled).toBe(false);
    const after = await desire({
      ...Object.fromEntries(Object.keys(classicExample as object).map((k) => [k, null])),
      repeats: { windowMinutes: 1 },
    });
    expect(after.classic ?? {}).toEqual({});
    expect((await settings("brute-force-failed")).enabled).toBe(true);
  });
});

describe("a twin with faults", () => {
  test("keeps the last good section, applies the others, tells it once, and clears it when it is gone", async () => {
    await desire({ limits: { perMinute: 300 }, alerts: { "device-silent": { hours: 7 } } });
    const since = told("twin-config-parse-failure").length;
    const report = await desire({
      limits: { perMinute: 9000 },
      alerts: { "device-silent": { hours: 8 } },
      repeets: {},
    });
    expect(report).toMatchObject({
      lastDesiredStatus: { code: 400 },
      rejected: { limits: "last good in force" },
      sections: { limits: "rejected" },
    });
    expect(problems().join("\n")).toMatch(/limits\.perMinute: expected at most 600, got 9000/);
    expect(problems().join("\n")).toMatch(/repeets: .*did you mean "repeats"/);
    expect((await settings("device-silent")).hours).toBe(8);
    await eventually("both are told", () => told("twin-config-parse-failure").length === since + 2);
    const version = report.lastDesiredVersion;
    module.rig.kick();
    await eventually("the module is back", () => module.rig.subscribed("desired"), 20_000);
    await sleep(1_500);
    expect(reported().lastDesiredVersion).toBe(version);
    expect(told("twin-config-parse-failure").length).toBe(since + 2);
    const after = await desire({ limits: { perMinute: 300 }, repeets: null });
    expect(after).toMatchObject({ lastDesiredStatus: { code: 200 }, sections: { limits: "applied" } });
    expect(problems()).toEqual([]);
    expect(after.rejected ?? {}).toEqual({});
  });

  test("pushed as something that is no JSON changes nothing", async () => {
    const { configurationHash } = reported();
    for (const text of ["{not json", "", "\u0000\u0001", "[1,2", "null", '"x"']) module.rig.pushRawDesired(text);
    await sleep(3_000);
    expect((await status()).configurationHash).toBe(configurationHash);
    expect((await desire({ alerts: { "device-silent": { hours: 9 } } })).lastDesiredStatus.code).toBe(200);
  });

  test.each([
    [
      "33 KiB",
      { alerts: { "attack-tools": { allowedTools: Array.from({ length: 9 }, () => "x".repeat(3_900)) } } },
      /\(root\): expected at most 32768 bytes/,
    ],
    [
      "deep nesting",
      { sources: { a: { b: { c: { d: { e: { f: { g: { h: { i: { j: { k: 1 } } } } } } } } } } } },
      /at most 10 levels/,
    ],
    ["hostile names", { "x\u202e\n": { __proto__: 1 } }, /no such name/],
  ])("of %s is told, within what the hub takes for reported properties", async (_what, patch, text) => {
    const refused = module.rig.counters.reportedRefused;
    const report = await desire(patch as JsonObject);
    expect(report.lastDesiredStatus.code).toBe(400);
    expect(problems().join("\n")).toMatch(text);
    expect(module.rig.counters.reportedRefused).toBe(refused);
    const clear = Object.fromEntries(Object.keys(patch).map((name) => [name, null]));
    expect((await desire({ ...clear, sources: null })).lastDesiredStatus.code).toBe(200);
    await desire({ sources: { socketPollSeconds: 1 } });
  });

  test("whose array is patched has the new array, not one merged by index", async () => {
    await desire({ alerts: { "attack-tools": { allowedTools: ["nmap", "hydra", "nikto"] } } });
    expect((await settings("attack-tools")).allowedTools).toEqual(["nmap", "hydra", "nikto"]);
    await desire({ alerts: { "attack-tools": { allowedTools: ["socat"] } } });
    expect((await settings("attack-tools")).allowedTools).toEqual(["socat"]);
    await desire({ alerts: { "attack-tools": { allowedTools: null } } });
    expect((await settings("attack-tools")).allowedTools).toEqual([]);
  });

  test("does not echo a secret, neither in the reported properties nor in the alert", async () => {
    const key = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA==";
    await desire({ feedPassword: key, upstream: `HostName=h;DeviceId=d;SharedAccessKey=${key}` });
    await module.next("twin-config-parse-failure", ({ message }) => message.includes("feedPassword"));
    expect(JSON.stringify([module.rig.reported, module.findings, module.output])).not.toContain(key.slice(0, 10));
    await desire({ feedPassword: null, upstream: null });
  });
});

describe("an alert's section", () => {
  test("with an exception swallows and counts what matches, until it expires", async () => {
    const expires = new Date(Date.now() + 5_000).toISOString();
    await desire({
      alerts: { "local-login-success": { exceptions: { shift: { user: "eve", expires, reason: "shift" } } } },
    });
    host.login("eve", "tty2");
    host.login("mallory", "tty2");
    await module.next("local-login-success", ({ message }) => message.includes("mallory"));
    expect(told("local-login-success").some(({ message }) => message.includes("eve on tty2"))).toBe(false);
    expect((await status()).exceptions?.["local-login-success"]?.shift).toEqual({ applied: 1 });
    await sleep(Math.max(0, Date.parse(expires) - Date.now()) + 100);
    host.login("eve", "tty3");
    await module.next("local-login-success", ({ message }) => message.includes("eve on tty3"));
    expect((await status()).exceptions?.["local-login-success"]?.shift).toEqual({ applied: 1, expired: true });
    await desire({ alerts: { "local-login-success": null } });
  });

  test("in observe mode sends nothing and is counted, alone and with the whole module", async () => {
    await desire({ alerts: { "local-login-success": { observe: true } } });
    host.login("watched", "tty4");
    await eventually("it is counted", async () => ((await status()).observed?.["local-login-success"] ?? 0) === 1);
    await desire({ observe: true, alerts: { "local-login-success": null } });
    host.login("watched", "tty5");
    await eventually("it is counted", async () => ((await status()).observed?.["local-login-success"] ?? 0) === 2);
    await desire({ observe: null });
    host.login("watched", "tty6");
    await module.next("local-login-success", ({ message }) => message.includes("tty6"));
    expect(told("local-login-success").filter(({ message }) => message.includes("watched"))).toHaveLength(1);
  });

  test("with a severity of the operator's is sent with it, in the operator's language", async () => {
    await desire({ language: "ja", alerts: { "local-login-success": { severity: "low" } } });
    host.login("niedrig", "tty7");
    const { body } = await module.next("local-login-success", ({ message }) => message.includes("niedrig"));
    expect(body.severity).toBe("Low");
    expect(JSON.stringify(body)).toMatch(/[\u3040-\u30ff]/);
    await desire({ language: null, alerts: { "local-login-success": null } });
  });
});

describe("a custom alert", () => {
  test("is silent until it is switched on", async () => {
    host.connect([{ ip: "198.51.100.50", port: 443 }]);
    host.run("/opt/strange/tool");
    await sleep(2_500);
    expect(module.findings.filter(({ alert }) => alert.startsWith("custom-"))).toEqual([]);
    host.connect([]);
  });

  test("tells of connections outside the range, and to addresses not allowed", async () => {
    await desire({
      alerts: {
        "custom-active-connections": { enabled: true, max: 2, windowSeconds: 0 },
        "custom-connection-not-allowed": { enabled: true, allowedAddresses: ["198.51.100.0/25", "2001:db8::/32"] },
      },
    });
    host.connect([50, 51, 52, 130].map((last) => ({ ip: `198.51.100.${last}`, port: 443 })));
    const { evidences } = await module.next("custom-active-connections");
    expect(evidences[0]?.data).toMatchObject({ established: 4, max: 2 });
    const {
      evidences: [shown],
    } = await module.next("custom-connection-not-allowed");
    expect(shown?.dst_endpoint?.ip).toBe("198.51.100.130");
    expect(told("custom-connection-not-allowed")).toHaveLength(1);
    host.connect([]);
  });

  test("tells of failed local logins outside the range, and of a user not allowed", async () => {
    await desire({
      alerts: {
        "custom-failed-local-logins": { enabled: true, max: 2, windowSeconds: 60 },
        "custom-login-not-allowed": { enabled: true, allowedUsers: ["operator"] },
      },
    });
    for (let i = 0; i < 3; i++) host.failLogin("bob");
    await module.next("custom-failed-local-logins");
    host.login("operator", "tty8");
    host.login("stranger", "tty8");
    await module.next("custom-login-not-allowed", ({ message }) => message.includes("stranger"));
    expect(told("custom-login-not-allowed").some(({ message }) => message.includes("operator"))).toBe(false);
    await desire({ alerts: { "custom-failed-local-logins": null, "custom-login-not-allowed": null } });
  });

  test("tells of a process not allowed", async () => {
    await desire({ alerts: { "custom-process-not-allowed": { enabled: true, allowed: ["/sbin/*", "/usr/bin/*"] } } });
    host.run("/usr/bin/true");
    host.run("/opt/strange/other");
    const { message } = await module.next("custom-process-not-allowed");
    expect(message).toContain("/opt/strange/other");
    await desire({ alerts: { "custom-process-not-allowed": null } });
  });

  test("tells of another module's messages outside the range, seen over the telemetry input", async () => {
    await desire({
      alerts: { "custom-message-count": { enabled: true, moduleId: "press", max: 3, windowSeconds: 60 } },
    });
    for (let i = 0; i < 6; i++) {
      module.rig.publishAs({ moduleId: "press", output: "out", body: "{}" });
      module.rig.publishAs({ deviceId: "leaf", body: "{}" });
    }
    const { evidences } = await module.next("custom-message-count");
    expect(evidences[0]?.data).toMatchObject({ messages: 4, max: 3 });
    await desire({ alerts: { "custom-message-count": null }, sources: { telemetry: false } });
    await eventually("the source says so", async () =>
      JSON.stringify((await status()).sources).includes("switched off by the twin"),
    );
    await desire({ sources: { telemetry: null } });
  });
});

describe("a threat list", () => {
  test("by https is loaded, verified against the operator's authority, and raises its alert", async () => {
    const url = `https://localhost:${(server.address() as AddressInfo).port}/list.txt`;
    await desire({ threatLists: { feed: { url } } });
    await eventually("it is loaded", () => reported().threatLists?.feed?.state === "loaded", 15_000);
    host.connect([{ ip: "203.0.113.200", port: 443 }]);
    const { evidences } = await module.next("suspicious-ip");
    expect(evidences[0]?.data).toMatchObject({ list: "feed", entry: "203.0.113.200" });
    host.connect([]);
  });

  test("in a file is followed; a bad version leaves the old one in force and is told", async () => {
    writeFileSync(join(lists, "site.txt"), "203.0.113.201\n");
    await desire({ threatLists: { site: { file: "site.txt" } } });
    await eventually("it is loaded", () => reported().threatLists?.site?.state === "loaded", 15_000);
    writeFileSync(join(lists, "site.txt"), "<html>\n<p>\n</html>\n");
    await eventually("it is told", () => reported().threatLists?.site?.state === "failed", 15_000);
    expect(reported().threatLists?.site).toMatchObject({ size: 1 });
    await module.next("twin-config-parse-failure", ({ message }) => message.includes("threatLists.site"));
    host.connect([{ ip: "203.0.113.201", port: 443 }]);
    await module.next("suspicious-ip", ({ message }) => message.includes("203.0.113.201"));
    host.connect([]);
    await desire({ threatLists: { site: null } });
    await eventually(
      "it is gone from the reported properties",
      () => reported().threatLists?.site === undefined,
      15_000,
    );
  });
});

describe("a direct method", () => {
  test("testAlert sends a marked alert the ordinary way", async () => {
    const { status: code, payload } = await module.rig.invokeMethod("testAlert", { alert: "reverse-shell" });
    expect(code).toBe(200);
    const { message, body } = await module.next("reverse-shell");
    expect(message).toMatch(/^\[test\]/);
    expect((body.finding_info as { uid: string }).uid).toBe((payload as { id: string }).id);
  });

  test("getRecentAlerts pages from disk, newest first", async () => {
    const seen: string[] = [];
    let next: unknown = { limit: 5 };
    for (let page = 0; page < 100 && next; page++) {
      const { status: code, payload } = await module.rig.invokeMethod("getRecentAlerts", next);
      expect(code).toBe(200);
      const { alerts, next: more } = payload as unknown as {
        alerts: { finding_info: { uid: string } }[];
        next?: object;
      };
      seen.push(...alerts.map(({ finding_info: { uid } }) => uid));
      next = more && { limit: 5, ...more };
    }
    expect(seen.length).toBe(module.findings.length);
    expect(new Set(seen)).toEqual(
      new Set(module.findings.map(({ body }) => (body.finding_info as { uid: string }).uid)),
    );
  });

  test("explain answers in both languages, scanNow starts, and a bad payload is 400 with the reason", async () => {
    const explain = async (language: string) =>
      (await module.rig.invokeMethod("explain", { alert: "reverse-shell", language })).payload as unknown as {
        meaning: string;
      };
    expect((await explain("ja")).meaning).toMatch(/[\u3040-\u30ff]/);
    expect((await explain("en")).meaning).not.toMatch(/[\u3040-\u30ff]/);
    expect((await module.rig.invokeMethod("scanNow")).status).toBe(200);
    for (const [name, payload] of [
      ["explain", { alert: "x" }],
      ["getRecentAlerts", { limit: 1e9 }],
      ["scanNow", 7],
    ] as const) {
      const { status: code, payload: answer } = await module.rig.invokeMethod(name, payload);
      expect(code).toBe(400);
      expect((answer as { error: string }).error).toContain("payload");
    }
    expect((await module.rig.invokeRaw("getStatus", "{not json")).status).toBeGreaterThanOrEqual(400);
  });
});

describe("a storm", () => {
  test("of 10,000 findings does not hide the one high alert in its middle, and costs a handful of messages", async () => {
    await desire({ limits: null, repeats: null });
    await sleep(61_000);
    const before = module.findings.length;
    host.storm(10_000, "login[999999]: LOGIN ON tty9 BY intruder");
    await module.next("local-login-success", ({ message }) => message.includes("intruder"), before, 30_000);
    const summary = await module.next("alerts-held-back", () => true, before, 90_000);
    expect(summary.evidences[0]?.data?.byAlert).toMatchObject({ "local-login-failed": expect.any(Number) });
    const sent = module.findings.length - before;
    console.log(`10,000 findings: ${sent} messages`);
    expect(sent).toBeLessThanOrEqual(20);
    expect((await status()).suppressed).toMatchObject({ heldBack: expect.any(Number) });
  }, 240_000);
});

describe("the last good configuration", () => {
  const restart = (between: () => void) => module.restart(between).catch((error: Error) => error);

  test("is in force after a restart with the hub offline and without a twin, the rejected section too", async () => {
    await desire({ alerts: { "device-silent": { hours: 33 }, "brute-force-failed": { fastAttempts: 44 } } });
    const { configurationHash } = await desire({
      alerts: { "brute-force-failed": { fastAttempts: "many" } },
      language: "ja",
    });
    module.rig.upstreamOff();
    module.rig.forgetTwin();
    await restart(() => undefined);
    await eventually("the module is connected", () => module.rig.subscribed("methods"), 20_000);
    const now = await eventually("it answers", () => status().catch(() => undefined), 10_000);
    expect(now.configurationHash).toBe(configurationHash);
    expect((await settings("device-silent")).hours).toBe(33);
    expect((await settings("brute-force-failed")).fastAttempts).toBe(44);
    const since = told("twin-config-parse-failure").length;
    module.rig.upstreamOn();
    await desire({ language: null });
    await sleep(500);
    expect(told("twin-config-parse-failure").length, "the problem was told before the restart").toBe(since);
    await desire({ alerts: { "brute-force-failed": null } });
  });

  test("when its file is corrupt gives way to the hub's twin", async () => {
    await restart(() => writeFileSync(join(module.dataDirectory, "configuration.json"), '{"desired":{"alerts":'));
    await eventually("the hub's twin applies", async () => (await settings("device-silent")).hours === 33, 20_000);
    expect(readFileSync(join(module.dataDirectory, "configuration.json.damaged"), "utf8")).toContain("desired");
  });
});

describe("vedette config check", () => {
  async function check(document: unknown, ...more: string[]) {
    const file = join(files, "check.json");
    writeFileSync(file, typeof document === "string" ? document : JSON.stringify(document));
    const output = await runChild(process.execPath, [bundle, "config", "check", file, ...more], { tolerant: true });
    return output;
  }
  const code = async (document: unknown) => {
    const file = join(files, "check.json");
    writeFileSync(file, typeof document === "string" ? document : JSON.stringify(document));
    return runChild(process.execPath, [bundle, "config", "check", file]).then(
      () => 0,
      (error: Error) => Number(/ended with (\d+)/.exec(error.message)?.[1]),
    );
  };

  test("passes the deployment template, a manifest, a layered one and a bare twin", async () => {
    const template = readFileSync(join(import.meta.dirname, "../deployment.template.json"), "utf8");
    expect(await code(template)).toBe(0);
    expect(await code({ modulesContent: { vedette: { "properties.desired.limits": { perMinute: 5 } } } })).toBe(0);
    expect(await code({ properties: { desired: { observe: true } } })).toBe(0);
    expect(await code({ observe: true })).toBe(0);
  });

  test("tells the problems of the device in its words, with exit code 1", async () => {
    const bad = { limits: { perMinute: 9000 }, alerts: { "reverse-shel": {} } };
    expect(await code(bad)).toBe(1);
    expect(await code({ modulesContent: { vedette: { "properties.desired.limits.perMinute": 9000 } } })).toBe(1);
    const { problems: found } = JSON.parse(await check(bad, "--json")) as {
      problems: { path: string; expected: string; got: string }[];
    };
    await desire(bad);
    expect(problems().sort()).toEqual(
      found.map(({ path, expected, got }) => `${path}: expected ${expected}, got ${got}`).sort(),
    );
  });

  test("says what is no JSON, and has exit code 2 for what it cannot judge", async () => {
    expect(await check("{")).toContain("is not valid JSON");
    expect(await code("{")).toBe(2);
    expect(await code({ modulesContent: { $edgeAgent: {} } })).toBe(2);
  });
});
