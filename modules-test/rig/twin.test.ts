import { describe, expect, test } from "vitest";
import { mergePatch, reportedFault, Twin } from "./twin.ts";

/** `depth` objects below the root. */
const nested = (depth: number): object => (depth === 0 ? {} : { a: nested(depth - 1) });

describe("the limits on reported properties", () => {
  test.each([
    ["ten levels", nested(10)],
    ["a string of 4096 bytes", { s: "x".repeat(4096) }],
    ["a name of 1024 bytes", { ["n".repeat(1024)]: 1 }],
    ["null, which removes", { a: null }],
    ["the largest safe integer", { n: 4_503_599_627_370_495 }],
    ["arrays of objects", { list: [{ a: 1 }, [1, 2]] }],
    ["a name with a dash and a slash", { "a-b/c": 1 }],
  ])("%s is accepted", (_, patch) => expect(reportedFault(patch)).toBeUndefined());

  test.each([
    ["eleven levels", nested(11), "depth"],
    ["a string of 4097 bytes", { s: "x".repeat(4097) }, "exceeds 4096"],
    ["a string of 4097 bytes in UTF-8", { s: `${"é".repeat(2048)}x` }, "exceeds 4096"],
    ["a name of 1025 bytes", { ["n".repeat(1025)]: 1 }, "too long"],
    ["an address as a name", { "10.0.0.1": 1 }, "invalid character"],
    ["a name of the service", { $version: 1 }, "invalid character"],
    ["a name with a space", { "a b": 1 }, "invalid character"],
    ["null in an array", { list: [1, null] }, "null inside an array"],
    ["null in an object in an array", { list: [{ a: null }] }, "null inside an array"],
    ["an integer beyond the limit", { n: 4_503_599_627_370_496 }, "out of bounds"],
    [
      "a document above 32 KiB",
      Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`k${n}`, "x".repeat(4000)])),
      "exceeds 32768",
    ],
    ["an array for a document", [1], "must be an object"],
    ["no JSON", undefined, "must be an object"],
  ])("%s is refused", (_, patch, reason) => expect(reportedFault(patch)).toContain(reason));
});

describe("a twin", () => {
  test("merges objects, replaces arrays, and null removes", () => {
    expect(mergePatch({ a: { b: 1, c: 2 }, list: [1, 2, 3] }, { a: { b: null }, list: [9] })).toEqual({
      a: { c: 2 },
      list: [9],
    });
  });

  test("counts its versions from one, and a refused report does not count", () => {
    const twin = new Twin();
    expect(twin.desired).toEqual({ $version: 1 });
    expect(twin.patchDesired({ a: 1 })).toEqual({ a: 1, $version: 2 });
    expect(twin.patchReported({ ok: 1 })).toBeUndefined();
    expect(twin.patchReported({ "not.ok": 1 })).toBeDefined();
    expect(twin.reported).toEqual({ ok: 1, $version: 2 });
  });

  test("judges what many small reports add up to", () => {
    const twin = new Twin();
    const faults = Array.from({ length: 9 }, (_, n) => twin.patchReported({ [`k${n}`]: "x".repeat(4000) }));
    expect(faults.filter((fault) => fault !== undefined)).toHaveLength(1);
  });
});
