import { describe, expect, test } from "vitest";
import { customProcessNotAllowed } from "./custom-process-not-allowed.ts";
import { ShellHost } from "./testing/shell-host.ts";

describe("custom: process not allowed", () => {
  const host = () => new ShellHost(customProcessNotAllowed, { allowed: ["/usr/bin/ls", "/opt/plant/*"] });

  test("a program outside the list is an alert, folded by its path", () => {
    expect(host().run("/usr/bin/lsof -i")[0]?.subject).toBe("process /usr/bin/lsof");
  });

  test("an exact entry and a prefix are not", () => {
    expect(host().run("/usr/bin/ls -l")).toEqual([]);
    expect(host().run("/opt/plant/bin/control")).toEqual([]);
    expect(host().run("/opt/plantation/x")).toHaveLength(1);
  });

  test("an empty list is off and reports nothing", () => {
    expect(new ShellHost(customProcessNotAllowed).run("/tmp/x")).toEqual([]);
  });

  test("kernel threads, failed attempts and our own children are not programs of the device", () => {
    expect(host().run("kworker/0:1", { exe: "", ppid: 2 })).toEqual([]);
    expect(host().run("/tmp/x", { ppid: process.pid })).toEqual([]);
    const attempt = { pid: 9, ppid: 8, exe: "/usr/bin/dash", argv: [] };
    expect(host().judge({ kind: "process.started", at: 1, failed: true, process: attempt })).toEqual([]);
  });

  test("programs in containers only where asked for", () => {
    const container = { id: "a".repeat(64) };
    expect(host().run("/tmp/x", { container })).toEqual([]);
    const wide = new ShellHost(customProcessNotAllowed, { allowed: ["/usr/bin/ls"], includeContainers: true });
    expect(wide.run("/tmp/x", { container })).toHaveLength(1);
  });
});
