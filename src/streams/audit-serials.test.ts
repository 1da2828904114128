import { describe, expect, test } from "vitest";
import { AuditSerials } from "./audit-serials.ts";

const lines = (...serials: number[]) =>
  Buffer.from(serials.map((serial) => `type=EOE msg=audit(1700000000.123:${serial}): \n`).join(""));

describe("the serials of an audit log", () => {
  test("tell how many events are missing between two pieces", () => {
    const serials = new AuditSerials();
    expect(serials.next(lines(10, 11))).toBeUndefined();
    expect(serials.next(lines(12))).toBe(0);
    expect(serials.next(lines(1_000, 1_001))).toBe(987);
  });

  test("say nothing over a reboot, nor where a piece has none", () => {
    const serials = new AuditSerials();
    serials.next(lines(500));
    expect(serials.next(Buffer.from("no record\n"))).toBeUndefined();
    expect(serials.next(lines(1))).toBeUndefined();
    expect(serials.next(lines(3))).toBe(1);
  });

  test("do not take another counter for a gap", () => {
    const serials = new AuditSerials();
    serials.next(lines(1));
    expect(serials.next(lines(4_000_000_000))).toBeUndefined();
  });
});
