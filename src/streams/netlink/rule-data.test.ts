import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { machineOf } from "./architecture.ts";
import { encodeRule, identityOf, keyOf } from "./rule-data.ts";
import { parseRule, type Rule } from "./rule-line.ts";

interface Golden {
  readonly line: string;
  /** The mask of system calls has all bits set. */
  readonly all: boolean;
  /** Non-zero words of struct audit_rule_data by their number, without such a mask. */
  readonly words: Readonly<Record<string, number>>;
  readonly text: string;
  readonly bytes: number;
}

/** What auditctl 3.0.9 sent on x86-64 (strace of its sendto), sparse. */
const golden: readonly Golden[] = JSON.parse(readFileSync(new URL("testdata/auditctl.json", import.meta.url), "utf8"));
const x86 = machineOf("x86_64") ?? {};

function bytesOf({ all, words, text, bytes }: Golden): Buffer {
  const data = Buffer.alloc(bytes);
  if (all) data.fill(0xff, 12, 268);
  for (const [at, word] of Object.entries(words)) data.writeUInt32LE(word, 4 * Number(at));
  data.write(text, 1040);
  return data;
}

/** auditctl looks at the host; there /etc/audit was a directory. */
function asOnThatHost(rule: Rule): Rule {
  const fields = rule.fields.map((f) => (f.value === "/etc/audit" ? { ...f, name: "dir" as const } : f));
  return { ...rule, fields };
}

describe("a rule for the kernel", () => {
  test.each(golden)("is what auditctl makes of $line", (each) => {
    expect(encodeRule(asOnThatHost(parseRule(each.line)), x86)?.toString("hex")).toBe(bytesOf(each).toString("hex"));
  });

  test("is none where the machine lacks the architecture or one of the calls", () => {
    const arm64 = machineOf("aarch64") ?? {};
    expect(
      encodeRule(parseRule("-a always,exit -F arch=b64 -S unlink,rename -F success=1 -k k"), arm64),
    ).toBeUndefined();
    expect(
      encodeRule(parseRule("-a always,exit -F arch=b64 -S execve -k k"), machineOf("armv7l") ?? {}),
    ).toBeUndefined();
    expect(encodeRule(parseRule("-a always,exit -F arch=b32 -S execve -k k"), machineOf("armv7l") ?? {})).toBeDefined();
  });

  test("tells its key also behind other texts", () => {
    const rule = parseRule("-a always,exit -F dir=/usr/bin -F perm=wa -F exe!=/usr/bin/dpkg -k some-key");
    expect(keyOf(encodeRule(rule, x86) as Buffer)).toBe("some-key");
  });

  test("without a key, or cut short, has none", () => {
    expect(keyOf(Buffer.alloc(12))).toBeUndefined();
    expect(keyOf(Buffer.alloc(1_040))).toBeUndefined();
  });

  test("is the same when the kernel lists it without padding and without the class bits", () => {
    const sent = encodeRule(parseRule("-w /etc/passwd -p wa -k vedette"), x86) as Buffer;
    const listed = Buffer.from(sent.subarray(0, 1_040 + sent.readUInt32LE(1_036)));
    listed.writeUInt32LE(0, 264);
    expect(identityOf(listed)).toBe(identityOf(sent));
    const other = encodeRule(parseRule("-w /etc/passwd -p rwa -k vedette"), x86) as Buffer;
    expect(identityOf(other)).not.toBe(identityOf(sent));
  });

  test("of 32-bit programs has the numbers of their architecture", () => {
    const rule = parseRule("-a always,exit -F arch=b32 -S execve -k k");
    const [pc, board] = ["x86_64", "aarch64"].map((m) => encodeRule(rule, machineOf(m) ?? {}) as Buffer);
    expect([pc?.readUInt32LE(524), board?.readUInt32LE(524)]).toEqual([0x4000_0003, 0x4000_0028]);
    expect([pc?.readUInt32LE(12), board?.readUInt32LE(12)]).toEqual([1 << 11, 1 << 11]);
  });
});

describe("what a machine calls b64 and b32", () => {
  test.each([
    ["x86_64", 0xc000_003e, 0x4000_0003],
    ["aarch64", 0xc000_00b7, 0x4000_0028],
    ["armv8l", 0xc000_00b7, 0x4000_0028],
    ["armv7l", undefined, 0x4000_0028],
    ["i686", undefined, 0x4000_0003],
    ["riscv64", 0xc000_00f3, undefined],
  ])("%s", (machine, b64, b32) => {
    const found = machineOf(machine);
    expect([found?.b64?.value, found?.b32?.value]).toEqual([b64, b32]);
  });

  test("is not guessed", () => {
    expect(machineOf("ppc64le")).toBeUndefined();
  });
});
