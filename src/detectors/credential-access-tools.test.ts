import { describe, expect, test } from "vitest";
import { credentialAccessToolsFile } from "./credential-access-tools.file.ts";
import { credentialAccessTools } from "./credential-access-tools.ts";
import { huntedName, secretKind } from "./knowledge/credentials.ts";
import { clear, ShellHost } from "./testing/shell-host.ts";

describe("credential access, by command", () => {
  test.each([
    "logkeys --start",
    "./mimipenguin.sh",
    "python3 /opt/LaZagne/laZagne.py all",
    "john --wordlist=w.txt hashes",
    "ssh2john key.pem",
    "cat /etc/shadow",
    "sudo head -n 1 /etc/shadow-",
    "xxd /etc/gshadow",
    "getent shadow root",
    "tar cf x.tar /home/joe/.gnupg",
    "zip -r k.zip /root/.ssh",
    "cat /root/.ssh/id_*",
    "curl file:///etc/shadow",
    "dd if=/etc/shadow of=x",
    "cp /etc/shadow /tmp/s",
    "cat /root/.ssh/id_ed25519",
    "base64 /home/joe/.aws/credentials",
    "tar czf /tmp/k.tgz /root/.gnupg/secring.gpg",
    "cat /var/lib/aziot/keyd/keys/device-id",
    "cat /run/secrets/kubernetes.io/serviceaccount/token",
    "strings /dev/mem",
    "dd if=/proc/812/mem bs=1",
    "gcore 812",
    "gdb -batch -p 812 -ex gcore",
    "strace -fp 812 -o sshd.log",
    "find / -name .netrc",
    "find /home -name id_rsa*",
    "grep -rl AKIA /home",
    "curl -s http://169.254.169.254/latest/meta-data/iam/security-credentials/app",
    "grep -i pass /home/joe/.bash_history",
  ])("%s", (line) => {
    expect(clear(new ShellHost(credentialAccessTools).run(line))).toHaveLength(1);
  });

  test.each([
    'F=/etc/shadow; base64 "$F" | base64 -d',
    "while read l; do echo $l; done < /etc/shadow",
    "cat ~/.bash_history | grep -e ssh -e pass",
    "python3 -c 'print(open(\"/etc/shadow\").read())'",
    "grep -rw 'BEGIN RSA PRIVATE' /home 2>/dev/null > keys",
  ])("in a line: %s", (line) => {
    expect(clear(new ShellHost(credentialAccessTools).line(line))).toHaveLength(1);
  });

  test.each([
    "ls -l /etc/shadow",
    "getent passwd root",
    "tar xf x.tar /home/joe/.gnupg",
    "tar cf x.tar /home/joe",
    "chmod 640 /etc/shadow",
    "stat -c %a /etc/shadow",
    "auditctl -w /etc/shadow -p wa",
    "sed -i s/x/y/ /etc/shadow",
    "cp -p /etc/shadow /var/backups/shadow.bak",
    "cmp -s shadow.bak /etc/shadow",
    "ssh-keygen -t ed25519 -f /root/.ssh/id_ed25519",
    "cat /root/.ssh/id_ed25519.pub",
    "ssh -i /root/.ssh/id_rsa host.example",
    "scp -i /root/.ssh/id_rsa a host.example:",
    "cp /etc/kubernetes/admin.conf /home/eve/.kube/config",
    "openssl req -new -newkey rsa:2048 -keyout /etc/ssl/private/x.pem",
    "find . -name *.pem",
    "find /etc/letsencrypt -name *.pem",
    "gdb ./a.out core",
    "strace -p 812",
    "cat /proc/self/environ",
    "curl -s http://169.254.169.254/metadata/instance?api-version=2021-02-01",
    "apt-get install john",
    "grep -rn password src/",
  ])("near miss stays quiet: %s", (line) => {
    expect(new ShellHost(credentialAccessTools).run(line)).toEqual([]);
  });

  test("an audit of empty passwords is only a hint", () => {
    const [found] = new ShellHost(credentialAccessTools).run(["awk", "-F:", '($2 == "") {print $1}', "/etc/shadow"]);
    expect(found?.confidence).toBe("low");
  });

  test("cron and dpkg may read, a dpkg of /tmp may not", () => {
    const below = (exe: string) => ({ ancestors: [{ pid: 2, exe, argv: [exe], uid: 0 }] });
    const host = new ShellHost(credentialAccessTools);
    expect(host.run("cat /etc/shadow", below("/usr/sbin/cron"))).toEqual([]);
    expect(host.run("cat /etc/shadow", below("/usr/bin/dpkg"))).toEqual([]);
    expect(host.run("cat /etc/shadow", below("/tmp/dpkg"))).toHaveLength(1);
  });

  test("an attempt to run an absent tool counts", () => {
    const process = { pid: 9, ppid: 8, exe: "/usr/bin/bash", argv: [] };
    const fact = { kind: "process.started", at: 1, failed: true, process, file: { path: "/usr/bin/logkeys" } } as const;
    expect(new ShellHost(credentialAccessTools).judge(fact)[0]?.reason).toContain("not there");
  });
});

describe("credential access, by opened file", () => {
  const opened = (exe: string, path: string, settings = {}) =>
    new ShellHost(credentialAccessToolsFile, settings).judge({
      kind: "file.opened",
      at: 1,
      file: { path },
      process: { pid: 5, ppid: 4, exe, argv: [exe] },
    });

  test.each([
    ["/usr/bin/cat", "/etc/shadow"],
    ["/tmp/sshd", "/etc/shadow"],
    ["/usr/bin/python3.11", "/root/.ssh/id_rsa"],
    ["/usr/bin/node", "/var/lib/aziot/keyd/keys/x"],
    ["", "/etc/gshadow"],
  ])("%s opens %s", (exe, path) => {
    expect(opened(exe, path)[0]?.subject).toContain(path);
  });

  test.each([
    ["/usr/sbin/sshd", "/etc/shadow"],
    ["/usr/sbin/unix_chkpwd", "/etc/shadow"],
    ["/usr/bin/ssh", "/root/.ssh/id_rsa"],
    ["/usr/libexec/aziot/aziot-keyd", "/var/lib/aziot/keyd/keys/x"],
    ["/usr/bin/cat", "/etc/passwd"],
  ])("on duty stays quiet: %s opens %s", (exe, path) => {
    expect(opened(exe, path)).toEqual([]);
  });

  test.each([
    [["/usr/bin/perl", "-wT", "/usr/bin/pg_lsclusters", "-h"], 0],
    [["/usr/bin/perl", "/usr/sbin/adduser", "joe"], 0],
    [["/usr/bin/perl", "/tmp/adduser"], 1],
    [["/usr/bin/perl", "-e", "open F, '/etc/shadow'", "/usr/sbin/adduser"], 1],
    [["/usr/bin/python3", "/usr/bin/pg_lsclusters"], 1],
  ])("an installed perl script looks up an account: %j", (argv, raised) => {
    const process = { pid: 5, ppid: 4, exe: argv[0] as string, argv };
    const fact = { kind: "file.opened", at: 1, file: { path: "/etc/shadow" }, process } as const;
    expect(new ShellHost(credentialAccessToolsFile).judge(fact)).toHaveLength(raised);
  });

  test("an allowed program or file is quiet", () => {
    expect(opened("/usr/local/bin/backup", "/etc/shadow", { allowedPaths: ["/usr/local/bin/backup"] })).toEqual([]);
    expect(opened("/usr/bin/cat", "/etc/shadow", { allowedFiles: ["/etc/shadow"] })).toEqual([]);
  });
});

test("secrets are known by place, and their public halves are none", () => {
  expect(secretKind("/mnt/etc/shadow")).toBe("password hashes");
  expect(secretKind("/home/joe/.ssh/id_rsa")).toBe("private key");
  expect(secretKind("/home/joe/.ssh/id_rsa.pub")).toBeUndefined();
  expect(secretKind("/etc/ssh/ssh_host_rsa_key.pub")).toBeUndefined();
  expect(secretKind("/usr/share/doc/shadow")).toBeUndefined();
  expect(huntedName("*.pem")).toBe("ends");
  expect(huntedName("*.jpg")).toBeUndefined();
});
