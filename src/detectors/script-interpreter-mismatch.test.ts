import { describe, expect, test } from "vitest";
import { scriptInterpreterMismatch } from "./script-interpreter-mismatch.ts";
import { ShellHost } from "./testing/shell-host.ts";

describe("script and interpreter disagree", () => {
  test.each([
    "sh /tmp/logo.png",
    "perl -w report.pdf",
    "bash session.log",
    "python3.11 job.sh",
    "sh job.py",
    "php a.gif",
  ])("%s", (line) => {
    expect(new ShellHost(scriptInterpreterMismatch).run(line)).toHaveLength(1);
  });

  test("in a longer line, with the path resolved", () => {
    const [match] = new ShellHost(scriptInterpreterMismatch).line("cd /tmp; id; perl q.jpg");
    expect(match?.evidence.file?.path).toBe("/tmp/q.jpg");
  });

  test.each([
    "sh job.sh",
    "bash installer.run",
    "python3 -m http.server",
    "python3 app.pyz",
    "node package.json",
    "php index.html",
    "expect login.sh",
    "sh config.status",
    "perl -x notes.txt",
    "awk -f sum.sh",
    "cat logo.png",
    "bash -c ./logo.png.sh",
    "python3 /usr/share/app/launch.sh",
  ])("near miss stays quiet: %s", (line) => {
    expect(new ShellHost(scriptInterpreterMismatch).run(line)).toEqual([]);
  });

  test("an allowed path, and a package manager's doing, stay quiet", () => {
    expect(new ShellHost(scriptInterpreterMismatch, { allowedPaths: ["/home/eve/a.txt"] }).run("sh a.txt")).toEqual([]);
    const ancestors = [{ pid: 3, exe: "/usr/bin/dpkg", argv: ["dpkg"], uid: 0 }];
    expect(new ShellHost(scriptInterpreterMismatch).run("sh a.txt", { ancestors })).toEqual([]);
  });
});
