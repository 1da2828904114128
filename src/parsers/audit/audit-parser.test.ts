import { describe, expect, test } from "vitest";
import type { Fact, FactKind, FactOf } from "../../events/fact.ts";
import { AuditParser } from "./audit-parser.ts";

const SECOND = 1_700_000_000;
const stamp = (serial: number, at = 0) => `msg=audit(${(SECOND + at).toFixed(3)}:${serial}):`;

function syscall(
  serial: number,
  number: number,
  rest = "",
  { at = 0, success = "yes", exit = "0", arch = "c000003e", items = 0 } = {},
) {
  return `type=SYSCALL ${stamp(serial, at)} arch=${arch} syscall=${number} success=${success} exit=${exit} ${rest || "a0=0 a1=0 a2=0 a3=0"} items=${items} ppid=10 pid=20 auid=1000 uid=0 gid=0 euid=33 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts1 ses=7 comm="prog" exe="/usr/bin/prog" key=(null)\x1dARCH=x86_64 SYSCALL=x AUID="eve" UID="root" GID="root"\n`;
}
const cwd = (serial: number, path = "/work/dir", at = 0) => `type=CWD ${stamp(serial, at)} cwd="${path}"\n`;
const path = (serial: number, item: number, name: string, type: string, { inode = 5, mode = "0100644" } = {}) =>
  `type=PATH ${stamp(serial)} item=${item} name=${name} inode=${inode} dev=fe:00 mode=${mode} ouid=0 ogid=0 rdev=00:00 nametype=${type} cap_fp=0\n`;
const title = (serial: number, text = "prog", at = 0) =>
  `type=PROCTITLE ${stamp(serial, at)} proctitle=${Buffer.from(text).toString("hex").toUpperCase()}\n`;
const hex = (text: string) => Buffer.from(text).toString("hex").toUpperCase();

function parse(text: string | Buffer, chunk = Number.POSITIVE_INFINITY): Fact[] {
  const parser = new AuditParser();
  const facts: Fact[] = [];
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, bytes.indexOf(10, Math.min(at + chunk, bytes.length) - 1) + 1 || bytes.length);
    parser.push(bytes.subarray(at, end), (fact) => facts.push(fact));
    at = end;
  }
  parser.flush((fact) => facts.push(fact));
  return facts;
}

function only<K extends FactKind>(kind: K, text: string | Buffer): FactOf<K> {
  const facts = parse(text);
  expect(facts.map((fact) => fact.kind)).toEqual([kind]);
  return facts[0] as FactOf<K>;
}

describe("executions", () => {
  const exec = (serial: number, args: string, at = 0) =>
    `${syscall(serial, 59, "", { at, items: 1 })}type=EXECVE ${stamp(serial, at)} ${args}\n${cwd(serial, "/work/dir", at)}type=PATH ${stamp(serial, at)} item=0 name="./prog" inode=77 dev=fe:00 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL\n${title(serial, "prog", at)}`;

  test("an execve gives the process, its arguments and its file", () => {
    const fact = only("process.started", exec(1, `argc=3 a0="prog" a1=${hex("two words")} a2=${hex("ümlaut")}`));
    expect(fact).toEqual({
      kind: "process.started",
      at: SECOND * 1000,
      process: {
        pid: 20,
        ppid: 10,
        exe: "/usr/bin/prog",
        argv: ["prog", "two words", "ümlaut"],
        comm: "prog",
        cwd: "/work/dir",
        uid: 0,
        euid: 33,
        loginUid: 1000,
        user: "root",
        tty: "pts1",
        session: 7,
      },
      file: { path: "/work/dir/prog", inode: 77, device: "fe:00", mode: 0o100755 },
    });
  });

  test("a plain RAW log gives the same but the names", () => {
    const raw = exec(1, 'argc=1 a0="prog"')
      .split("\n")
      .map((line) => line.split("\x1d", 1)[0])
      .join("\n");
    expect(only("process.started", raw).process).toMatchObject({ argv: ["prog"], loginUid: 1000, user: undefined });
  });

  test("an argument split over records is joined, also inside a character", () => {
    const bytes = Buffer.from("aüb");
    const [head, tail] = [bytes.subarray(0, 2), bytes.subarray(2)].map((part) => part.toString("hex").toUpperCase());
    const text = `${syscall(1, 59)}type=EXECVE ${stamp(1)} argc=3 a0="prog" a1_len=8 a1[0]=${head}\ntype=EXECVE ${stamp(1)}  a1[1]=${tail} a2="end"\n${title(1)}`;
    expect(only("process.started", text).process.argv).toEqual(["prog", "aüb", "end"]);
  });

  test("an empty argument stays an argument, and a digit pair is hex", () => {
    expect(only("process.started", exec(1, 'argc=3 a0="prog" a1="" a2=31')).process.argv).toEqual(["prog", "", "1"]);
  });

  test("a failed execve names what was wanted, not the caller", () => {
    const text = `${syscall(1, 59, "", { success: "no", exit: "-2", items: 1 })}${cwd(1)}type=PATH ${stamp(1)} item=0 name="/opt/logger" nametype=UNKNOWN\n${title(1, "env\0logger\0--start")}`;
    const fact = only("process.started", text);
    expect(fact).toMatchObject({ failed: true, file: { path: "/opt/logger" } });
    expect(fact.process).toMatchObject({ exe: "/opt/logger", argv: ["logger", "--start"] });
  });

  test("a search through PATH is one failure", () => {
    const attempt = (serial: number, name: string) =>
      `${syscall(serial, 59, "", { success: "no", exit: "-2", items: 1 })}${cwd(serial)}type=PATH ${stamp(serial)} item=0 name="${name}" nametype=UNKNOWN\n${title(serial, "-bash")}`;
    const facts = parse(attempt(1, "/a/x") + attempt(2, "/b/x") + attempt(3, "/b/y"));
    expect(facts.map((fact) => (fact as FactOf<"process.started">).process.exe)).toEqual(["/a/x", "/b/y"]);
  });

  test.each([
    ["c000003e", 59],
    ["c000003e", 322],
    ["c000003e", 0x40000000 + 520],
    ["40000003", 11],
    ["40000003", 358],
    ["c00000b7", 221],
    ["40000028", 11],
    ["40000028", 387],
  ])("execve is known as %s %i", (arch, number) => {
    const facts = parse(`${syscall(1, number, "", { arch })}type=EXECVE ${stamp(1)} argc=1 a0="prog"\n${title(1)}`);
    expect(facts.map((fact) => fact.kind)).toEqual(["process.started"]);
  });

  test("on an architecture without a table the name that auditd resolved is used", () => {
    const text = syscall(1, 11, "", { arch: "80000016" }).replace("SYSCALL=x", "SYSCALL=execve");
    expect(parse(`${text}type=EXECVE ${stamp(1)} argc=1 a0="prog"\n${title(1)}`)).toHaveLength(1);
    expect(parse(`${syscall(2, 11, "", { arch: "80000016" })}${title(2)}`)).toHaveLength(0);
  });
});

describe("the way of an event", () => {
  const exec = (serial: number, name: string, at = 0) => [
    syscall(serial, 59, "", { at }),
    `type=EXECVE ${stamp(serial, at)} argc=1 a0="${name}"\n`,
    title(serial, name, at),
  ];
  const names = (facts: Fact[]) => facts.map((fact) => (fact as FactOf<"process.started">).process.argv[0]);

  test("without an end mark it leaves when the next event begins", () => {
    const parser = new AuditParser();
    const facts: Fact[] = [];
    const emit = (fact: Fact) => facts.push(fact);
    const [a, b] = [exec(1, "one"), exec(2, "two", 0.01)];
    parser.push(Buffer.from(`${a[0]}${a[1]}`), emit);
    expect(facts).toHaveLength(0);
    parser.push(Buffer.from(b[0] as string), emit);
    expect(names(facts)).toEqual(["one"]);
  });

  test("without an end mark it leaves at a flush, if nothing is missing", () => {
    const parser = new AuditParser();
    const facts: Fact[] = [];
    const [a, b] = exec(1, "one") as [string, string];
    parser.push(Buffer.from(a), (fact) => facts.push(fact));
    parser.flush((fact) => facts.push(fact), false);
    expect(facts).toHaveLength(0);
    parser.push(Buffer.from(b), (fact) => facts.push(fact));
    parser.flush((fact) => facts.push(fact), false);
    expect(names(facts)).toEqual(["one"]);
    parser.flush((fact) => facts.push(fact));
    expect(facts).toHaveLength(1);
  });

  test("interleaved events keep the order in which they began", () => {
    const [a, b] = [exec(1, "one"), exec(2, "two")];
    expect(names(parse(`${a[0]}${b[0]}${b[1]}${b[2]}${a[1]}${a[2]}`))).toEqual(["one", "two"]);
  });

  test("records before their SYSCALL are kept", () => {
    const [a, b, c] = exec(1, "one");
    expect(names(parse(`${b}${a}${c}`))).toEqual(["one"]);
  });

  test("a lost record holds the others up for a second of the log's time, no longer", () => {
    const broken = syscall(1, 59, "", { items: 2 });
    const parser = new AuditParser();
    const facts: Fact[] = [];
    parser.push(Buffer.from(broken + exec(2, "two", 0.9).join("")), (fact) => facts.push(fact));
    expect(facts).toHaveLength(0);
    parser.push(Buffer.from(exec(3, "three", 1.1).join("")), (fact) => facts.push(fact));
    expect(names(facts).slice(1)).toEqual(["two", "three"]);
  });

  test("the rest of an event whose beginning was not seen makes nothing and holds nobody up", () => {
    const [, b, c] = exec(1, "one");
    const parser = new AuditParser();
    const facts: Fact[] = [];
    parser.push(Buffer.from(`${b}${exec(2, "two").join("")}`), (fact) => facts.push(fact));
    expect(names(facts)).toEqual(["two"]);
    parser.push(Buffer.from(c as string), (fact) => facts.push(fact));
    expect(facts).toHaveLength(1);
  });

  test("records that come after their event was given begin no new one", () => {
    const parser = new AuditParser();
    const facts: Fact[] = [];
    const [a, b, c] = exec(1, "one");
    const emit = (fact: Fact) => facts.push(fact);
    parser.push(Buffer.from(`${a}${b}`), emit);
    parser.flush(emit);
    parser.push(Buffer.from(`${cwd(1)}${c}`), emit);
    parser.flush(emit);
    expect(facts).toHaveLength(1);
    expect(parser.settled).toBe(parser.consumed);
  });

  test("settled never passes an event that is still open", () => {
    const parser = new AuditParser();
    const [a, b, c] = exec(1, "one") as [string, string, string];
    const before = exec(9, "zero").join("");
    parser.push(Buffer.from(before + a), () => {});
    expect(parser.settled).toBe(before.length);
    parser.push(Buffer.from(b), () => {});
    expect(parser.settled).toBe(before.length);
    parser.push(Buffer.from(c), () => {});
    expect(parser.settled).toBe(before.length + a.length + b.length + c.length);
  });

  test("the same serial on two nodes is two events", () => {
    const on = (node: string, lines: string[]) => lines.map((line) => `node=${node} ${line}`);
    const [a, b] = [on("east", exec(1, "one")), on("west", exec(1, "two"))];
    expect(names(parse(`${a[0]}${b[0]}${a[1]}${b[1]}${a[2]}${b[2]}`))).toEqual(["one", "two"]);
  });

  test("chunk borders, CRLF and NUL bytes change nothing", () => {
    const text = [1, 2, 3].map((n) => exec(n, `p${n}`).join("")).join("");
    expect(names(parse(text, 1))).toEqual(["p1", "p2", "p3"]);
    expect(names(parse(text.replaceAll("\n", "\r\n")))).toEqual(["p1", "p2", "p3"]);
    expect(names(parse(`\0\0\0\n${text}\0\0`))).toEqual(["p1", "p2", "p3"]);
  });

  test("the chunk may be reused at once", () => {
    const parser = new AuditParser();
    const facts: Fact[] = [];
    const bytes = Buffer.from(exec(1, "one").slice(0, 2).join(""));
    parser.push(bytes, () => {});
    bytes.fill(0);
    parser.flush((fact) => facts.push(fact));
    expect(names(facts)).toEqual(["one"]);
  });

  test("ten thousand events that never end stay bounded and come out", () => {
    const parser = new AuditParser();
    let facts = 0;
    for (let n = 0; n < 10_000; n++) parser.push(Buffer.from(syscall(n, 59, "", { items: 9 })), () => facts++);
    expect(facts).toBeGreaterThan(9_900);
  });

  test("damaged lines make nothing and do not throw", () => {
    const whole = exec(1, "one").join("") + path(2, 0, '"x"', "CREATE") + cwd(2);
    for (let n = 0; n < whole.length; n += 7) parse(whole.slice(n));
    for (let n = 0; n < 2_000; n++) {
      const bytes = Buffer.from(whole);
      for (let i = 0; i < 5; i++) bytes[(n * 7919 + i * 104_729) % bytes.length] = (n * 31 + i * 17) % 256;
      parse(bytes);
    }
  });
});

describe("files", () => {
  const openat = (serial: number, flags: string, records: string, directory = "ffffff9c") =>
    `${syscall(serial, 257, `a0=${directory} a1=7f a2=${flags} a3=1b6`, { items: 2 })}${cwd(serial)}${records}${title(serial)}`;
  const changed = (text: string) => only("file.changed", text);

  test.each([
    ["241", "CREATE", "create"],
    ["241", "NORMAL", "truncate"],
    ["441", "NORMAL", "write"],
    ["2", "NORMAL", "write"],
  ])("openat with flags %s of a %s is %s", (flags, type, operation) => {
    const fact = changed(openat(1, flags, path(1, 0, '"../x/"', "PARENT") + path(1, 1, '"../x/./f"', type)));
    expect(fact).toMatchObject({ operation, file: { path: "/work/x/f", inode: 5, device: "fe:00", mode: 0o100644 } });
    expect(fact.process).toMatchObject({ pid: 20, cwd: "/work/dir" });
  });

  test("a reading is an opening; of a directory, or a failed one, it is nothing", () => {
    expect(only("file.opened", openat(1, "80000", path(1, 0, '"/etc/shadow"', "NORMAL"))).file.path).toBe(
      "/etc/shadow",
    );
    expect(parse(openat(1, "90800", path(1, 0, '"/root/.ssh"', "NORMAL", { mode: "040700" })))).toEqual([]);
    const failed = openat(1, "241", path(1, 0, '"/etc/x"', "NORMAL")).replace("success=yes", "success=no");
    expect(parse(failed)).toEqual([]);
  });

  test("openat2 tells its flags in its own record, under either name", () => {
    for (const type of ["OPENAT2", "UNKNOWN[1337]"]) {
      const text = `${syscall(1, 437, "a0=ffffff9c a1=7f a2=7f a3=18", { items: 1 })}type=${type} ${stamp(1)} oflag=01102 mode=0600 resolve=0x0\n${cwd(1)}${path(1, 0, '"f"', "NORMAL")}${title(1)}`;
      expect(changed(text).operation).toBe("truncate");
    }
  });

  test("a rename gives both names, also over an existing file", () => {
    const records = [
      path(1, 0, '"/a/"', "PARENT"),
      path(1, 1, '"/b/"', "PARENT"),
      path(1, 2, '"/b/new"', "DELETE", { inode: 9 }),
      path(1, 3, '"/a/old"', "DELETE", { inode: 7 }),
      path(1, 4, '"/b/new"', "CREATE", { inode: 7 }),
    ].join("");
    const text = `${syscall(1, 82, "", { items: 5 })}${cwd(1)}${records}${title(1)}`;
    expect(changed(text)).toMatchObject({ operation: "rename", file: { path: "/b/new" }, from: "/a/old" });
  });

  test("a name with a blank, a quote or UTF-8 is decoded", () => {
    const name = 'a "b" ü.txt ';
    const text = openat(1, "241", path(1, 0, hex(`/x/${name}`), "CREATE"));
    expect(changed(text).file.path).toBe(`/x/${name}`);
  });

  test("bytes that are no UTF-8 do not throw and stay a path", () => {
    expect(changed(openat(1, "241", path(1, 0, "2FFF41", "CREATE"))).file.path).toBe("/\ufffdA");
  });

  test("below a directory descriptor the printed parent is not believed", () => {
    const text = `${syscall(1, 263, "a0=5 a1=7f a2=0 a3=0", { items: 2 })}${cwd(1, "/etc")}${path(1, 0, '"/etc"', "PARENT", { inode: 40 })}${path(1, 1, '"passwd"', "DELETE")}${title(1)}`;
    expect(changed(text).file.path).toBe("/?/passwd");
  });

  test("below a directory descriptor the parent is known by its inode once it was named", () => {
    const named = openat(
      1,
      "241",
      path(1, 0, '"/data/deep/"', "PARENT", { inode: 40 }) + path(1, 1, '"/data/deep/f"', "CREATE"),
    );
    const removed = `${syscall(2, 263, "a0=5 a1=7f a2=0 a3=0", { items: 2 })}${cwd(2, "/etc")}${path(2, 0, '"/etc"', "PARENT", { inode: 40 })}${path(2, 1, '"f"', "DELETE")}${title(2)}`;
    expect(parse(named + removed).map((fact) => (fact as FactOf<"file.changed">).file.path)).toEqual([
      "/data/deep/f",
      "/data/deep/f",
    ]);
  });

  test("a file known only by descriptor is found by its inode", () => {
    const named = openat(1, "2", path(1, 0, '"/data/f"', "NORMAL", { inode: 41 }));
    const moded = `${syscall(2, 91, "a0=3 a1=9ed a2=0 a3=0", { items: 1 })}${path(2, 0, "(null)", "NORMAL", { inode: 41 })}${title(2)}`;
    expect(parse(named + moded)[1]).toMatchObject({ operation: "chmod", file: { path: "/data/f", mode: 0o104755 } });
    expect(parse(moded)).toEqual([]);
  });

  test("a symbolic link tells where it leads", () => {
    const text = `${syscall(1, 88, "", { items: 3 })}${cwd(1)}${path(1, 0, '"/a/"', "PARENT")}type=PATH ${stamp(1)} item=1 name="../etc/x" nametype=UNKNOWN\n${path(1, 2, '"/a/l"', "CREATE")}${title(1)}`;
    expect(changed(text)).toMatchObject({ operation: "link", file: { path: "/a/l" }, from: "/etc/x" });
  });

  test.each([
    [84, "DELETE", "delete"],
    [76, "NORMAL", "truncate"],
    [94, "NORMAL", "chown"],
    [83, "CREATE", "create"],
  ])("x86_64 call %i of a %s is %s", (number, type, operation) => {
    const text = `${syscall(1, number, "", { items: 1 })}${cwd(1)}${path(1, 0, '"f"', type)}${title(1)}`;
    expect(changed(text)).toMatchObject({ operation, file: { path: "/work/dir/f" } });
  });
});

describe("sockets and signals", () => {
  const connect = (saddr: string, success = "yes", exit = "0") =>
    `${syscall(1, 42, "a0=3 a1=7f a2=10 a3=0", { success, exit })}type=SOCKADDR ${stamp(1)} saddr=${saddr}\n${title(1)}`;

  test.each([
    ["020001BBCB00710700000000000000000000", { ip: "203.0.113.7", port: 443 }],
    ["0A0001BB0000000000000000000000000000FFFFCB00710700000000", { ip: "203.0.113.7", port: 443 }],
    ["0A00005000000000 20010DB8000000000000000000000001 00000000".replaceAll(" ", ""), { ip: "2001:db8::1", port: 80 }],
    ["02000000CB0071070000000000000000", { ip: "203.0.113.7", port: 0 }],
  ])("saddr %s is read", (saddr, destination) => {
    expect(only("socket.connected", connect(saddr)).destination).toEqual(destination);
  });

  test("a connect in progress, or refused, is an attempt", () => {
    expect(only("socket.connected", connect("020001BBCB0071070000000000000000", "no", "-115"))).toBeTruthy();
    expect(only("socket.connected", connect("020001BBCB0071070000000000000000", "no", "-111"))).toBeTruthy();
  });

  test.each(["01002F72756E2F78", "100000000000000000000000", "0200", "", "zz", "0A0001BB00000000CB00"])(
    "unix, netlink and cut addresses (%s) are nothing",
    (saddr) => expect(parse(connect(saddr))).toEqual([]),
  );

  test("i386 socketcall is told apart by its first argument", () => {
    const call = (a0: number) =>
      `${syscall(1, 102, `a0=${a0} a1=7f a2=0 a3=0`, { arch: "40000003" })}type=SOCKADDR ${stamp(1)} saddr=020001BBCB0071070000000000000000\n${title(1)}`;
    expect(parse(call(3)).map((fact) => fact.kind)).toEqual(["socket.connected"]);
    expect(parse(call(9))).toEqual([]);
  });

  test("bind then listen on one descriptor is listening, on another it is not", () => {
    const bind = `${syscall(1, 49, "a0=3 a1=7f a2=10 a3=0")}type=SOCKADDR ${stamp(1)} saddr=02001F90000000000000000000000000\n${title(1)}`;
    const listen = (fd: number) => `${syscall(2, 50, `a0=${fd} a1=80 a2=0 a3=0`)}${title(2)}`;
    expect(only("socket.listening", bind + listen(3)).local).toEqual({ ip: "0.0.0.0", port: 8080 });
    expect(parse(bind + listen(4))).toEqual([]);
  });

  test("a kill names sender, signal and target; a probe and a failure are nothing", () => {
    const kill = (signal: string, success = "yes") =>
      `${syscall(1, 62, `a0=63 a1=${signal} a2=0 a3=0`, { success })}type=OBJ_PID ${stamp(1)} opid=99 oauid=-1 ouid=0 oses=-1 ocomm="auditd"\n${title(1)}`;
    expect(only("signal.sent", kill("f"))).toMatchObject({
      signal: 15,
      target: { pid: 99, comm: "auditd" },
      process: { pid: 20 },
    });
    expect(parse(kill("0"))).toEqual([]);
    expect(parse(kill("9", "no"))).toEqual([]);
  });
});

describe("speed and limits", () => {
  test("a record of unwanted types and calls makes nothing", () => {
    const text = `type=BPF ${stamp(1)} prog-id=1 op=LOAD\ntype=NETFILTER_CFG ${stamp(2)} table=filter\n${syscall(3, 0)}${cwd(3)}${title(3)}type=AVC ${stamp(4)} apparmor="DENIED"\n`;
    const parser = new AuditParser();
    parser.push(Buffer.from(text), () => expect.unreachable());
    expect(parser.settled).toBe(text.length);
  });

  test("arguments beyond the limit are left out", () => {
    const many = Array.from({ length: 3_000 }, (_, i) => `a${i}="x"`).join(" ");
    const text = `${syscall(1, 59)}type=EXECVE ${stamp(1)} argc=3000 ${many}\n${title(1)}`;
    expect(only("process.started", text).process.argv).toHaveLength(1_024);
  });

  test("the kernel's word of lost records is told", () => {
    const line = "kernel: audit: audit_lost=17 audit_rate_limit=0 audit_backlog_limit=64\n";
    expect(only("coverage.lost", line)).toMatchObject({ source: "audit-log", lost: 17 });
    expect(parse("kernel: audit: rate limit changed\n")).toEqual([]);
  });
});
