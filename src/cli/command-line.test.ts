import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { commandLine } from "./command-line.ts";

let out: string;
let errors: string;

beforeEach(() => {
  out = "";
  errors = "";
  vi.spyOn(console, "log").mockImplementation((text = "") => {
    out += `${text}
`;
  });
  vi.spyOn(console, "error").mockImplementation((text = "") => {
    errors += `${text}
`;
  });
});
afterEach(() => void vi.restoreAllMocks());

describe("the command line", () => {
  test.each([["help"], ["--help"], ["-h"]])("says how it is used (%s)", async (word) => {
    expect(await commandLine([word])).toBe(0);
    expect(out).toMatch(/^Usage: vedette/);
  });

  test.each([["--version"], ["-V"]])("says which it is (%s)", async (word) => {
    expect(await commandLine([word])).toBe(0);
    expect(out.trim()).not.toBe("");
  });

  test.each([["constructor"], ["__proto__"], ["toString"], ["nothing"], [""]])("knows no command %j", async (word) => {
    expect(await commandLine([word])).toBe(2);
    expect(errors).toMatch(/^vedette: unknown command/);
  });

  test("gives 2 for a mistake in the arguments, whoever finds it, and 1 for a fault", async () => {
    expect(await commandLine(["alerts", "--wrong"])).toBe(2);
    expect(await commandLine(["alerts", "no-such-alert"])).toBe(2);
    expect(await commandLine(["replay"])).toBe(2);
    expect(await commandLine(["replay", "--audit", "/no/such/file"])).toBe(1);
  });
});

describe("what it prints of arguments and files", () => {
  const hostile = "\x1b[31m\r\n\x9b2J\u202e";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  const controls = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/;

  test.each([
    ["an unknown command", [hostile]],
    ["an unknown option", ["alerts", `--${hostile}`]],
    ["an alert that there is not", ["alerts", hostile]],
    ["a language", ["alerts", "--lang", hostile]],
    ["a file that is not there", ["replay", "--audit", `/no/${hostile}`]],
    ["a twin that is not there", ["config", "check", `/no/${hostile}`]],
  ])("has no control character: %s", async (_what, args) => {
    expect(await commandLine(args)).not.toBe(0);
    expect(out + errors).not.toMatch(controls);
    expect(errors).not.toBe("");
  });

  test.each([[[]], [["--json"]]])("nor of a twin's names and values (%j)", async (flags) => {
    const folder = mkdtempSync(join(tmpdir(), "command-line-"));
    const file = join(folder, "twin.json");
    writeFileSync(file, JSON.stringify({ [hostile]: hostile, limits: { perMinute: hostile }, language: hostile }));
    expect(await commandLine(["config", "check", ...flags, file])).toBe(1);
    expect(out + errors).not.toMatch(controls);
    expect(out).toMatch(/perMinute/);
    rmSync(folder, { recursive: true, force: true });
  });
});
