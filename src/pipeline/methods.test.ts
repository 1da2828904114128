import { describe, expect, test } from "vitest";
import { alertIds } from "../alerts/catalogue.ts";
import { texts } from "../alerts/text.ts";
import { ConfigurationReader } from "../config/configuration.ts";
import { detectors } from "../detectors/index.ts";
import { answer, type MethodTargets, maxAnswerBytes, methodNames } from "./methods.ts";

const reader = new ConfigurationReader(detectors);
const past = Array.from({ length: 30 }, (_, i) => ({ number: i + 1, id: `id${i + 1}`, alert: { n: i + 1 } }));

const targets: MethodTargets = {
  status: () => ({ hub: { state: "connected" } }),
  recentAlerts: async (limit, before = Number.POSITIVE_INFINITY) =>
    [...past]
      .reverse()
      .filter(({ number }) => number < before)
      .slice(0, limit),
  scanNow: () => undefined,
  testAlert: (alert) => `test of ${alert}`,
  configuration: () =>
    reader.read({ language: "ja", alerts: { "brute-force-failed": { fastAttempts: 4, severity: "high" } } })
      .configuration,
};

async function call(name: string, payload: unknown, over: Partial<MethodTargets> = {}) {
  const answers: { status: number; body: Record<string, unknown> }[] = [];
  const respond = (status: number, body: unknown) =>
    void answers.push({ status, body: body as Record<string, unknown> });
  await answer({ name, payload, respond }, { ...targets, ...over });
  expect(answers).toHaveLength(1);
  return answers[0] as (typeof answers)[number];
}

describe("a direct method", () => {
  test.each([
    ["getStatus", { verbose: true }, "payload.verbose"],
    ["getStatus", "x", "payload: expected an object"],
    ["getRecentAlerts", { limit: 0 }, "payload.limit: expected at least 1"],
    ["getRecentAlerts", { limit: 101 }, "at most 100"],
    ["getRecentAlerts", { limit: "5" }, "payload.limit"],
    ["getRecentAlerts", { before: 1.5 }, "payload.before"],
    ["getRecentAlerts", { befor: 3 }, '"before"'],
    ["scanNow", [], "payload"],
    ["testAlert", { alert: "zebra" }, "payload.alert"],
    ["explain", {}, "payload.alert"],
    ["explain", { alert: "reverse-shell", language: "de" }, 'one of "en", "ja"'],
    ["explain", { alert: "__proto__" }, "payload.alert"],
  ])("%s with %j is answered 400 with the reason", async (name, payload, reason) => {
    const { status, body } = await call(name, payload);
    expect(status).toBe(400);
    expect(body.error).toContain(reason);
  });

  test("that does not exist is answered 404 with those that do", async () => {
    const { status, body } = await call("reboot", {});
    expect(status).toBe(404);
    for (const name of methodNames) expect(body.error).toContain(name);
  });

  test.each([null, undefined, {}])("with the payload %j has its defaults", async (payload) => {
    for (const name of ["getStatus", "getRecentAlerts", "scanNow", "testAlert"] as const)
      expect((await call(name, payload)).status).toBe(200);
  });

  test("that fails is answered 500", async () => {
    const { status, body } = await call(
      "getRecentAlerts",
      {},
      { recentAlerts: () => Promise.reject(new Error("disk")) },
    );
    expect([status, body.error]).toEqual([500, "disk"]);
  });

  test("never answers more than a direct method may", async () => {
    const { status } = await call("getStatus", {}, { status: () => ({ text: "あ".repeat(maxAnswerBytes / 3 + 1) }) });
    expect(status).toBe(500);
  });
});

test("recent alerts are paged to the first one", async () => {
  const seen: unknown[] = [];
  let payload: unknown = { limit: 12 };
  for (let pages = 0; payload !== undefined && pages < 9; pages++) {
    const { body } = await call("getRecentAlerts", payload);
    seen.push(...(body.alerts as { n: number }[]).map(({ n }) => n));
    payload = body.next && { limit: 12, ...(body.next as object) };
  }
  expect(seen).toEqual(past.map(({ number }) => number).reverse());
});

describe("explain", () => {
  test("tells text in the configured language, severity and settings in force", async () => {
    const { body } = await call("explain", { alert: "brute-force-failed" });
    expect(body).toMatchObject({ severity: "high", settings: { fastAttempts: 4, fastSeconds: 120, enabled: true } });
    expect(body.title).toBe(texts.ja["brute-force-failed"].title);
  });

  test.each(alertIds)("knows %s in both languages", async (alert) => {
    for (const language of ["en", "ja"] as const) {
      const { status, body } = await call("explain", { alert, language });
      expect([status, body.meaning]).toEqual([200, texts[language][alert].meaning]);
    }
  });
});
