import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonLine } from "./json-line.ts";

test("a terminal escape in a value is written as an escape of JSON", () => {
  expect(jsonLine({ got: "\x9b2J\x7f\u202e\u2028\ud800\u{e0001}" })).toBe(
    String.raw`{"got":"\u009b2J\u007f\u202e\u2028\ud800\udb40\udc01"}`,
  );
});

test("any value is read back as it was", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(jsonLine(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
