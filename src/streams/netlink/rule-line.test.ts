import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseRule } from "./rule-line.ts";
import { ruleLines } from "./rule-lines.ts";

describe("a line of the rules", () => {
  test("is read with its calls, fields and key", () => {
    expect(parseRule("-a always,exit -F arch=b64 -S openat,open -F a2&01000 -F auid!=unset -k logs")).toEqual({
      action: "always",
      calls: ["openat", "open"],
      fields: [
        { name: "arch", operator: 0x4000_0000, value: "b64" },
        { name: "a2", operator: 0x0800_0000, value: 0o1000 },
        { name: "auid", operator: 0x3000_0000, value: 0xffff_ffff },
      ],
      key: "logs",
    });
  });

  test("that watches a file is a rule on its path and the permissions", () => {
    expect(parseRule("-w /etc/shadow -p rwa -k credentials")).toEqual({
      action: "always",
      calls: [],
      fields: [
        { name: "path", operator: 0x4000_0000, value: "/etc/shadow" },
        { name: "perm", operator: 0x4000_0000, value: 14 },
      ],
      key: "credentials",
    });
  });

  test.each([
    ["a field that is not known", "-a always,exit -F inode=7 -k k"],
    ["an option that is not known", "-a always,exit -C uid!=euid -F success=1 -k k"],
    ["another list", "-a always,user -F uid=0 -k k"],
    ["a permission that is not known", "-w /etc/x -p q -k k"],
    ["a value that is no number", "-a always,exit -F a0=many -k k"],
    ["an octal number with a nine", "-a always,exit -F a0=09 -k k"],
    ["no value", "-a always,exit -F"],
    ["nothing to match", "-a always,exit -S execve -k k"],
  ])("is refused for %s", (_, line) => {
    expect(() => parseRule(line)).toThrow(line);
  });

  test("of the project is understood, and the bundle carries all of them", () => {
    const source = readFileSync(new URL("../../../etc/audit/30-vedette.rules", import.meta.url), "utf8");
    expect(ruleLines).toEqual(source.split("\n").filter((line) => /^-[aw] /.test(line)));
    for (const line of ruleLines) expect(parseRule(line).key).toMatch(/^vedette-/);
  });
});
