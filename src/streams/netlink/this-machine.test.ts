import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openHostRoot } from "../host-root.ts";
import { refuseForeignRoot } from "./this-machine.ts";

const bootId = "/proc/sys/kernel/random/boot_id";
let root: string | undefined;

function rootWith(id?: string) {
  root = mkdtempSync(join(tmpdir(), "root-"));
  mkdirSync(join(root, "proc/sys/kernel/random"), { recursive: true });
  if (id !== undefined) writeFileSync(join(root, bootId), id);
  return openHostRoot(root);
}

afterEach(() => {
  if (root) rmSync(root, { recursive: true, force: true });
});

test("the machine's own root and a bind of it are taken", () => {
  expect(() => refuseForeignRoot(openHostRoot("/"))).not.toThrow();
  expect(() => refuseForeignRoot(rootWith(readFileSync(bootId, "utf8")))).not.toThrow();
});

test("the root of another machine is refused, and one without /proc", () => {
  expect(() => refuseForeignRoot(rootWith("00000000-0000-4000-8000-000000000001\n"))).toThrow(
    "not this machine's root",
  );
  expect(() => refuseForeignRoot(rootWith())).toThrow("not this machine's root");
});
