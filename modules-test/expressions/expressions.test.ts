import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loopValues } from "../../src/detectors/knowledge/local.ts";
import { collect, constructedBy, type Expression } from "./collect.ts";
import { superLinear } from "./growth.ts";
import { Counter, parsed } from "./matcher.ts";

const src = join(import.meta.dirname, "../../src");
const { literals, constructions } = collect(src);
/** Busy machines take their time; nothing here is measured by the clock. */
const patience = 120_000;

/**
 * Files that build an expression inside a function, from what comes from outside, and an example of each: the name of a
 * variable, which is word characters only.
 */
const builtInFunctions: Readonly<Record<string, () => unknown>> = {
  "detectors/knowledge/local.ts": () =>
    loopValues({ script: "for a_1 in /x /y; do rm $a_1; done" } as Parameters<typeof loopValues>[0], "$a_1"),
};

const shown = ({ place, source, flags }: Expression) => `${place} /${source}/${flags}`;
const worse = (expressions: readonly Expression[]) =>
  expressions.flatMap((expression) => {
    const growth = superLinear(expression.source, expression.flags);
    return growth ? [`${shown(expression)} on ${JSON.stringify(growth.shape)}: x${growth.factor.toFixed(1)}`] : [];
  });

describe("regular expressions of the source", () => {
  test("are found: literals by the hundred, and what is built at run time", () => {
    expect(literals.length).toBeGreaterThan(800);
    expect(constructions.length).toBeGreaterThan(5);
    const inFunctions = constructions.filter(({ inFunction }) => inFunction).map(({ file }) => file);
    expect([...new Set(inFunctions)]).toEqual(Object.keys(builtInFunctions));
  });

  test("take linear time on their own worst inputs", { timeout: patience }, () => {
    expect(worse(literals)).toEqual([]);
  });

  test("so do those that are built at run time", { timeout: patience }, async () => {
    const files = [...new Set(constructions.filter(({ inFunction }) => !inFunction).map(({ file }) => file))];
    const built = await constructedBy(async () => {
      for (const file of files) await import(/* @vite-ignore */ `${join(src, file)}?built`);
      for (const build of Object.values(builtInFunctions)) build();
    });
    expect(built.length).toBeGreaterThanOrEqual(constructions.length);
    expect(worse(built)).toEqual([]);
  });
});

describe("the yardstick", () => {
  test.each([
    ["nested repetition", "^(?:a+)+$", ""],
    ["overlapping alternatives", "^(?:a|a)*$", ""],
    ["adjacent repetition of one class", String.raw`^\w*x\w*$`, ""],
    ["repetition at an end that is not reached", String.raw`\s+$`, ""],
    ["a word that repeats before .*", "web.*--path", ""],
    ["blanks on both sides of something optional", String.raw`eval\s*\(?\s*x`, ""],
    ["a scan ahead from every place", "a(?=.*b)", "g"],
    ["lines that may begin anywhere", String.raw`^\s*x`, "m"],
  ])("refuses %s", (_what, source, flags) => {
    expect(superLinear(source, flags)).toBeDefined();
  });

  test.each([
    ["a class", String.raw`\w+`, "g"],
    ["bounded repetition", "web.{0,256}--path", ""],
    ["a lookbehind that keeps starts apart", String.raw`(?<![\w-])(?:eyJ)[\w-]{8,}\.[\w-]{8,}`, "g"],
    ["blanks that belong to what is optional", String.raw`eval\s*(?:\(\s*)?x`, ""],
    ["a quoted text", String.raw`"[^"\n]*"`, "g"],
  ])("passes %s", (_what, source, flags) => {
    expect(superLinear(source, flags)).toBeUndefined();
  });

  test("agrees with the engine on what matches", () => {
    for (const [source, flags, text] of [
      ["a(?:b|c)+d", "", "xabcbd"],
      [String.raw`(?<!x)\bsh\b`, "", "a sh"],
      ["^b", "m", "a\nb"],
      [String.raw`\p{Lu}+`, "u", "aÉB"],
      ["a.c", "s", "a\nc"],
    ] as const) {
      const found = new Counter(parsed(source, flags), flags).find(text);
      expect(found).toBe(new RegExp(source, flags).exec(text)?.index);
    }
  });
});
