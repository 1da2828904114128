import { describe, expect, test } from "vitest";
import type { Fact, Process } from "../events/fact.ts";
import { auditdDisabledCommand } from "./auditd-disabled.command.ts";
import { auditdDisabledEvent } from "./auditd-disabled.event.ts";
import { auditdDisabledFile } from "./auditd-disabled.file.ts";
import { below, process, ran, run, script, tick } from "./testing/root-shell.ts";

const minute = 60_000;

describe("auditing disabled by a command", () => {
  test.each([
    "auditctl -e 0",
    "auditctl -e0",
    "service auditd stop",
    "/etc/init.d/auditd stop",
    "systemctl disable --now auditd",
    "update-rc.d auditd remove",
    "kill -9 $(pidof auditd)",
    "killall -s KILL auditd",
    "auditctl -a never,task",
    "truncate -s 0 /etc/audit/audit.rules",
    "apt-get purge -y auditd",
    "grubby --update-kernel=ALL --args=audit=0",
  ])("%s fires at once", (line) => {
    expect(run(auditdDisabledCommand, [script(line)])).toMatchObject([{ confidence: "high" }]);
  });

  test.each([
    "auditctl -l",
    "auditctl -e 1",
    "systemctl restart auditd",
    "pkill -HUP auditd",
    "auditctl -a always,exit -S execve -k exec",
    "cat /etc/audit/auditd.conf",
    "echo auditctl -e 0",
  ])("%s raises nothing", (line) => {
    expect(run(auditdDisabledCommand, [script(line), tick(10 * minute)])).toEqual([]);
  });

  test("deleted rules wait for new ones", () => {
    const gone = ran(["auditctl", "-D"]);
    const load = (at: number) => ran(["auditctl", "-R", "/etc/audit/audit.rules"], {}, at);
    expect(run(auditdDisabledCommand, [gone, tick(11_000)])).toEqual([]);
    expect(run(auditdDisabledCommand, [gone, tick(11_001)])).toMatchObject([{ at: 1000 }]);
    expect(run(auditdDisabledCommand, [gone, load(11_000), tick(minute)])).toEqual([]);
    expect(run(auditdDisabledCommand, [gone, load(11_001), tick(minute)])).toHaveLength(1);
  });

  test("a package's script may stop it", () => {
    expect(run(auditdDisabledCommand, [ran(["systemctl", "stop", "auditd"], below("/usr/bin/dpkg"))])).toEqual([]);
  });
});

describe("auditing disabled as audit tells it", () => {
  const changed = (change: "daemon-ended" | "daemon-started" | "daemon-aborted" | "disabled", at = 1000): Fact => ({
    kind: "audit.changed",
    at,
    change,
  });
  const seen = (...facts: Fact[]) => run(auditdDisabledEvent, facts);

  test("the kernel's switch and an abort fire at once", () => {
    expect(seen(changed("disabled"))).toHaveLength(1);
    expect(seen(changed("daemon-aborted"))).toHaveLength(1);
  });

  test("an end fires when neither shutdown nor restart follows", () => {
    expect(seen(changed("daemon-ended"), tick(121_001))).toMatchObject([{ at: 1000 }]);
    expect(seen(changed("daemon-ended"), tick(121_000))).toEqual([]);
  });

  test("an end with a shutdown on either side, or a restart, raises nothing", () => {
    const late = tick(20 * minute);
    expect(seen(changed("daemon-ended"), { kind: "host.shutdown", at: 121_000 }, late)).toEqual([]);
    expect(seen({ kind: "host.shutdown", at: 1000 }, changed("daemon-ended", 121_000), late)).toEqual([]);
    expect(seen({ kind: "host.shutdown", at: 1000 }, changed("daemon-ended", 121_001), late)).toHaveLength(1);
    expect(seen(changed("daemon-ended"), changed("daemon-started", 50_000), late)).toEqual([]);
  });

  test("the daemon's end and its unit's stop are one", () => {
    const stop: Fact = { kind: "service.stopped", at: 1500, unit: "auditd", succeeded: true };
    expect(seen(changed("daemon-ended"), stop, tick(20 * minute))).toMatchObject([{ count: 2 }]);
  });

  test("rules that go fire, but not Vedette's own when the kernel names nobody: it gave way to auditd", () => {
    const removed = (key: string, by?: Process): Fact => ({
      kind: "audit.changed",
      at: 1000,
      change: "rule-removed",
      key,
      ...(by && { process: by }),
    });
    const late = tick(20 * minute);
    expect(seen(removed("vedette"), late)).toEqual([]);
    expect(seen(removed("vedette", process(["auditctl", "-D"])), late)).toHaveLength(1);
    expect(seen(removed("vedette-exec"), late)).toHaveLength(1);
  });

  test("a deadly signal fires, a reload and init's own do not", () => {
    const signal = (number: number, more: Partial<Process> = {}): Fact => ({
      kind: "signal.sent",
      at: 1000,
      signal: number,
      target: { pid: 5, comm: "auditd" },
      process: process(["bash"], more),
    });
    expect(seen(signal(9))).toHaveLength(1);
    expect(seen(signal(1))).toEqual([]);
    expect(seen(signal(15, { pid: 1, exe: "/usr/lib/systemd/systemd" }))).toEqual([]);
  });
});

describe("the audit configuration", () => {
  const wrote = (path: string, more: Partial<Process> = {}, settings: object = {}) =>
    run(
      auditdDisabledFile,
      [{ kind: "file.changed", at: 1000, operation: "write", file: { path }, process: process(["sed"], more) }],
      settings,
    );

  test("changed by hand fires, by its own tools or a package not", () => {
    expect(wrote("/etc/audit/rules.d/50-x.rules")).toHaveLength(1);
    expect(wrote("/etc/audit/audit.rules", below("/usr/sbin/augenrules"))).toEqual([]);
    expect(wrote("/etc/audit/audit.rules", { exe: "/usr/bin/dpkg" })).toEqual([]);
    expect(wrote("/etc/audit/audit.rules", { exe: "/opt/cm/agent" }, { allowedWriters: ["/opt/cm/agent"] })).toEqual(
      [],
    );
    expect(wrote("/etc/auditors.txt")).toEqual([]);
  });
});
