import { describe, expect, test } from "vitest";
import type { Command } from "./command.ts";
import { commandLine } from "./command.ts";
import { fetchOf } from "./fetchers.ts";

const fetched = (text: string) => {
  const { commands } = commandLine({ pid: 1, ppid: 1, exe: "/bin/sh", argv: ["sh", "-c", text], cwd: "/w", uid: 0 });
  return fetchOf(commands[1] as Command);
};

describe("what a command fetches and where to", () => {
  test.each([
    ["wget http://h.example/d/a", ["/w/a"]],
    ["wget http://h.example/", ["/w/index.html"]],
    ["wget 'http://h.example/a?v=1'", ["/w/a", "/w/a?v=1"]],
    ["wget -qP /tmp http://h.example/a", ["/tmp/a"]],
    ["wget -O b http://h.example/a", ["/w/b"]],
    ["wget http://h.example/a -O - > c", ["/w/c"]],
    ["curl -fsSLO http://h.example/a", ["/w/a"]],
    ["curl http://h.example/a -o/tmp/b", ["/tmp/b"]],
    ["curl --output-dir /tmp -O http://h.example/a", ["/tmp/a"]],
    ["curl http://h.example/a >> b", ["/w/b"]],
    ["tftp -l.i -r.i -g 192.0.2.4:99", ["/w/.i"]],
    ["tftp 192.0.2.4 -c get a b", ["/w/b"]],
    ["ftpget -u a -p b 192.0.2.4 l r", ["/w/l"]],
    ["ftp -n 192.0.2.4 <<E\nuser a b\nget x y\nE", ["/w/y"]],
    ["scp -P 22 u@192.0.2.4:/x/k /tmp/", ["/tmp", "/tmp/k"]],
    ["nc 192.0.2.4 80 > x", ["/w/x"]],
    ["aria2c -d /tmp -o z http://h.example/a", ["/tmp/z"]],
    ["php -r \"copy('http://h.example/a', 'setup.php');\"", ["/w/setup.php"]],
  ])("%s writes %j", (text, files) => {
    expect(fetched(text)?.files).toEqual(files);
    expect(fetched(text)?.stdout && !text.startsWith("php")).toBe(false);
  });

  test.each([
    "curl -s http://h.example/a",
    "wget -qO- http://h.example/a",
    "GET http://h.example/a",
    "cat < /dev/tcp/192.0.2.4/80",
  ])("%s prints", (text) => {
    expect(fetched(text)).toMatchObject({ stdout: true, files: [] });
  });

  test.each([
    "wget --version",
    "wget --spider http://h.example/a",
    "curl -T f http://h.example/",
    "curl -I http://h.example/",
    "curl http://127.0.0.1/a -o b",
    "curl --unix-socket /run/d.sock http://h.example/v1",
    "scp f u@h.example:/x",
    "nc -l 80 > x",
    "nc -zv h.example 80",
    "rsync -a a/ b/",
    "cat a > b",
  ])("%s fetches nothing", (text) => {
    expect(fetched(text)).toBeUndefined();
  });
});
