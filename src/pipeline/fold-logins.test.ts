import { describe, expect, test } from "vitest";
import type { Fact, LoginFailed, LoginSucceeded } from "../events/fact.ts";
import { foldLogins } from "./fold-logins.ts";

const run = (...facts: Fact[]): Fact[] => {
  const fold = foldLogins();
  return facts.flatMap((fact) => [...fold(fact)]);
};
const source = { ip: "198.51.100.7" };
const failed = (at: number, teller: string, more: Partial<LoginFailed> = {}): LoginFailed => ({
  kind: "login.failed",
  at,
  user: "pi",
  source,
  method: "password",
  service: "sshd",
  pid: 9,
  teller,
  ...more,
});
const succeeded = (at: number, teller: string, more: Partial<LoginSucceeded> = {}): LoginSucceeded => ({
  ...failed(at, teller),
  kind: "login.succeeded",
  ...more,
});
const attempts = (facts: Fact[]) =>
  facts.reduce((sum, fact) => sum + ("attempts" in fact ? (fact.attempts ?? 1) : 1), 0);

describe("failures", () => {
  test("three attempts told by sshd, PAM and audit are three", () => {
    const told = [0, 3000, 6000].flatMap((at) => [
      failed(at, "USER_AUTH"),
      failed(at + 1, "pam:pam_unix"),
      failed(at + 2000, "sshd"),
    ]);
    expect(attempts(run(...told))).toBe(3);
  });

  test("PAM's closing count adds only what nobody told", () => {
    expect(attempts(run(failed(0, "sshd"), failed(9, "sshd"), failed(20, "pam", { attempts: 2 })))).toBe(2);
    expect(attempts(run(failed(0, "sshd"), failed(20, "pam", { attempts: 5 })))).toBe(5);
  });

  test("one voice is never folded with itself", () => {
    expect(run(failed(0, "sshd"), failed(0, "sshd"), failed(0, "sshd"))).toHaveLength(3);
  });

  test("another process, or the same pid after ten minutes of silence, counts anew", () => {
    expect(run(failed(0, "sshd"), failed(0, "USER_AUTH", { pid: 10 }))).toHaveLength(2);
    expect(run(failed(0, "sshd"), failed(600_000, "USER_AUTH"))).toHaveLength(1);
    expect(run(failed(0, "sshd"), failed(600_001, "USER_AUTH"))).toHaveLength(2);
  });

  test("sshd's children are sshd", () => {
    expect(run(failed(0, "sshd", { service: "sshd-session" }), failed(10, "USER_AUTH"))).toHaveLength(1);
  });

  test("without a pid only voices close together are one", () => {
    const none = { pid: undefined };
    expect(run(failed(0, "sshd", none), failed(4000, "USER_AUTH", none))).toHaveLength(1);
    expect(run(failed(0, "sshd", none), failed(6000, "USER_AUTH", none))).toHaveLength(2);
  });
});

describe("successes", () => {
  test("one session told by login, PAM and audit is one", () => {
    const local = { service: "login", source: undefined, terminal: "tty1" };
    const facts = run(
      succeeded(0, "pam", { ...local, terminal: undefined }),
      succeeded(5, "login", local),
      succeeded(9, "USER_LOGIN", { ...local, pid: 12 }),
    );
    expect(facts).toHaveLength(1);
  });

  test("two consoles, two addresses, and the same voice twice are two sessions", () => {
    const on = (terminal: string) => ({ service: "login", source: undefined, terminal, pid: undefined });
    expect(run(succeeded(0, "login", on("tty1")), succeeded(1, "USER_LOGIN", on("tty2")))).toHaveLength(2);
    expect(
      run(succeeded(0, "sshd"), succeeded(1, "USER_LOGIN", { pid: 10, source: { ip: "192.0.2.1" } })),
    ).toHaveLength(2);
    expect(run(succeeded(0, "sshd"), succeeded(1, "sshd", { pid: 10 }))).toHaveLength(2);
  });
});

describe("accounts", () => {
  const actor = { user: "root", process: { pid: 50, ppid: 1, exe: "/usr/sbin/usermod", argv: [] } };
  const joined = (at: number, group?: string, by: typeof actor | undefined = actor): Fact => ({
    kind: "group.joined",
    at,
    user: "eve",
    group,
    actor: by,
  });
  const command = (...argv: string[]): Fact => ({
    kind: "process.started",
    at: 0,
    process: { pid: 50, ppid: 1, exe: `/usr/sbin/${argv[0]}`, argv },
  });
  const tick = (at: number): Fact => ({ kind: "clock.ticked", at });
  const only = (kind: string, facts: Fact[]) => facts.filter((fact) => fact.kind === kind);

  test("audit without a group takes it from the command, and the files' word is a repetition", () => {
    const facts = run(
      command("usermod", "-aG", "docker,sudo", "eve"),
      joined(1),
      joined(2),
      joined(1500, "docker", undefined),
    );
    expect(only("group.joined", facts)).toMatchObject([
      { group: "docker", actor: { process: { argv: ["usermod", "-aG", "docker,sudo", "eve"] } } },
      { group: "sudo" },
    ]);
  });

  test("audit without a command waits for the files, which take its actor", () => {
    expect(run(joined(1), joined(1500, "docker", undefined))).toMatchObject([
      { group: "docker", actor: { user: "root" } },
    ]);
  });

  test("what the files never tell goes on as it is, after three seconds", () => {
    expect(run(joined(1), tick(3001))).toHaveLength(1);
    expect(only("group.joined", run(joined(1), tick(3002)))).toMatchObject([{ group: undefined, user: "eve" }]);
  });

  test("joined, left and joined again are three changes", () => {
    const left: Fact = { kind: "group.left", at: 2, user: "eve", group: "docker", actor };
    expect(run(joined(1, "docker"), left, joined(3, "docker"))).toHaveLength(3);
    expect(run(joined(1, "docker"), joined(3, "docker"))).toHaveLength(1);
  });

  test("a deletion that audit tells by number takes the name from the command", () => {
    const deleted: Fact = { kind: "account.deleted", at: 1, user: "#1001", uid: 1001, actor };
    expect(only("account.deleted", run(command("userdel", "-r", "eve"), deleted))).toMatchObject([{ user: "eve" }]);
    const file: Fact = { kind: "account.deleted", at: 900, user: "eve", uid: 1001 };
    expect(run(deleted, file)).toMatchObject([{ user: "eve", actor: { user: "root" } }]);
  });

  test("a new account waits for its home and number, which the files know", () => {
    const created: Fact = { kind: "account.created", at: 1, user: "eve", actor };
    const file: Fact = { kind: "account.created", at: 900, user: "eve", uid: 0, home: "/tmp/eve" };
    expect(run(created, file)).toMatchObject([{ uid: 0, home: "/tmp/eve", actor: { user: "root" } }]);
  });
});

test("a flood of names and processes does not grow the memory without end", () => {
  const fold = foldLogins();
  for (let pid = 1; pid < 50_000; pid++) {
    fold(failed(pid, `t${pid}`, { pid }));
    fold({ kind: "group.joined", at: pid, user: `u${pid}`, actor: { user: "x" } });
  }
  expect(fold({ kind: "clock.ticked", at: 1e9 }).length).toBeLessThan(2000);
});
