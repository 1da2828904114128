import { expect, test } from "vitest";
import { endOfStamp, StampReader } from "./syslog-stamp.ts";

const read = (text: string, now: number, offset?: number) =>
  new StampReader({ now: () => now, offset: offset === undefined ? undefined : () => offset }).read(text);

test("a stamp of December read in January belongs to the year before", () => {
  expect(read("Dec 31 23:59:59", Date.UTC(2027, 0, 1, 0, 0, 5))).toBe(Date.UTC(2026, 11, 31, 23, 59, 59));
});

test("a stamp of January read in December, by a clock a little behind, belongs to the year to come", () => {
  expect(read("Jan  1 00:00:01", Date.UTC(2026, 11, 31, 23, 59, 58))).toBe(Date.UTC(2027, 0, 1, 0, 0, 1));
});

test("a stamp more than a day ahead of the reference belongs to the past", () => {
  expect(read("Jun 17 12:00:00", Date.UTC(2026, 5, 15))).toBe(Date.UTC(2025, 5, 17, 12));
});

test("29 February belongs to the last leap year", () => {
  expect(read("Feb 29 10:00:00", Date.UTC(2027, 2, 1))).toBe(Date.UTC(2024, 1, 29, 10));
});

test("local time is moved by the host's offset, also over the turn of the year", () => {
  expect(read("Jan  1 08:59:00", Date.UTC(2026, 11, 31, 23, 59, 30), 540)).toBe(Date.UTC(2026, 11, 31, 23, 59));
});

test("a zone in the stamp wins over the host's", () => {
  expect(read("2026-06-15T10:00:00.5-03:30", 0, 540)).toBe(Date.UTC(2026, 5, 15, 13, 30, 0, 500));
});

test.each(["Xyz 10 10:00:00", "Jun 32 10:00:00", "Jun 10 24:00:00", "anF 10 10:00:00", "2026-13-01T00:00:00Z"])(
  "%s is no time",
  (text) => expect(read(text, Date.UTC(2026, 5, 15))).toBeUndefined(),
);

test("a host's name is not taken for a stamp", () => {
  expect(endOfStamp("Edge sshd[1]: x", 0)).toBe(0);
  expect(endOfStamp("Jun 15 10:00:00 edge", 0)).toBe(15);
});
