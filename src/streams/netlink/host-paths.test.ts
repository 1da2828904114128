import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHostRoot } from "../host-root.ts";
import { HostPaths } from "./host-paths.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "host-paths-"));
  mkdirSync(join(directory, "sub"));
  writeFileSync(join(directory, "file"), "");
});
afterAll(() => rmSync(directory, { recursive: true }));

test("standalone, every path is the host's", () => {
  const paths = new HostPaths(openHostRoot("/"));
  expect(paths.reach(join(directory, "sub"))).toEqual({ path: join(directory, "sub"), isDirectory: true });
  expect(paths.reach(join(directory, "file"))).toEqual({ path: join(directory, "file"), isDirectory: false });
});

test("a file may be watched before it is there, but not without its directory", () => {
  const paths = new HostPaths(openHostRoot("/"));
  expect(paths.reach(join(directory, "later"))).toEqual({ path: join(directory, "later"), isDirectory: false });
  expect(paths.reach(join(directory, "none/later"))).toBe("missing");
  expect(paths.reach(join(directory, "file/later"))).toBe("missing");
});
