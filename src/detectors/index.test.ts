import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { alertIds, catalogue } from "../alerts/catalogue.ts";
import { texts } from "../alerts/text.ts";
import type { Fact } from "../events/fact.ts";
import type { Context, Match } from "./detector.ts";
import { detectors } from "./index.ts";
import { listedAddress, proofs } from "./testing/proofs.ts";

const here = import.meta.dirname;
const attacks = join(here, "../../modules-test/attacks");
const files = readdirSync(here).filter(
  (f) => f.endsWith(".ts") && !f.endsWith(".test.ts") && !["detector.ts", "index.ts"].includes(f),
);
const builtin = alertIds.filter((id) => catalogue[id].group === "builtin");

const proven = Object.keys(proofs) as (keyof typeof proofs)[];
const listed = (entry: string) => (entry === listedAddress ? { list: "test list", entry } : undefined);
const context: Context = {
  threats: { address: listed, domain: listed, url: () => undefined, image: () => undefined },
  userName: () => undefined,
};

/** What all means of the alert find in these facts beyond hints, each with the memory of its own. */
function found(alert: keyof typeof proofs, facts: readonly Fact[]): readonly Match[] {
  return detectors
    .filter((detector) => detector.alert === alert)
    .flatMap((detector) => {
      const judge = detector.start(detector.settings.parse(proofs[alert].settings ?? {}), context);
      const heard = facts.filter(({ kind }) => detector.on.includes(kind));
      return heard.flatMap((fact) => [judge.judge(fact) ?? []].flat());
    })
    .filter(({ confidence }) => confidence !== "low");
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

  test("every alert that a detector raises has its proof", () => {
    expect([...proven].sort()).toEqual(alertIds.filter((id) => id !== "alerts-held-back").sort());
  });

  test.each(proven)("%s is raised by its deed, and not by a near miss that its means have heard", (alert) => {
    const { hit, near } = proofs[alert];
    expect(found(alert, hit).length).toBeGreaterThan(0);
    expect(found(alert, near)).toEqual([]);
  });

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
