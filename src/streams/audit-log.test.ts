import { renameSync, rmSync, writeFileSync } from "node:fs";
import { appendFile, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subscription } from "rxjs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Fact, FactOf, SourceReported } from "../events/fact.ts";
import { SourceAbsent } from "../ports.ts";
import { auditLog } from "./audit-log.ts";
import { openHostRoot } from "./host-root.ts";
import type { TailPosition } from "./tail.ts";

let root: string;
let log: string;
const open: Subscription[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "audit-"));
  await mkdir(join(root, "var/log/audit"), { recursive: true });
  await mkdir(join(root, "etc/audit"), { recursive: true });
  log = join(root, "var/log/audit/audit.log");
});
afterEach(async () => {
  for (const subscription of open.splice(0)) subscription.unsubscribe();
  await rm(root, { recursive: true, force: true });
});

function exec(serial: number, name: string): string[] {
  const stamp = `msg=audit(1700000000.${String(serial).padStart(3, "0")}:${serial}):`;
  return [
    `type=SYSCALL ${stamp} arch=c000003e syscall=59 success=yes exit=0 a0=0 a1=0 a2=0 a3=0 items=0 ppid=1 pid=${serial} auid=0 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=1 comm="x" exe="/bin/x" key=(null)\n`,
    `type=EXECVE ${stamp} argc=1 a0="${name}"\n`,
    `type=PROCTITLE ${stamp} proctitle="${name}"\n`,
  ];
}

function follow(position?: unknown) {
  const facts: Fact[] = [];
  const state: { error?: unknown } = {};
  const subscription = auditLog({ hostRoot: openHostRoot(root) })
    .open(position)
    .subscribe({
      next: (fact) => facts.push(fact),
      error: (error) => {
        state.error = error;
      },
    });
  open.push(subscription);
  const of = <K extends Fact["kind"]>(kind: K) => facts.filter((fact) => fact.kind === kind) as FactOf<K>[];
  return {
    facts,
    state,
    of,
    stop: () => subscription.unsubscribe(),
    names: () => of("process.started").map(({ process }) => process.argv[0]),
    position: () => of("source.advanced").at(-1)?.position as TailPosition | undefined,
    reports: () => of("source.reported").map(({ state, reason }: SourceReported) => `${state} ${reason}`.trim()),
  };
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(condition()).toBe(true);
}

describe("the audit log", () => {
  test("a log that began after us is read whole, and what comes is followed", async () => {
    await writeFile(log, exec(1, "one").join(""));
    const seen = follow();
    await until(() => seen.names().length === 1);
    await appendFile(log, exec(2, "two").join(""));
    await until(() => seen.names().length === 2);
    expect(seen.names()).toEqual(["one", "two"]);
    expect(seen.reports()).toEqual(["live"]);
  });

  test("what was rotated away before it was read is counted by the kernel's own numbers", async () => {
    await writeFile(log, exec(1, "one").join(""));
    const seen = follow();
    await until(() => seen.names().length === 1);
    // In one turn, so that the reader sees only what is left.
    for (const serial of [2, 20, 50]) {
      rmSync(`${log}.1`, { force: true });
      renameSync(log, `${log}.1`);
      writeFileSync(log, exec(serial, `exec${serial}`).join(""));
    }
    await until(() => seen.names().length === 3);
    expect(seen.names()).toEqual(["one", "exec20", "exec50"]);
    expect(seen.of("coverage.lost")).toMatchObject([
      { lost: 18, reason: "audit.log was rotated away faster than it was read" },
    ]);
  });

  test("an event without its end mark leaves after a pause", async () => {
    await writeFile(log, exec(1, "one").slice(0, 2).join(""));
    const seen = follow();
    await until(() => seen.names().length === 1);
  });

  test("the stored place never lies behind an event that was not given", async () => {
    const whole = exec(1, "one").join("");
    const [head, ...rest] = exec(2, "two") as [string, string, string];
    await writeFile(log, whole + head);
    const first = follow();
    await until(() => first.position() !== undefined && first.names().length === 1);
    const { offset } = first.position() as TailPosition;
    first.stop();
    expect(offset).toBeLessThanOrEqual(whole.length);
    await appendFile(log, rest.join(""));
    const second = follow(JSON.parse(JSON.stringify(first.position())));
    await until(() => second.names().at(-1) === "two");
  });

  test("after a restart over a rotation nothing is lost and what was settled does not come again", async () => {
    await writeFile(log, exec(1, "one").join(""));
    const first = follow();
    await until(() => (first.position()?.offset ?? 0) > 0);
    first.stop();
    await appendFile(log, exec(2, "two").join(""));
    await rename(log, `${log}.1`);
    await writeFile(log, exec(3, "three").join(""));
    const second = follow(first.position());
    await until(() => second.names().length === 2);
    expect(second.names()).toEqual(["two", "three"]);
    expect(second.of("coverage.lost")).toEqual([]);
  });

  test("a truncated log is a loss of coverage", async () => {
    await writeFile(log, exec(1, "one").join(""));
    const seen = follow();
    await until(() => seen.names().length === 1);
    await writeFile(log, "");
    await until(() => seen.of("coverage.lost").length === 1);
    expect(seen.of("coverage.lost")[0]).toMatchObject({ source: "audit-log", reason: "audit.log was truncated" });
  });

  test("without a log the source is absent, with what to do", async () => {
    const seen = follow();
    await until(() => seen.state.error !== undefined);
    expect(seen.state.error).toBeInstanceOf(SourceAbsent);
    expect((seen.state.error as SourceAbsent).remedy).toContain("install auditd");
    expect(seen.reports()).toEqual([]);
  });
});

describe("its health", () => {
  test("rules without execve are told, until an execution is seen after all", async () => {
    await writeFile(join(root, "etc/audit/audit.rules"), "-D\n-w /etc/passwd -p wa\n");
    await writeFile(log, "");
    const seen = follow();
    await until(() => seen.reports().length === 1);
    await appendFile(log, exec(1, "one").join(""));
    await until(() => seen.reports().length === 2);
    expect(seen.reports()).toEqual(["degraded no audit rule records executed programs", "live"]);
  });

  test.each([
    "-a always,exit -F arch=b64 -S execve,execveat -k x",
    "-a exit,always -F arch=b64 -S connect,execve",
    "-a always,exit -S all -F uid=0",
  ])("rules with %s are enough", async (rule) => {
    await writeFile(join(root, "etc/audit/audit.rules"), `-D\n${rule}\n`);
    await writeFile(log, "");
    const seen = follow();
    await until(() => seen.reports().length === 1);
    expect(seen.reports()).toEqual(["live"]);
  });

  test("auditing switched off, and on again", async () => {
    await writeFile(log, "");
    const seen = follow();
    await until(() => seen.reports().length === 1);
    const change = (to: number) =>
      `type=CONFIG_CHANGE msg=audit(1700000001.000:${70 + to}): op=set audit_enabled=${to} old=${1 - to} auid=0 ses=1 res=1\n`;
    await appendFile(log, change(0));
    await until(() => seen.reports().length === 2);
    await appendFile(log, change(1));
    await until(() => seen.reports().length === 3);
    expect(seen.reports()).toEqual(["live", "degraded auditing is switched off in the kernel", "live"]);
  });
});
