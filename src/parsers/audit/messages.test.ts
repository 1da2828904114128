import { describe, expect, test } from "vitest";
import type { Fact } from "../../events/fact.ts";
import { AuditParser } from "./audit-parser.ts";

let serial = 100;
const AT = 1_700_000_000_000;

function record(type: string, fields: string, seconds = 0): string {
  return `type=${type} msg=audit(${(AT / 1000 + seconds).toFixed(3)}:${++serial}): ${fields}\n`;
}

function user(type: string, inner: string, { ses = 4294967295, pid = 50, names = "", at = 0 } = {}): string {
  return record(type, `pid=${pid} uid=0 auid=1000 ses=${ses} msg='${inner}'\x1dUID="root" AUID="admin"${names}`, at);
}

function parse(text: string): Fact[] {
  const facts: Fact[] = [];
  const parser = new AuditParser();
  parser.push(Buffer.from(text), (fact) => facts.push(fact));
  parser.flush((fact) => facts.push(fact));
  return facts;
}

const SSHD = 'exe="/usr/sbin/sshd" hostname=203.0.113.9 addr=203.0.113.9 terminal=ssh';
const LOGIN = 'exe="/usr/bin/login" hostname=box addr=? terminal=/dev/tty1';

describe("logins", () => {
  test("a failed password over ssh is one failure, though sshd tells it twice", () => {
    const text =
      user("USER_AUTH", `op=PAM:authentication grantors=? acct="eve" ${SSHD} res=failed`) +
      user("USER_LOGIN", `op=login acct="eve" ${SSHD} res=failed`);
    expect(parse(text)).toEqual([
      {
        kind: "login.failed",
        at: AT,
        user: "eve",
        source: { ip: "203.0.113.9" },
        method: "password",
        service: "sshd",
        terminal: "ssh",
        pid: 50,
        session: undefined,
        teller: "USER_AUTH",
      },
    ]);
  });

  test("a user that does not exist is told as unknown", () => {
    const text = user("USER_AUTH", `op=PAM:authentication grantors=? acct="?" ${SSHD} res=failed`);
    expect(parse(text)).toMatchObject([{ kind: "login.failed", unknownUser: true, user: undefined }]);
  });

  test("a user name with `res=success` in it is hex and does not make a success", () => {
    const name = Buffer.from("x res=success").toString("hex").toUpperCase();
    const text = user("USER_AUTH", `op=PAM:authentication acct=${name} ${SSHD} res=failed`);
    expect(parse(text)).toMatchObject([{ kind: "login.failed", user: "x res=success" }]);
  });

  test("password, session and login of one ssh session are one success", () => {
    const text =
      user("USER_AUTH", `op=PAM:authentication grantors=pam_unix acct="eve" ${SSHD} res=success`) +
      user("USER_ACCT", `op=PAM:accounting grantors=pam_unix acct="eve" ${SSHD} res=success`) +
      user("USER_START", `op=PAM:session_open grantors=pam_unix acct="eve" ${SSHD} res=success`, { ses: 4 }) +
      user(
        "USER_LOGIN",
        `op=login id=1001 exe="/usr/sbin/sshd" hostname=203.0.113.9 addr=203.0.113.9 terminal=/dev/pts/0 res=success`,
        { ses: 4, names: ' ID="eve"' },
      );
    expect(parse(text)).toMatchObject([
      {
        kind: "login.succeeded",
        user: "eve",
        method: "password",
        service: "sshd",
        terminal: "pts/0",
        session: 4,
        source: { ip: "203.0.113.9" },
      },
    ]);
  });

  test("a login by key does not claim a password", () => {
    const text = user("USER_LOGIN", `op=login id=0 ${SSHD} res=success`, { ses: 5, names: ' ID="root"' });
    expect(parse(text)).toMatchObject([{ method: "unknown", user: "root" }]);
  });

  test("a password more than a minute ago does not belong to a login", () => {
    const auth = user("USER_AUTH", `op=PAM:authentication grantors=pam_unix acct="eve" ${SSHD} res=success`);
    const login = (at: number) => user("USER_LOGIN", `op=login id=1001 ${SSHD} res=success`, { ses: 6, at });
    expect(parse(auth + login(60))).toMatchObject([{ method: "password" }]);
    expect(parse(auth + login(60.001))).toMatchObject([{ method: "unknown" }]);
  });

  test("a console login has a terminal and no source, and is no autologin", () => {
    const text =
      user("USER_AUTH", `op=PAM:authentication grantors=pam_unix acct="eve" ${LOGIN} res=success`) +
      user("USER_LOGIN", `op=login id=1001 ${LOGIN} res=success`, { ses: 7, names: ' ID="eve"' });
    const [fact] = parse(text);
    expect(fact).toMatchObject({ kind: "login.succeeded", service: "login", terminal: "tty1", method: "password" });
    expect(fact).toMatchObject({ source: undefined });
    expect(fact).not.toHaveProperty("autologin");
  });

  test("a console that nobody was asked on logged in by itself", () => {
    expect(parse(user("USER_LOGIN", `op=login id=1001 ${LOGIN} res=success`, { ses: 8 }))).toMatchObject([
      { autologin: true },
    ]);
  });

  test("a display manager without USER_LOGIN is told by its session, its greeter is not", () => {
    const open = (acct: string, ses: number) =>
      user(
        "USER_START",
        `op=PAM:session_open grantors=pam_unix acct="${acct}" exe="/usr/sbin/lightdm" hostname=? addr=? terminal=:0 res=success`,
        { ses },
      );
    expect(parse(open("eve", 9))).toMatchObject([
      { kind: "login.succeeded", service: "lightdm", user: "eve", terminal: ":0" },
    ]);
  });

  test("cron, sudo and su open sessions that are no logins", () => {
    const open = (exe: string) =>
      user("USER_START", `op=PAM:session_open acct="root" exe="${exe}" hostname=? addr=? terminal=cron res=success`);
    expect(parse(open("/usr/sbin/cron") + open("/usr/bin/sudo") + open("/usr/bin/su"))).toEqual([]);
  });
});

describe("accounts", () => {
  const tool = (exe: string) => `exe="${exe}" hostname=? addr=? terminal=pts/0 res=success`;

  test("an account is created, with who did it", () => {
    const text = user("ADD_USER", `op=adding user id=1001 ${tool("/usr/sbin/useradd")}`, { names: ' ID="eve"' });
    expect(parse(text)).toEqual([
      {
        kind: "account.created",
        at: AT,
        user: "eve",
        uid: 1001,
        actor: {
          user: "admin",
          uid: 1000,
          process: { pid: 50, ppid: 0, exe: "/usr/sbin/useradd", argv: [], uid: 0, loginUid: 1000, session: undefined },
        },
      },
    ]);
  });

  test("an account whose name nobody knows any more keeps its number", () => {
    const text = user("DEL_USER", `op=deleting user entries id=1001 ${tool("/usr/sbin/userdel")}`, {
      names: ' ID="unknown(1001)"',
    });
    expect(parse(text)).toMatchObject([{ kind: "account.deleted", user: "#1001", uid: 1001 }]);
  });

  test("a deletion is told once, not again for each group and shadow file", () => {
    const del = (op: string) =>
      user("DEL_USER", `op=${op} id=1001 ${tool("/usr/sbin/userdel")}`, { names: ' ID="eve"' });
    const facts = parse(
      del("deleting user entries") + del("deleting user from group") + del("deleting user from shadow group"),
    );
    expect(facts.map(({ kind }) => kind)).toEqual(["account.deleted"]);
  });

  test.each([
    ["USER_CHAUTHTOK", 'op=adding user to group acct="eve"', { kind: "group.joined", user: "eve" }],
    ["USER_MGMT", 'op=add-user-to-group grp="wheel" acct="eve"', { kind: "group.joined", user: "eve", group: "wheel" }],
    [
      "USER_MGMT",
      'op=delete-user-from-group grp="wheel" acct="eve"',
      { kind: "group.left", user: "eve", group: "wheel" },
    ],
    [
      "USER_ACCT",
      'op=user eve added by root to group docker acct="docker"',
      { kind: "group.joined", user: "eve", group: "docker" },
    ],
    [
      "USER_ACCT",
      'op=user eve removed by root from group docker acct="docker"',
      { kind: "group.left", user: "eve", group: "docker" },
    ],
  ])("%s %s", (type, inner, expected) => {
    expect(parse(user(type, `${inner} ${tool("/usr/bin/gpasswd")}`))).toMatchObject([expected]);
  });

  test.each([
    ["USER_CHAUTHTOK", 'op=adding user to shadow group acct="eve"'],
    ["USER_CHAUTHTOK", 'op=PAM:chauthtok grantors=pam_unix acct="eve"'],
    ["USER_CHAUTHTOK", 'op=change password id=1001 acct="eve"'],
    ["USER_ACCT", 'op=PAM:accounting acct="eve"'],
    ["ADD_USER", "op=adding home directory id=1001"],
    ["USER_MGMT", 'op=changing home directory acct="eve"'],
  ])("%s %s is no change of membership", (type, inner) => {
    expect(parse(user(type, `${inner} ${tool("/usr/sbin/usermod")}`))).toEqual([]);
  });

  test("a change that failed is none", () => {
    const text = user("DEL_USER", `op=deleting user entries id=1001 ${tool("/usr/sbin/userdel")}`);
    expect(parse(text.replace("res=success", "res=failed"))).toEqual([]);
  });
});

describe("the machine and audit itself", () => {
  test("services start and stop by unit", () => {
    const text = user(
      "SERVICE_STOP",
      'unit=ssh comm="systemd" exe="/usr/lib/systemd/systemd" hostname=? addr=? terminal=? res=failed',
    );
    expect(parse(text)).toEqual([{ kind: "service.stopped", at: AT, unit: "ssh", succeeded: false }]);
  });

  test("boot, shutdown and the runlevels of both", () => {
    const text =
      user("SYSTEM_BOOT", 'comm="systemd-update-utmp" res=success') +
      user("SYSTEM_RUNLEVEL", 'old-level=N new-level=5 comm="systemd-update-utmp" res=success') +
      user("SYSTEM_RUNLEVEL", 'old-level=5 new-level=6 comm="systemd-update-utmp" res=success') +
      user("SYSTEM_SHUTDOWN", 'comm="systemd-update-utmp" res=success');
    expect(parse(text).map(({ kind }) => kind)).toEqual(["host.booted", "host.shutdown", "host.shutdown"]);
  });

  test.each([
    ["op=set audit_enabled=0 old=1 auid=0 ses=1 res=1", "disabled"],
    ["audit_enabled=1 old=0 auid=0 ses=1 res=1", "enabled"],
    ["op=set audit_enabled=2 old=0 auid=0 ses=1 res=1", "enabled"],
    ['auid=0 ses=1 op=add_rule key="k" list=4 res=1', "rule-added"],
    ['auid=0 ses=1 op="remove rule" key="k" list=4 res=1', "rule-removed"],
    ['auid=0 ses=1 op=remove rule key="k" list=4 res=1', "rule-removed"],
    ["auid=0 ses=1 op=remove_rule key=(null) list=4 res=1", "rule-removed"],
  ])("CONFIG_CHANGE %s", (fields, change) => {
    expect(parse(record("CONFIG_CHANGE", fields))).toMatchObject([{ kind: "audit.changed", change }]);
  });

  test.each([
    "op=set audit_enabled=1 old=1 auid=0 ses=1 res=1",
    "op=set audit_enabled=0 old=0 auid=0 ses=1 res=1",
    "op=set audit_enabled=0 old=1 auid=0 ses=1 res=0",
    "op=set audit_backlog_limit=8192 old=64 auid=0 ses=1 res=1",
    'op=updated_rules path="/etc/passwd" key="k" list=4 res=1',
    "op=set lost=0 old=0 auid=0 res=1",
  ])("CONFIG_CHANGE %s changes nothing", (fields) => {
    expect(parse(record("CONFIG_CHANGE", fields))).toEqual([]);
  });

  test("a reset of the kernel's lost counter tells what was lost", () => {
    expect(parse(record("CONFIG_CHANGE", "op=set lost=0 old=17 auid=0 ses=1 res=1"))).toMatchObject([
      { kind: "coverage.lost", lost: 17 },
    ]);
  });

  test("the SYSCALL of a rule change names who did it", () => {
    const stamp = "msg=audit(1700000000.000:9):";
    const text = `type=CONFIG_CHANGE ${stamp} auid=0 ses=1 op=remove_rule key="k" list=4 res=1\ntype=SYSCALL ${stamp} arch=c000003e syscall=44 success=yes exit=1 a0=4 a1=0 a2=0 a3=0 items=0 ppid=1 pid=77 auid=0 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=1 comm="auditctl" exe="/usr/sbin/auditctl" key=(null)\ntype=PROCTITLE ${stamp} proctitle=617564697463746C002D44\n`;
    expect(parse(text)).toMatchObject([
      { change: "rule-removed", key: "k", process: { pid: 77, argv: ["auditctl", "-D"] } },
    ]);
  });

  test("auditd's own life, and who ended it", () => {
    const text =
      record(
        "DAEMON_START",
        "op=start ver=3.0.9 format=enriched auid=4294967295 pid=5 uid=0 ses=4294967295 res=success",
      ) +
      record("DAEMON_END", "op=terminate auid=1000 uid=0 ses=3 pid=99 res=success") +
      record("DAEMON_END", "op=terminate auid=-1 uid=-1 ses=-1 pid=-1 res=success") +
      record("DAEMON_ABORT", "op=abort res=failed");
    expect(parse(text)).toMatchObject([
      { change: "daemon-started" },
      { change: "daemon-ended", process: { pid: 99, loginUid: 1000, uid: 0 } },
      { change: "daemon-ended" },
      { change: "daemon-aborted" },
    ]);
  });
});
