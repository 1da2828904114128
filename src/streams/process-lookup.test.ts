import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHostRoot } from "./host-root.ts";
import { openProcessLookup, statFields } from "./process-lookup.ts";

let root: string;
const id = "a".repeat(64);

function fake(pid: number, files: Record<string, string>, links: Record<string, string> = {}): void {
  mkdirSync(join(root, "proc", String(pid)), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, "proc", String(pid), name), text);
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(root, "proc", String(pid), name));
}

const stat = (pid: number, comm: string, ppid: number, start: number) =>
  `${pid} (${comm}) S ${ppid} 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 ${start} 0 0\n`;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "lookup-"));
  mkdirSync(join(root, "proc"));
  fake(
    7,
    {
      stat: stat(7, "node", 1, 4711),
      status: "Name:\tnode\nUid:\t1000\t0\t0\t0\n",
      cmdline: "node\0app.js\0--name=a b\0",
      cgroup: `0::/docker/${id}\n`,
    },
    { exe: "/usr/bin/node", cwd: "/srv" },
  );
  fake(8, { stat: stat(8, ") R 99 (x", 7, 5), cmdline: "" });
  fake(9, { stat: stat(9, "x", 7, 5), cmdline: "/tmp/x\0" }, { exe: "/tmp/x (deleted)" });
  fake(10, { stat: "10 (cut", cmdline: "x\0" });
  mkdirSync(join(root, "proc/sys"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const lookup = () => openProcessLookup(openHostRoot(root));

describe("process lookup", () => {
  test("tells everything of a process in a container", () => {
    expect(lookup().lookup(7)).toEqual({
      pid: 7,
      ppid: 1,
      exe: "/usr/bin/node",
      argv: ["node", "app.js", "--name=a b"],
      comm: "node",
      uid: 1000,
      cwd: "/srv",
      startTicks: 4711,
      containerId: id,
    });
  });

  test("a name that holds parentheses and numbers does not shift the fields", () => {
    expect(lookup().lookup(8)).toMatchObject({ comm: ") R 99 (x", ppid: 7, startTicks: 5 });
  });

  test("what may not be read is empty, and the process is still told", () => {
    const found = lookup().lookup(8);
    expect(found).toMatchObject({ exe: "", argv: [] });
    expect(found?.uid).toBeUndefined();
    expect(found?.containerId).toBeUndefined();
  });

  test("an unlinked executable keeps its path and says so", () => {
    expect(lookup().lookup(9)).toMatchObject({ exe: "/tmp/x", exeDeleted: true });
  });

  test("a dead pid, a cut stat and no pid at all are unknown", () => {
    for (const pid of [99_999, 10, 0, -1, Number.NaN, 1.5]) expect(lookup().lookup(pid)).toBeUndefined();
  });

  test("lists pids and nothing else of /proc", () => {
    expect([...lookup().pids()].sort((a, b) => a - b)).toEqual([7, 8, 9, 10]);
  });

  test("a real child is told as it is", async () => {
    const child = spawn("sleep", ["5"], { cwd: "/" });
    try {
      const real = openProcessLookup(openHostRoot("/"));
      expect(real.pids()).toContain(child.pid);
      await expect.poll(() => real.lookup(child.pid as number)?.argv).toEqual(["sleep", "5"]);
      expect(real.lookup(child.pid as number)).toMatchObject({ ppid: process.pid, cwd: "/" });
    } finally {
      child.kill();
    }
  });

  test("arguments are cut at 64 KiB", () => {
    fake(11, { stat: stat(11, "x", 1, 1), cmdline: `x\0${"y".repeat(200_000)}` });
    expect(lookup().lookup(11)?.argv.join("").length).toBeLessThanOrEqual(64 * 1024);
  });

  test("stat without its fields is nothing", () => {
    for (const text of ["", "1 (x", "1 (x) S", undefined]) expect(statFields(text)).toBeUndefined();
  });
});
