import { describe, expect, test } from "vitest";
import { localHostReconnaissance } from "./local-host-reconnaissance.ts";
import { ShellHost } from "./testing/shell-host.ts";

const fresh = (settings = {}) => new ShellHost(localHostReconnaissance, settings);

describe("one telling search", () => {
  test.each([
    "find / -perm -4000",
    "find /usr -perm /u=s,g=s -type f",
    "find / -user root -perm -4000 -exec ls -l {} ;",
    "find / -perm -o+w -type d",
    "getcap -r /",
    "find /home -name id_ed25519",
    "grep -ri password /etc",
    "locate D877F783D5D3EF8C",
    "ls /dev/ttyGSM0 /var/spool/sms",
    "cat /sys/class/dmi/id/bios_vendor",
    "grep x:0: /etc/passwd",
  ])("%s", (line) => {
    expect(fresh().run(line)).toHaveLength(1);
  });

  test.each([
    "lsmod | grep -i 'vboxguest\\|vboxsf'",
    "ps aux | egrep 'falcond|auditbeat|osqueryd'",
    "ps -ef | grep '[Mm]iner'",
    "cat /proc/cpuinfo | grep name | wc -l",
    "free -m | grep Mem | awk '{print $2, $3, $4, $5, $7}'",
    "dmidecode -t system | grep -i qemu",
    "lsmod | grep -e vboxguest",
  ])("in a pipeline: %s", (line) => {
    expect(fresh().line(line)).toHaveLength(1);
  });

  test("the same pipelines where only their children are seen", () => {
    const host = fresh();
    host.run("cat /proc/cpuinfo");
    expect(host.run("grep model")[0]?.reason).toContain("/proc/cpuinfo");
    host.now += 5000;
    host.run("ps -ef");
    expect(host.run("grep [Mm]iner")).toHaveLength(1);
  });

  test.each([
    "find / -perm /6000 -type f -exec chmod a-s {} ;",
    "find / -xdev -name core -delete",
    "find . -type f -perm 0644",
    "find /etc/ssl/certs -name *.pem",
    "grep -rn password src/",
    "grep password config.yml",
    "grep -c processor /proc/cpuinfo",
    "grep -rn kvm\\|xen docs/",
    "grep root /etc/passwd",
    "lsmod",
    "cat /sys/class/thermal/thermal_zone0/temp",
  ])("near miss stays quiet: %s", (line) => {
    expect(fresh().run(line)).toEqual([]);
  });

  test("a search in a text of one's own is no search of the host", () => {
    expect(fresh().line("cat notes.txt | grep '[Mm]iner'")).toEqual([]);
    expect(fresh().run("grep -i vmware\\|qemu notes.txt")).toEqual([]);
  });
});

describe("several facts at once", () => {
  test.each(["uname -a; lscpu", "id && cat /etc/passwd", "whoami; uname -a; w", "cat /etc/issue; cat /proc/version"])(
    "%s",
    (line) => {
      const [found] = fresh().line(line);
      expect(found?.count).toBeGreaterThanOrEqual(2);
    },
  );

  test("the children of one parent within a second are one line", () => {
    const host = fresh();
    host.run("uname -a");
    host.now += 1000;
    expect(host.run("lscpu")[0]?.reason).toBe("asks at once for kernel, processor");
  });

  test("with more than a second between them they are not", () => {
    const host = fresh();
    host.run("uname -a");
    host.now += 1001;
    expect(host.run("lscpu")).toEqual([]);
  });

  test.each([
    "id",
    "uname -a",
    "df -h; free -m; uptime",
    "docker run -u $(id -u):$(id -g) node:20",
    "curl -LO https://dl.example/app-$(uname -s)-$(uname -m)",
    "make -j$(nproc)",
    "ps aux | grep nginx",
    "free -m | grep Mem | awk '{print $3/$2}'",
    "lsmod | grep wireguard",
    "cat /proc/cpuinfo | grep Model",
    "grep -v :0: /etc/passwd | tail -n 1",
    "hostname -I; date",
  ])("near miss stays quiet: %s", (line) => {
    expect(fresh().line(line)).toEqual([]);
  });

  test("an installer's script file may ask two, one in /tmp may not", () => {
    const below = (script: string) => ({ ancestors: [{ pid: 40, exe: "/usr/bin/bash", argv: ["bash", script] }] });
    const host = fresh();
    host.run("uname -a", below("./install.sh"));
    expect(host.run("lscpu", below("./install.sh"))).toEqual([]);
    host.now += 100_000;
    host.run("uname -a", below("/tmp/x.sh"));
    expect(host.run("lscpu", below("/tmp/x.sh"))).toHaveLength(1);
  });
});

describe("facts of a session", () => {
  const questions = ["uname -a", "w", "cat /etc/passwd", "ifconfig"];

  test("four in sixty seconds are a finding, at the window's edge", () => {
    const host = fresh();
    const found = questions.map((question) => {
      const matches = host.run(question);
      host.now += 20_000;
      return matches.length;
    });
    expect(found).toEqual([0, 0, 0, 1]);
  });

  test("spread wider, in two sessions, or the same fact again, they are not", () => {
    const host = fresh();
    for (const question of questions) {
      expect(host.run(question)).toEqual([]);
      host.now += 20_001;
    }
    host.now += 100_000;
    for (const [i, question] of questions.entries()) {
      host.now += 2000;
      expect(host.run(question, { session: 10 + (i % 2) })).toEqual([]);
    }
    host.now += 100_000;
    for (let i = 0; i < 6; i++) {
      host.now += 2000;
      expect(host.run("uname -a")).toEqual([]);
    }
  });

  test("without an audit session, one daemon's offspring belong together", () => {
    const host = fresh();
    const below = (pid: number) => ({
      session: undefined,
      ppid: pid,
      ancestors: [
        { pid, exe: "/bin/dash", argv: ["sh", "-c", "x"] },
        { pid: 77, exe: "/usr/sbin/apache2", argv: ["apache2"] },
      ],
    });
    const found = questions.map((question, i) => {
      host.now += 2000;
      return host.run(question, below(500 + i)).length;
    });
    expect(found).toEqual([0, 0, 0, 1]);
  });
});

describe("who asks by trade", () => {
  test.each([
    { pid: 2, exe: "/usr/sbin/cron", argv: ["cron", "-f"] },
    { pid: 2, exe: "/usr/bin/dpkg", argv: ["dpkg", "--configure", "-a"], uid: 0 },
    { pid: 2, exe: "/usr/sbin/zabbix_agentd", argv: ["zabbix_agentd"] },
    { pid: 2, exe: "/usr/bin/bash", argv: ["bash", "/usr/bin/neofetch"] },
    { pid: 2, exe: "/usr/lib/systemd/systemd", argv: ["/sbin/init"] },
  ])("stays quiet below $exe $argv", (ancestor) => {
    expect(fresh().line("find / -perm -4000; uname -a; lscpu", { ancestors: [ancestor] })).toEqual([]);
  });

  test.each([
    { pid: 2, exe: "/tmp/cron", argv: ["cron"] },
    { pid: 2, exe: "/usr/bin/bash", argv: ["bash", "/dev/shm/neofetch"] },
  ])("is not fooled by $exe $argv", (ancestor) => {
    expect(fresh().line("find / -perm -4000", { ancestors: [ancestor] })).toHaveLength(1);
  });

  test("an allowed parent is quiet", () => {
    const ancestors = [{ pid: 2, exe: "/opt/audit/cis", argv: ["cis"] }];
    expect(fresh({ allowedParents: ["/opt/audit/cis"] }).run("find / -perm -4000", { ancestors })).toEqual([]);
    expect(fresh().run("find / -perm -4000", { ancestors })).toHaveLength(1);
  });
});
