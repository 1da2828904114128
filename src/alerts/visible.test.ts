import { describe, expect, test } from "vitest";
import { clip, manyLines, oneLine } from "./visible.ts";

describe("oneLine", () => {
  test.each([
    ["an escape sequence", "\u001b]0;owned\u0007", "\\x1b]0;owned\\x07"],
    ["newlines and tabs", "a\r\nb\tc", "a\\r\\nb\\tc"],
    ["an eight bit control sequence", "\u009b31m", "\\x9b31m"],
    ["a right-to-left override", "gpj.\u202eexe", "gpj.\\u{202e}exe"],
    ["a zero width space", "pass\u200bwd", "pass\\u{200b}wd"],
    ["a tag character", "a\u{e0041}b", "a\\u{e0041}b"],
    ["a lone surrogate", "a\ud83d", "a\\u{d83d}"],
  ])("makes %s visible", (_name, text, shown) => {
    expect(oneLine(text, 100)).toBe(shown);
  });

  test.each(["日本語のファイル", "émoji 😀", "trailing blank ", "a\u00a0b", "$(id) `x` %s"])(
    "leaves %j as it is",
    (text) => {
      expect(oneLine(text, 100)).toBe(text);
    },
  );

  test("stays within the limit although escapes are longer than what they stand for", () => {
    expect(oneLine("\u0000".repeat(10), 10)).toBe("\\x00\\x00\\…");
  });
});

test("manyLines keeps newlines and tabs, and nothing else", () => {
  expect(manyLines("if x\n\tthen \u001b[0m\r", 100)).toBe("if x\n\tthen \\x1b[0m\\r");
});

describe("clip", () => {
  test("leaves what just fits and marks what does not", () => {
    expect(clip("12345", 5)).toBe("12345");
    expect(clip("123456", 5)).toBe("1234…");
  });

  test("does not split a pair", () => {
    expect(clip("123😀67", 5)).toBe("123…");
  });
});
