import { describe, expect, test } from "vitest";
import type { Fact } from "../events/fact.ts";
import { commonFilesOverwrittenCommand } from "./common-files-overwritten.command.ts";
import { commonFilesOverwrittenFile } from "./common-files-overwritten.file.ts";
import { below, grade, process, ran, run, script } from "./testing/root-shell.ts";

describe("common files overwritten by a command", () => {
  test.each([
    "cp /tmp/k /bin/netstat",
    "mv /usr/bin/ss /usr/bin/ss.old",
    "echo /tmp/x.so > /etc/ld.so.preload",
    "echo 'k::0:0::/:/bin/sh' | tee -a /etc/passwd",
    "sed -i.bak s/x/y/ /etc/shadow",
    "dd if=/tmp/p of=/etc/group",
    "install -m 755 -t /usr/sbin /tmp/sshd",
    "cp pam_unix.so /lib/x86_64-linux-gnu/security/",
    "echo '#!/bin/sh' > /usr/bin/helper",
    "ln -sf /tmp/ls /bin/ls",
    "echo '0.0.0.0 updates.vendor.com' >> /etc/hosts",
    "echo '203.0.113.9 deb.vendor.org' >> /etc/hosts",
  ])("%s fires", (line) => {
    expect(run(commonFilesOverwrittenCommand, [script(line)])).toMatchObject([{ confidence: "medium" }]);
  });

  test.each([
    "cp tool /usr/bin/tool",
    "echo '#!/bin/sh' > /usr/sbin/policy && chmod +x /usr/sbin/policy",
    "ln -sf bash /bin/sh",
    "echo 'eve ALL=(ALL) ALL' > /etc/sudoers.d/eve",
    "echo '192.0.2.7 db' >> /etc/hosts",
    "echo '127.0.0.1 app.local api.localhost' >> /etc/hosts",
  ])("%s is dual use", (line) => {
    expect(grade(run(commonFilesOverwrittenCommand, [script(line)]))).toEqual(["low"]);
  });

  test.each([
    "cp tool /usr/local/bin/tool",
    "cat /etc/passwd",
    "cp /etc/passwd /srv/backup/passwd",
    "chmod +x /usr/bin/ls",
    "echo x >> /etc/motd",
    "ls > /dev/null",
  ])("%s raises nothing", (line) => {
    expect(run(commonFilesOverwrittenCommand, [script(line)])).toEqual([]);
  });

  test("a package and the tool in charge may", () => {
    const copy = ["cp", "/tmp/passwd", "/etc/passwd"];
    for (const exe of ["/usr/bin/dpkg", "/usr/sbin/useradd"])
      expect(run(commonFilesOverwrittenCommand, [ran(copy, below(exe))])).toEqual([]);
  });
});

describe("common files as audit tells it", () => {
  const changed = (path: string, exe: string, operation: "create" | "write" = "create", from?: string): Fact => ({
    kind: "file.changed",
    at: 1,
    operation: from ? "rename" : operation,
    file: { path },
    from,
    process: process(["x"], { exe }),
  });
  const seen = (fact: Fact) => grade(run(commonFilesOverwrittenFile, [fact]));

  test("written by a shell, or moved away, fires", () => {
    expect(seen(changed("/bin/ps", "/usr/bin/bash"))).toEqual(["medium"]);
    expect(seen(changed("/usr/bin/ss.old", "/usr/bin/mv", "create", "/usr/bin/ss"))).toEqual(["medium"]);
  });

  test("a new program by hand, an editor, a line for hosts are low", () => {
    expect(seen(changed("/usr/bin/tool", "/usr/bin/cp"))).toEqual(["low"]);
    expect(seen(changed("/etc/passwd", "/usr/bin/vim.basic", "write"))).toEqual(["low"]);
    expect(seen(changed("/etc/hosts", "/usr/bin/bash", "write"))).toEqual(["low"]);
  });

  test("a package, the shadow suite and other places raise nothing", () => {
    expect(seen(changed("/bin/ps", "/usr/bin/dpkg"))).toEqual([]);
    expect(seen(changed("/etc/shadow", "/usr/bin/passwd"))).toEqual([]);
    expect(seen(changed("/usr/local/bin/x", "/usr/bin/bash"))).toEqual([]);
  });
});
