import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { alertIds, catalogue } from "../alerts/catalogue.ts";
import { texts } from "../alerts/text.ts";
import { detectors } from "./index.ts";

const here = import.meta.dirname;
const attacks = join(here, "../../modules-test/attacks");
const files = readdirSync(here).filter(
  (f) => f.endsWith(".ts") && !f.endsWith(".test.ts") && !["detector.ts", "index.ts"].includes(f),
);
const builtin = alertIds.filter((id) => catalogue[id].group === "builtin");

const testFiles = readdirSync(here, { recursive: true, encoding: "utf8" })
  .filter((f) => f.endsWith(".test.ts") && f !== "index.test.ts")
  .map((f) => readFileSync(join(here, f), "utf8"));

/** The test files that import a detector of the alert. */
function testsOf(alert: string): string {
  return testFiles.filter((text) => new RegExp(`/${alert}(?:\\.[a-z-]+)*\\.ts"`).test(text)).join("\n");
}

describe("the whole set", () => {
  test("the source document's list is complete: 39 alerts", () => {
    expect(builtin).toHaveLength(39);
  });

  test("every detector file is in the list, once", () => {
    const index = readFileSync(join(here, "index.ts"), "utf8");
    expect(files.filter((f) => !index.includes(`"./${f}"`))).toEqual([]);
    expect(new Set(detectors).size).toBe(detectors.length);
  });

  test("every detector file is named by its alert", () => {
    expect(files.filter((f) => !Object.hasOwn(catalogue, f.split(".")[0] ?? ""))).toEqual([]);
  });

  // alerts-held-back is raised by the limiter itself.
  test.each(alertIds.filter((id) => id !== "alerts-held-back"))("%s has a detector", (alert) => {
    expect(detectors.filter((d) => d.alert === alert).length).toBeGreaterThan(0);
  });

  test.each(alertIds)("%s has its text in both languages", (alert) => {
    for (const language of ["en", "ja"] as const) {
      const { title, meaning, remediation } = texts[language][alert];
      expect([title, meaning, remediation].every((t) => t.trim().length > 3)).toBe(true);
    }
    expect(texts.ja[alert].meaning).toMatch(/[\u3040-\u30ff\u4e00-\u9fff]/);
  });

  test.each(builtin)("%s has an attack for a real host", (alert) => {
    expect(existsSync(join(attacks, `${alert}.ts`))).toBe(true);
  });

  test.each(alertIds.filter((id) => id !== "alerts-held-back"))(
    "%s has unit tests of a hit and of a near miss",
    (alert) => {
      const source = testsOf(alert);
      const names = [...source.matchAll(/\b(?:test|it)(?:\.each\([\s\S]*?\))?\(\s*["'`]([^"'`]+)/g)].map(
        (m) => m[1] as string,
      );
      expect(names.length).toBeGreaterThan(1);
      expect(
        names.some((n) =>
          /\b(?:not|no|nothing|never|quiet|silent|silence|stays?|only|near miss|ignored|without|benign)\b/i.test(n),
        ),
      ).toBe(true);
      expect(source).toMatch(/alert|toBeDefined|toHaveLength|toMatchObject|subject/);
    },
  );

  test("the settings of an alert's means do not contradict each other", () => {
    for (const alert of alertIds) {
      const shapes = detectors.filter((d) => d.alert === alert).map((d) => d.settings.shape);
      const parsed = shapes.map((_, i) =>
        (detectors.filter((d) => d.alert === alert)[i] as (typeof detectors)[number]).settings.parse({}),
      );
      for (const key of new Set(shapes.flatMap((s) => Object.keys(s)))) {
        const values = parsed.filter((p) => Object.hasOwn(p, key)).map((p) => JSON.stringify(p[key]));
        expect(new Set(values).size, `${alert}.${key}`).toBeLessThanOrEqual(1);
      }
    }
  });
});
