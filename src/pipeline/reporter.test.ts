import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergePatch, reportedFault } from "../../modules-test/rig/twin.ts";
import type { Json } from "../config/canonical.ts";
import { ConfigurationReader } from "../config/configuration.ts";
import { detectors } from "../detectors/index.ts";
import type { SourceName } from "../events/fact.ts";
import type { Log } from "../ports.ts";
import { reported } from "./report.ts";
import { clipBytes, fitted, patchBetween, reportedName } from "./reported-patch.ts";
import { Reporter } from "./reporter.ts";
import { Status } from "./status.ts";

const none = () => undefined;
const log: Log = { debug: none, info: none, warn: none, error: none };

describe("a patch", () => {
  const json = fc.dictionary(
    fc.constantFrom("a", "b", "c", "d"),
    fc.oneof(fc.integer(), fc.string(), fc.dictionary(fc.constantFrom("x", "y"), fc.integer())),
  );

  test("makes of any known document the wanted one", () => {
    fc.assert(
      fc.property(json, json, (known, wanted) => {
        const merged = mergePatch(known as never, patchBetween(known, wanted) as never);
        // An object without a name in it is not kept apart from one that is absent.
        expect(JSON.parse(JSON.stringify(merged))).toEqual(JSON.parse(JSON.stringify(wanted)));
      }),
    );
  });

  test("holds nothing where nothing changed, and only what did", () => {
    expect(patchBetween({ a: 1, b: { x: 1, y: 2 } }, { a: 1, b: { x: 1, y: 2 } })).toEqual({});
    expect(patchBetween({ a: 1, b: { x: 1, y: 2 } }, { a: 1, b: { x: 1, y: 3 } })).toEqual({ b: { y: 3 } });
    expect(patchBetween({ a: 1, b: 2 }, { a: 1 })).toEqual({ b: null });
  });
});

describe("the reporter", () => {
  function setUp() {
    const patches: Json[] = [];
    const state = { document: { a: 1 } as Json, connected: true, fail: false };
    const reporter = new Reporter({
      hub: {
        report: async (patch) => {
          if (state.fail) throw new Error("no answer");
          patches.push(patch);
        },
      },
      log,
      document: () => state.document,
      isConnected: () => state.connected,
    });
    return { patches, state, reporter };
  }

  test("sends what changed and nothing where nothing did", async () => {
    const { patches, state, reporter } = setUp();
    await reporter.report();
    await reporter.report();
    state.document = { a: 1, b: 2 };
    await reporter.report();
    expect(patches).toEqual([{ a: 1 }, { b: 2 }]);
  });

  test("clears what an earlier version left in the twin", async () => {
    const { patches, reporter } = setUp();
    reporter.learn({ a: 1, old: { x: 1 }, $version: 7, $metadata: {} });
    await reporter.report();
    expect(patches).toEqual([{ old: null }]);
  });

  test("after a new connection sends everything and still clears what is gone", async () => {
    const { patches, state, reporter } = setUp();
    state.document = { a: 1, b: { x: 1 } };
    await reporter.report();
    reporter.doubt();
    state.document = { a: 1 };
    await reporter.report();
    expect(patches[1]).toEqual({ a: 1, b: null });
  });

  test("repeats what failed, and is silent without a connection", async () => {
    const { patches, state, reporter } = setUp();
    state.fail = true;
    await reporter.report();
    state.fail = false;
    state.connected = false;
    await reporter.report();
    expect(patches).toEqual([]);
    state.connected = true;
    await reporter.report();
    expect(patches).toEqual([{ a: 1 }]);
  });

  test("makes good for a call that came during another", async () => {
    const { patches, state, reporter } = setUp();
    const first = reporter.report();
    state.document = { a: 2 };
    void reporter.report();
    await first;
    expect(patches.at(-1)).toEqual({ a: 2 });
  });
});

describe("the reported document", () => {
  const reader = new ConfigurationReader(detectors);

  test("is within the hub's limits whatever names and texts stand in it", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 2000 }),
      fc.constant("あ".repeat(3000)),
      fc.constant("\ud800$.# \n"),
    );
    fc.assert(
      fc.property(
        fc.array(text, { maxLength: 60 }),
        fc.array(fc.tuple(text, text), { maxLength: 60 }),
        (texts, pairs) => {
          const status = new Status(0);
          for (const [i, reason] of texts.entries()) {
            const source = `s${i} .$#${reason}` as SourceName;
            status.sourceReported({ kind: "source.reported", at: 0, source, state: "absent", reason, remedy: reason });
            status.listReported(reason, { state: "failed", size: 1, at: 0, reason });
          }
          const judged = reader.read({
            ...Object.fromEntries(pairs),
            limits: 1,
            threatLists: Object.fromEntries(pairs),
          });
          const document = reported({ version: 1, judged }, status, judged.configuration, texts[0] ?? "", 0);
          expect(reportedFault(JSON.parse(JSON.stringify(document)))).toBeUndefined();
          expect(Buffer.byteLength(JSON.stringify(document))).toBeLessThanOrEqual(24 * 1024);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("tells the sections, what was rejected and the problems, and no more when they are gone", () => {
    const bad = reader.read({ limits: 1, alerts: { "reverse-shell": { enable: true } }, language: "ja" });
    const status = new Status(0);
    const document = reported({ version: 5, judged: bad }, status, bad.configuration, "1.2.3", 0);
    expect(document).toMatchObject({
      moduleVersion: "1.2.3",
      lastDesiredVersion: 5,
      lastDesiredStatus: { code: 400 },
      sections: { language: "applied", limits: "rejected", alerts: "applied without 1 of its parts" },
      rejected: { limits: "default in force", "alerts/reverse-shell": "default in force" },
    });
    expect(Object.keys(document.problems as Json)).toEqual(["01", "02"]);
    const good = reader.read({});
    const after = reported({ version: 6, judged: good }, status, good.configuration, "1.2.3", 0);
    const patch = patchBetween(document, after) as Record<string, Json>;
    expect(patch.problems).toEqual({ "01": null, "02": null });
    expect(patch.lastDesiredStatus).toMatchObject({ code: 200 });
  });

  test("tells of every exception how often it applied, and that it has expired", () => {
    const { configuration } = reader.read({
      alerts: {
        "reverse-shell": { exceptions: { old: { user: "a", expires: "2020-01-01T00:00:00Z" }, live: { user: "b" } } },
      },
    });
    const status = new Status(0);
    status.exceptionsApplied = () =>
      new Map([
        ["reverse-shell/live", 3],
        ["reverse-shell/removed", 9],
      ]);
    const document = reported(undefined, status, configuration, "1", Date.parse("2026-01-01"));
    expect(document.exceptions).toEqual({
      "reverse-shell": { old: { applied: 0, expired: true }, live: { applied: 3 } },
    });
  });

  test("starts a new day at midnight UTC also when nothing was told since", () => {
    const status = new Status(0);
    status.told("reverse-shell", "high", Date.parse("2026-11-24T23:59:59Z"));
    const at = (time: string) => reported(undefined, status, reader.defaults(), "1", Date.parse(time)).alertsToday;
    expect(at("2026-11-24T23:59:59Z")).toMatchObject({ high: 1 });
    expect(at("2026-11-25T00:00:00Z")).toMatchObject({ high: 0 });
  });

  test("leaves out what can be spared, and says so, before it is too large", () => {
    const document = { keep: "x", spare: "y".repeat(500), last: "z".repeat(50) };
    expect(fitted(document, 200, ["spare", "last"])).toEqual({ keep: "x", last: "z".repeat(50), leftOut: "spare" });
    expect(fitted(document, 10_000, ["spare"])).toBe(document);
  });
});

test.each([
  ["plain", 10, "plain"],
  ["x".repeat(20), 10, `${"x".repeat(7)}…`],
  ["あいうえお", 10, "あい…"],
  ["😀😀😀", 9, "😀…"],
])("%s cut to %i bytes is %s", (text, most, expected) => {
  expect(clipBytes(text, most)).toBe(expected);
});

test("a name is made one that the hub takes", () => {
  expect(reportedName("a.b $c#\n")).toBe("a_b__c__");
  expect(reportedName("")).toBe("_");
});
