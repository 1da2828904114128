import { describe, expect, test } from "vitest";
import { attackTools } from "./attack-tools.ts";
import { exploitName, homemadeTool, toolName } from "./knowledge/tools.ts";
import { clear, ShellHost } from "./testing/shell-host.ts";

describe("attack tools", () => {
  test.each([
    ["hydra -l admin -P words.txt ssh://192.0.2.7", "hydra"],
    ["perl slowloris.pl -dns shop.example", "slowloris"],
    ["python3 /opt/sqlmap/sqlmap.py -u http://shop.example/?id=1", "sqlmap"],
    ["python3 -m crackmapexec smb 192.0.2.0/24", "crackmapexec"],
    ["./pspy64s -i 500", "pspy64s"],
    ["bash /dev/shm/LinEnum.sh -t", "linenum"],
    ["timeout 60 ./linpeas_linux_arm64", "linpeas"],
    ["sudo -u root masscan 192.0.2.0/24 -p22", "masscan"],
    ["nmap -sS 192.0.2.0/24", "nmap"],
    ["nmap -p 1-9000 192.0.2.9", "nmap"],
    ["hping3 --flood -p 80 192.0.2.9", "hping3"],
    ["nc -zv 192.0.2.9 1-1024", "nc"],
    ["docker run --rm example/kube-hunter --pod", "kube-hunter"],
    ["docker run --rm -it alpine nikto -h shop.example", "nikto"],
    ["cdk evaluate --full", "cdk"],
    ["curl -sL https://mirror.example/linpeas.sh", "linpeas"],
    ["./CVE-2099-12345", "cve-2099-12345"],
    ["python3 port_scanner.py 192.0.2.9", "port_scanner.py"],
  ])("%s", (line, tool) => {
    const found = clear(new ShellHost(attackTools).run(line));
    expect(found.map(({ evidence }) => evidence.data?.tool)).toEqual([tool]);
  });

  test("inside a line, a loop that opens port after port", () => {
    const host = new ShellHost(attackTools);
    const line = "for p in $(seq 1 9000); do (echo > /dev/tcp/192.0.2.1/$p) 2>/dev/null && echo $p; done";
    expect(clear(host.line(line))[0]?.reason).toContain("one port after the other");
    expect(host.line("echo hi > /dev/tcp/192.0.2.1/25")).toEqual([]);
    expect(clear(host.line("for i in $(seq 254); do ping -c 1 192.0.2.$i; done"))).toHaveLength(1);
    expect(host.line("for h in a b; do ping -c 1 $h; done")).toEqual([]);
    expect(host.line("for i in 10 20; do ping -c 1 192.0.2.$i; done")).toEqual([]);
  });

  test("an attempt that fails because the tool is absent", () => {
    const host = new ShellHost(attackTools);
    const process = { pid: 9, ppid: 8, exe: "/usr/bin/dash", argv: [], cwd: "/" };
    const [found] = host.judge({
      kind: "process.started",
      at: 1,
      failed: true,
      process,
      file: { path: "/usr/local/bin/ncrack" },
    });
    expect(found?.reason).toMatch(/ncrack.*attempt failed/);
  });

  test.each([
    "apt-get install -y nmap hydra john",
    "man hydra",
    "which sqlmap",
    "grep masscan /var/log/auth.log",
    "nmap --version",
    "cdk deploy --all",
    "cdk synth",
    "nc -zv 192.0.2.9 443",
    "vim exploit.c",
    "gcc -c dirtycow.c",
    "cat /usr/share/doc/hydra/README",
    "./check_bruteforce.sh",
    "curl -sL https://mirror.example/nmap-7.94.tgz",
    "docker run -d nginx",
  ])("near miss stays quiet: %s", (line) => {
    expect(new ShellHost(attackTools).run(line)).toEqual([]);
  });

  test.each(["nmap -sn 192.0.2.0/24", "nmap 192.0.2.9", "tcpdump -i eth0 port 53"])(
    "dual use is only a hint: %s",
    (line) => {
      const found = new ShellHost(attackTools).run(line);
      expect(found.map(({ confidence }) => confidence)).toEqual(["low"]);
    },
  );

  test("a probe that a monitoring agent runs is only a hint, unless the agent lies in /tmp", () => {
    const below = (exe: string) => ({ ancestors: [{ pid: 5, exe, argv: [exe] }] });
    const host = new ShellHost(attackTools);
    expect(host.run("nmap -sV 192.0.2.9", below("/usr/sbin/zabbix_agentd"))[0]?.confidence).toBe("low");
    expect(host.run("nmap -sV 192.0.2.9", below("/tmp/zabbix_agentd"))[0]?.confidence).toBe("medium");
  });

  test("an allowed tool is not reported, the next one is", () => {
    const host = new ShellHost(attackTools, { allowedTools: ["nikto"] });
    expect(host.run("nikto -h shop.example")).toEqual([]);
    expect(host.run("gobuster dir -u http://shop.example")).toHaveLength(1);
  });
});

describe("names", () => {
  test.each([
    ["/x/LinPEAS_linux_amd64.sh", "linpeas"],
    ["kerbrute_linux_386", "kerbrute"],
    ["xmrig-6.21.0-linux-static-x64", "xmrig"],
    ["nmap", "nmap"],
    ["amd64", "amd64"],
  ])("%s is %s", (path, name) => {
    expect(toolName(path)).toBe(name);
  });

  test("exploits are known by advisory and nickname, not by every likeness", () => {
    expect(exploitName("/tmp/cve_2021_4034.py")).toBe("cve_2021_4034.py");
    expect(exploitName("PwnKit")).toBe("pwnkit");
    expect(exploitName("cve-report.pdf")).toBeUndefined();
    expect(exploitName("exploitation-notes.txt")).toBeUndefined();
    expect(homemadeTool("check_bruteforce.sh")).toBe(false);
    expect(homemadeTool("ssh_brute.py")).toBe(true);
  });
});
