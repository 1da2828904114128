import { describe, expect, test } from "vitest";
import type { Fact, LoginFailed, LoginSucceeded } from "../events/fact.ts";
import { customFailedLocalLogins } from "./custom-failed-local-logins.ts";
import { customLoginNotAllowed } from "./custom-login-not-allowed.ts";
import type { Context, Detector, Match } from "./detector.ts";
import { localLoginFailed } from "./local-login-failed.ts";
import { localLoginSuccess } from "./local-login-success.ts";
import { tick } from "./testing/root-shell.ts";

const context = { threats: {}, userName: () => undefined } as unknown as Context;
const matches = (detector: Detector, facts: readonly Fact[], settings: object = {}): Match[] => {
  const judge = detector.start(detector.settings.parse(settings), context);
  return facts.flatMap((fact) => judge.judge(fact) ?? []);
};
const login = (more: Partial<LoginSucceeded> = {}): LoginSucceeded => ({
  kind: "login.succeeded",
  at: 1000,
  user: "pi",
  method: "password",
  service: "login",
  terminal: "tty1",
  pid: 7,
  ...more,
});
const failure = (more: Partial<LoginFailed> = {}): LoginFailed => ({ ...login(), kind: "login.failed", ...more });

describe("local-login-success", () => {
  test.each([
    ["login", "tty1"],
    ["login", "/dev/ttyS0"],
    ["login", "ttyAMA0"],
    ["login", "ttymxc2"],
    ["login", "hvc0"],
    ["gdm", ":0"],
    ["sddm", undefined],
  ])("%s on %s", (service, terminal) => {
    expect(matches(localLoginSuccess, [login({ service, terminal })])).toHaveLength(1);
  });

  test.each([
    ["sshd", "ssh"],
    ["login", "pts/3"],
    ["login", "ttyp1"],
    ["su", "tty1"],
    ["sudo", "pts/0"],
    ["cron", undefined],
  ])("%s on %s - should not trigger", (service, terminal) => {
    expect(matches(localLoginSuccess, [login({ service, terminal })])).toEqual([]);
  });

  test("a telnet login has an address - should not trigger", () => {
    expect(matches(localLoginSuccess, [login({ source: { ip: "192.0.2.1" } })])).toEqual([]);
  });

  test("a console that logs in by itself is tagged, told low, and can be silenced", () => {
    const started = (argv: string[], exe = "/usr/bin/login"): Fact => ({
      kind: "process.started",
      at: 1,
      process: { pid: 7, ppid: 1, exe, argv },
    });
    const autologin = { severity: "low", evidence: { data: { autologin: true } } };
    expect(matches(localLoginSuccess, [started(["login", "-f", "--", "pi"]), login()])).toMatchObject([autologin]);
    expect(matches(localLoginSuccess, [login({ autologin: true })])).toMatchObject([autologin]);
    expect(matches(localLoginSuccess, [login({ autologin: true })], { reportAutologin: false })).toEqual([]);
    const asked = matches(localLoginSuccess, [
      started(["agetty", "--autologin", "pi"], "/sbin/agetty"),
      started(["login", "--", "pi"]),
      login(),
    ]);
    expect(asked[0]?.severity).toBeUndefined();
  });

  test("an expected user - should not trigger", () => {
    expect(matches(localLoginSuccess, [login()], { expectedUsers: ["pi"] })).toEqual([]);
  });
});

describe("local-login-failed", () => {
  test("a refused login at the console, but not by ssh, su or a network login", () => {
    expect(matches(localLoginFailed, [failure()])).toMatchObject([{ subject: "user pi on tty1" }]);
    expect(matches(localLoginFailed, [failure({ service: "sshd", source: { ip: "192.0.2.1" } })])).toEqual([]);
    expect(matches(localLoginFailed, [failure({ service: "su", terminal: "tty1" })])).toEqual([]);
  });

  test("a name that no account has may be a password and is not repeated", () => {
    const [match] = matches(localLoginFailed, [failure({ user: "hunter2", unknownUser: true })]);
    expect(JSON.stringify(match)).not.toContain("hunter2");
  });
});

describe("custom-failed-local-logins", () => {
  const range = { min: 0, max: 2, windowSeconds: 60 };

  test("more than the most are told at once and once per window", () => {
    const facts = [0, 1, 2, 3].map((at) => failure({ at }));
    expect(matches(customFailedLocalLogins, facts, range)).toMatchObject([
      { evidence: { data: { count: 3, max: 2 } } },
    ]);
    expect(matches(customFailedLocalLogins, facts.slice(1), { ...range, max: 3 })).toEqual([]);
  });

  test("the window's end starts a new count", () => {
    const facts = [failure({ at: 0 }), failure({ at: 59_999 }), failure({ at: 60_000 }), failure({ at: 60_001 })];
    expect(matches(customFailedLocalLogins, facts, range)).toEqual([]);
  });

  test("fewer than the fewest are told when the window ends", () => {
    const few = { min: 1, max: 9, windowSeconds: 60 };
    expect(matches(customFailedLocalLogins, [tick(0), tick(59_999)], few)).toEqual([]);
    expect(matches(customFailedLocalLogins, [tick(0), tick(60_000)], few)).toMatchObject([
      { evidence: { data: { count: 0 } } },
    ]);
    expect(matches(customFailedLocalLogins, [tick(0), failure({ at: 5 }), tick(60_000)], few)).toEqual([]);
  });

  test("failures over the network are not local", () => {
    const remote = [0, 1, 2, 3].map((at) => failure({ at, service: "sshd", source: { ip: "192.0.2.1" } }));
    expect(matches(customFailedLocalLogins, remote, range)).toEqual([]);
  });
});

test("custom-login-not-allowed: who is not on the list, from anywhere", () => {
  const settings = { allowedUsers: ["pi"] };
  expect(matches(customLoginNotAllowed, [login()], settings)).toEqual([]);
  expect(matches(customLoginNotAllowed, [login({ user: "eve", source: { ip: "192.0.2.1" } })], settings)).toMatchObject(
    [{ subject: "user eve", reason: expect.stringContaining("192.0.2.1") }],
  );
});
