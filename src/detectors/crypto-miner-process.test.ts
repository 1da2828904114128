import { describe, expect, test } from "vitest";
import { cryptoMinerProcess } from "./crypto-miner-process.ts";
import { clear, ShellHost } from "./testing/shell-host.ts";

const wallet = `4${"A".repeat(1)}${"b7Xk".repeat(23)}z`;

describe("crypto miner process", () => {
  test.each([
    "/opt/x/xmrig-6.99.1-linux-x64/xmrig -c c.json",
    "/tmp/kdevtmpfsi",
    "./systemd-worker -o stratum+tcp://192.0.2.8:3333 -u x",
    "./w --donate-level=0 --url 192.0.2.8:443",
    "./w --url=xmr-eu1.pool.example:14444",
    "./w -a rx/0 -o 192.0.2.8:5555 -p x",
    `./w -o 192.0.2.8:80 -u ${wallet}`,
    "./w --algo=cn/r --threads=2",
    "minerd --algo=scrypt --url http://192.0.2.8:9332",
    "echo cpuminer-multi",
    "curl -s http://eu.pool.nanopool.org/x",
    "wrmsr -a 0x1a4 0xf",
    "docker run -d example/monero-miner -t 2",
    "wget https://mirror.example/xmrig-6.99.1-linux-x64.tar.gz",
    `echo ${Buffer.from("./a -o stratum+tcp://192.0.2.8:1").toString("base64")}`,
  ])("%s", (line) => {
    expect(clear(new ShellHost(cryptoMinerProcess).run(line))).toHaveLength(1);
  });

  test("inside a line, behind wrappers and in the background", () => {
    const found = new ShellHost(cryptoMinerProcess).line("cd /tmp; nice -n 19 nohup ./ccminer -o x >/dev/null 2>&1 &");
    expect(found[0]?.subject).toBe("miner ccminer");
  });

  test.each([
    "man xmrig",
    "apt-get install cpuminer",
    "echo the cpuminer-multi manual",
    "grep stratum+tcp:// /var/log/proxy.log",
    "pkill xmrig",
    "iptables -A OUTPUT -d pool.supportxmr.com -j DROP",
    "git clone https://git.example/xmrig/xmrig.git",
    "curl https://api.nanopool.org/v1/status",
    "xmrig --version",
    "ssh -o Compression=yes -o LogLevel=ERROR -o Port=22 host.example",
    "docker run -p 3333:3333 postgres:16",
    "curl -o out http://192.0.2.8:8080/x",
    "echo aGVsbG8gd29ybGQsIHRoaXMgaXMganVzdCB0ZXh0",
    "xz -T0 --threads=0 disk.img",
  ])("near miss stays quiet: %s", (line) => {
    expect(new ShellHost(cryptoMinerProcess).run(line)).toEqual([]);
  });

  test("an allowed pool is not reported, another one is", () => {
    const host = new ShellHost(cryptoMinerProcess, { allowedPools: ["xmr.2miners.com"] });
    expect(host.run("./w --url=xmr.2miners.com:2222")).toEqual([]);
    expect(host.run("./w --url=xmr.nanopool.org:2222")).toHaveLength(1);
  });
});
