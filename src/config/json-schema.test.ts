import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { classicExample, examples } from "../../scripts/twin-examples.mjs";
import { alertIds } from "../alerts/catalogue.ts";
import { detectors } from "../detectors/index.ts";
import { twinJsonSchema } from "./json-schema.ts";

interface Node {
  readonly $ref?: string;
  readonly allOf?: readonly Node[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
}

const schema = twinJsonSchema(detectors);

/** Follows references within the schema; what stands beside one wins. */
function resolved(node: Node): Node {
  const ref = node.$ref ?? node.allOf?.[0]?.$ref;
  if (ref === undefined) return node;
  const target = resolved((schema.$defs as Record<string, Node>)[ref.slice("#/$defs/".length)] ?? {});
  return { ...target, ...(node.description && { description: node.description }) };
}

const validate = new Ajv2020({ strict: false, validateFormats: false, allErrors: true }).compile(schema);

describe("the JSON Schema of the twin", () => {
  test.each(examples.map((e) => [e.title, e.desired] as const))("takes the page's example: %s", (_title, desired) => {
    expect(validate(desired), JSON.stringify(validate.errors)).toBe(true);
  });

  test("takes an empty twin, a classic one and partial sections", () => {
    for (const twin of [{}, classicExample, { alerts: { "reverse-shell": {} }, limits: {} }])
      expect(validate(twin), JSON.stringify(validate.errors)).toBe(true);
  });

  test.each([
    ["unknown section", { quarantine: 1 }],
    ["unknown alert", { alerts: { zebra: {} } }],
    ["unknown setting", { alerts: { "reverse-shell": { enable: true } } }],
    ["wrong type", { observe: "true" }],
    ["out of range", { limits: { perMinute: 0 } }],
    ["wrong exception", { alerts: { "reverse-shell": { exceptions: { a: { user: "*" } } } } }],
    ["plain http", { threatLists: { a: { url: 1 } } }],
  ])("refuses: %s", (_what, twin) => {
    expect(validate(twin)).toBe(false);
  });

  test("describes every setting of every alert", () => {
    const { alerts } = resolved(schema as Node).properties ?? {};
    const sections = Object.entries(resolved(alerts ?? {}).properties ?? {});
    expect(sections.map(([alert]) => alert)).toEqual(alertIds);
    for (const [alert, section] of sections) {
      const settings = Object.entries(resolved(section).properties ?? {});
      expect(settings.map(([name]) => name)).toContain("exceptions");
      for (const [name, setting] of settings) expect(resolved(setting).description, `${alert}.${name}`).toBeTruthy();
    }
  });
});
