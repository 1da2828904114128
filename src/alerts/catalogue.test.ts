import { describe, expect, test } from "vitest";
import { alertIds, type CatalogueEntry, catalogue } from "./catalogue.ts";
import { texts } from "./text.ts";

const entries = alertIds.map((id): [typeof id, CatalogueEntry] => [id, catalogue[id]]);

test("there are 39 built-in alerts, by severity as in the source document", () => {
  const builtin = entries.filter(([, entry]) => entry.group === "builtin").map(([, entry]) => entry.severity);
  const count = (severity: string) => builtin.filter((one) => one === severity).length;
  expect([count("high"), count("medium"), count("low")]).toEqual([8, 25, 6]);
});

test("custom alerts are low", () => {
  for (const [id, entry] of entries) if (entry.group === "custom") expect(entry.severity, id).toBe("low");
});

test("no two alerts share a Defender for IoT type, and each is spelt like one", () => {
  const names = entries.flatMap(([, entry]) => entry.legacyName ?? []);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^IoT_[A-Za-z_]+$/);
});

test("a sub-technique stands below its technique", () => {
  for (const [id, { attacks }] of entries) {
    for (const { technique, subTechnique, tactic } of attacks) {
      expect(technique.uid, id).toMatch(/^T\d{4}$/);
      expect(tactic.uid, id).toMatch(/^TA\d{4}$/);
      if (subTechnique) expect(subTechnique.uid.slice(0, 5), id).toBe(technique.uid);
    }
  }
});

test("every alert about an attacker's act names ATT&CK", () => {
  const without = entries.filter(([, { attacks }]) => attacks.length === 0).map(([id]) => id);
  expect(without).toEqual(["twin-config-parse-failure", "custom-message-count", "alerts-held-back"]);
});

describe.each(["en", "ja"] as const)("texts in %s", (language) => {
  test.each(alertIds)("%s", (id) => {
    const { title, meaning, remediation } = texts[language][id];
    expect(title.length).toBeLessThanOrEqual(100);
    expect(title).not.toMatch(/[.。]$/);
    const sentences = meaning.split(language === "en" ? /\. / : /。/).filter(Boolean).length;
    expect(sentences).toBeGreaterThanOrEqual(1);
    expect(sentences).toBeLessThanOrEqual(3);
    for (const text of [title, meaning, remediation]) expect(text).not.toMatch(/\n|\s{2}|undefined/);
    // A path in the twin that names another alert would send the operator astray.
    for (const [, named] of remediation.matchAll(/`alerts\.([a-z-]+)/g)) expect(named).toBe(id);
  });

  test("no two alerts have the same title", () => {
    expect(new Set(alertIds.map((id) => texts[language][id].title)).size).toBe(alertIds.length);
  });
});

test("Japanese texts are Japanese, and end politely", () => {
  for (const id of alertIds) {
    for (const text of [texts.ja[id].meaning, texts.ja[id].remediation]) {
      expect(text, id).toMatch(/(?:ます|ません|です|ました|ください|ませんでした)。$/);
    }
    expect(texts.ja[id].title, id).toMatch(/[\u3040-\u30ff\u4e00-\u9fff]/);
  }
});
