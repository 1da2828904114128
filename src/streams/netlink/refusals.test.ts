import { expect, test } from "vitest";
import { SourceAbsent } from "../../ports.ts";
import { Refused } from "./errors.ts";
import { NoForeignCalls } from "./libc.ts";
import { absence } from "./refusals.ts";

test.each([
  ["EPROTONOSUPPORT", 93, /no audit/],
  ["ECONNREFUSED", 111, /user namespace/],
  ["EPERM", 1, /CAP_AUDIT_CONTROL|pid namespace/],
  ["EEXIST", 17, /another process/],
  ["an error that nobody expected", 5, /EIO/],
])("%s is told in words, with what to do", (_, errno, words) => {
  const told = absence(new Refused("audit", errno));
  expect(told.message).toMatch(words);
  expect(told.remedy.length).toBeGreaterThan(10);
});

test("a missing koffi names the machines that there are images for", () => {
  expect(absence(new NoForeignCalls("Cannot find module 'koffi'"))).toMatchObject({
    message: expect.stringContaining(process.arch),
    remedy: expect.stringContaining("arm64"),
  });
});

test("any other failure is an absence too, for a degraded source is taken for one that reads", () => {
  expect(absence(new Error("odd"))).toBeInstanceOf(SourceAbsent);
  const own = new SourceAbsent("a", "b");
  expect(absence(own)).toBe(own);
});
