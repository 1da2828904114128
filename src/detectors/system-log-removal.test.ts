import { describe, expect, test } from "vitest";
import type { Fact } from "../events/fact.ts";
import { systemLogRemovalCommand } from "./system-log-removal.command.ts";
import { systemLogRemovalFile } from "./system-log-removal.file.ts";
import { below, process, ran, run, script } from "./testing/root-shell.ts";

const strong = (line: string, settings?: object) =>
  run(systemLogRemovalCommand, [script(line)], settings).filter(({ confidence }) => confidence !== "low");

describe("system logs removed by a command", () => {
  test.each([
    "rm -f /var/log/auth.log",
    "> /var/log/wtmp",
    "cat /dev/null >| /var/log/lastlog",
    "truncate --size=0 /var/log/kern.log",
    "ln -sf /dev/null /var/log/btmp",
    "rm -rf /var/log/*",
    "cd /var/log && rm -f secure messages",
    "rm /var/log/{syslog,daemon.log}",
    "for f in /var/log/*; do : > $f; done",
    "for f in /var/log/wtmp /var/run/utmp; do : > $f; done",
    "mv /var/log/secure /tmp/.s",
    "journalctl --rotate --vacuum-time=1s",
    "journalctl --vacuum-size 1M",
    "find /var/log -type f -exec truncate -s 0 {} +",
    "rm -rf /var/log/audit",
  ])("%s fires", (line) => {
    expect(strong(line)).toHaveLength(1);
  });

  test.each([
    "rm -f /var/log/syslog.2.gz",
    "find /var/log -name '*.gz' -delete",
    "find /var/log -type f -mtime +30 -delete",
    "find /var/log/journal -name 'system@*.journal~' -exec rm {} +",
    "journalctl --vacuum-time=2weeks",
    "journalctl --vacuum-size=200M",
    "echo ok >> /var/log/messages",
    "ls /var/log/*",
    "mv /var/log/messages /var/log/messages.1",
    "ln -sf /dev/stdout /var/log/nginx/access.log",
    "ln -sf /proc/1/fd/2 /var/log/nginx/error.log",
    "rm -rf /var/log/aziot",
    "apt-get clean && rm -rf /var/lib/apt/lists/* /var/log/*",
  ])("%s raises nothing above low", (line) => {
    expect(strong(line)).toEqual([]);
  });

  test("the journal's limits are the operator's", () => {
    expect(strong("journalctl --vacuum-time=1d")).toHaveLength(1);
    expect(strong("journalctl --vacuum-time=25h")).toEqual([]);
    expect(strong("journalctl --vacuum-time=2d", { journalDays: 2 })).toHaveLength(1);
  });

  test("logrotate's scripts may", () => {
    expect(run(systemLogRemovalCommand, [ran(["rm", "/var/log/messages"], below("/usr/sbin/logrotate"))])).toEqual([]);
  });
});

describe("a system log as a file", () => {
  const changed = (
    operation: "delete" | "rename" | "create" | "write",
    path: string,
    exe: string,
    from?: string,
  ): Fact => ({
    kind: "file.changed",
    at: 1,
    operation,
    file: { path },
    from,
    process: process(["x"], { exe }),
  });
  const seen = (fact: Fact) => run(systemLogRemovalFile, [fact]).length;

  test("unlinked or overwritten fires", () => {
    expect(seen(changed("delete", "/var/log/wtmp", "/usr/bin/python3"))).toBe(1);
    expect(seen(changed("create", "/var/log/secure", "/usr/bin/bash"))).toBe(1);
    expect(seen(changed("rename", "/tmp/x", "/usr/bin/mv", "/var/log/auth.log"))).toBe(1);
  });

  test("rotated, created by its daemon, or appended to raises nothing", () => {
    expect(seen(changed("rename", "/var/log/auth.log.1", "/usr/bin/mv", "/var/log/auth.log"))).toBe(0);
    expect(seen(changed("create", "/var/log/syslog", "/usr/sbin/rsyslogd"))).toBe(0);
    expect(seen(changed("delete", "/run/log/journal/a/system.journal", "/usr/lib/systemd/systemd-journald"))).toBe(0);
    expect(seen(changed("write", "/var/log/syslog", "/usr/bin/bash"))).toBe(0);
  });
});
