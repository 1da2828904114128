import { describe, expect, test } from "vitest";
import type { SourceReported } from "../events/fact.ts";
import { sourceLine } from "./source-line.ts";
import { Terminal } from "./terminal.ts";

const plain = new Terminal({ isTTY: false }, {});
const report = (over: Partial<SourceReported> = {}): SourceReported => ({
  kind: "source.reported",
  at: 0,
  source: "audit-log",
  state: "absent",
  reason: "cannot read /var/log/audit/audit.log: ENOENT",
  remedy: "install auditd on the host, load etc/audit/30-vedette.rules, and mount /var/log read-only",
  ...over,
});

describe("a source", () => {
  test("is one line for a program that reads it", () => {
    expect(sourceLine(report(), plain)).toBe(
      "  audit-log       absent    cannot read /var/log/audit/audit.log: ENOENT  → install auditd on the host, load etc/audit/30-vedette.rules, and mount /var/log read-only",
    );
  });

  test("fits a terminal, the remedy below the reason", () => {
    expect(sourceLine(report(), plain, 80).split("\n")).toEqual([
      "  audit-log       absent    cannot read /var/log/audit/audit.log: ENOENT",
      "                            → install auditd on the host, load",
      "                            etc/audit/30-vedette.rules, and mount /var/log",
      "                            read-only",
    ]);
  });

  test("that is live has nothing to say, and no blanks behind it", () => {
    expect(sourceLine(report({ state: "live", reason: "", remedy: undefined }), plain, 80)).toBe(
      "  audit-log       live",
    );
  });

  test("is shown whole on the narrowest terminal, whatever is in it", () => {
    const shown = sourceLine(report({ reason: "x".repeat(10_000) }), plain, 1);
    expect(shown).toContain("x".repeat(10_000));
  });
});
