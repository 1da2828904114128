import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { classicExample, examples } from "../../scripts/twin-examples.mjs";
import { detectors } from "../detectors/index.ts";
import { twinJsonSchema } from "./json-schema.ts";

const validate = new Ajv2020({ strict: false, validateFormats: false, allErrors: true }).compile(
  twinJsonSchema(detectors),
);

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
});
