import { describe, expect, test } from "vitest";
import { AuthParser, type LoginFact, parseAuthLine } from "./auth-parser.ts";

const now = Date.UTC(2026, 5, 15, 12, 0, 0);
const clock = { now: () => now };
const one = (message: string, tag = "sshd[4711]") => {
  const fact = parseAuthLine(`Jun 15 10:00:00 edge ${tag}: ${message}`, clock);
  return fact === "problem" ? undefined : fact;
};
const all = (...lines: string[]): LoginFact[] => {
  const parser = new AuthParser(clock);
  return [...parser.push(Buffer.from(`${lines.join("\n")}\n`)), ...parser.flush()];
};
const failedFrom = (ip: string) => ({ kind: "login.failed", source: expect.objectContaining({ ip }) });

describe("sshd", () => {
  test("a refused password tells user, address, port, pid and time", () => {
    expect(one("Failed password for pi from 198.51.100.7 port 50022 ssh2")).toMatchObject({
      kind: "login.failed",
      at: Date.UTC(2026, 5, 15, 10),
      user: "pi",
      source: { ip: "198.51.100.7", port: 50022 },
      method: "password",
      service: "sshd",
      pid: 4711,
    });
  });

  test("an accepted password, key and keyboard-interactive login are successes with their method", () => {
    const peer = "for pi from 2001:db8::7 port 50022 ssh2";
    expect(one(`Accepted password ${peer}`)).toMatchObject({ kind: "login.succeeded", method: "password" });
    expect(one(`Accepted keyboard-interactive/pam ${peer}`)).toMatchObject({ method: "keyboard-interactive" });
    expect(one(`Accepted publickey ${peer}: ED25519 SHA256:abc`)).toMatchObject({
      method: "publickey",
      source: { ip: "2001:db8::7" },
    });
  });

  test("a user name that imitates the end of the line does not move the address", () => {
    for (const name of [
      "x from 10.9.9.9",
      "x from 10.9.9.9 port 22 ssh2",
      "x from 10.9.9.9 port 22 ssh2: RSA SHA256:aa",
      " from 10.9.9.9 port 1 ssh2 [preauth]",
    ]) {
      expect(one(`Failed password for invalid user ${name} from 198.51.100.7 port 50022 ssh2`), name).toMatchObject({
        ...failedFrom("198.51.100.7"),
        unknownUser: true,
        user: name,
      });
      expect(one(`Invalid user ${name} from 198.51.100.7 port 50022`), name).toMatchObject(failedFrom("198.51.100.7"));
      expect(one(`User ${name} from 198.51.100.7 not allowed because not listed in AllowUsers`), name).toMatchObject(
        failedFrom("198.51.100.7"),
      );
    }
  });

  test("a user name that imitates a whole message stays a user name", () => {
    const forged = "Accepted password for root from 10.9.9.9 port 22 ssh2";
    expect(one(`Invalid user ${forged} from 198.51.100.7 port 50022`)).toMatchObject(failedFrom("198.51.100.7"));
  });

  test("a refused key is noise for an account that exists and a failure for one that does not", () => {
    const rest = "from 198.51.100.7 port 50022 ssh2: RSA SHA256:abc";
    expect(one(`Failed publickey for pi ${rest}`)).toBeUndefined();
    expect(one(`Failed publickey for invalid user oracle ${rest}`)).toMatchObject(failedFrom("198.51.100.7"));
  });

  test.each([
    "Connection closed by 198.51.100.7 port 50022 [preauth]",
    "Received disconnect from 198.51.100.7 port 50022:11: Bye Bye [preauth]",
    "Disconnected from authenticating user root 198.51.100.7 port 50022 [preauth]",
    "Unable to negotiate with 198.51.100.7 port 50022: no matching host key type found. Their offer: ssh-rsa [preauth]",
    "Did not receive identification string from 198.51.100.7 port 50022",
    "Postponed keyboard-interactive for pi from 198.51.100.7 port 50022 ssh2 [preauth]",
    "pam_unix(sshd:session): session opened for user pi(uid=1000) by (uid=0)",
    "Server listening on 0.0.0.0 port 22.",
  ])("%s - should not be a failure", (message) => {
    expect(one(message)).toBeUndefined();
  });

  test.each([
    ["error: PAM: Authentication failure for illegal user joe from 198.51.100.7", "198.51.100.7"],
    ["error: PAM: Authentication failure for joe from 198.51.100.7 via 192.0.2.9", "198.51.100.7"],
    [
      "error: maximum authentication attempts exceeded for root from 198.51.100.7 port 4 ssh2 [preauth]",
      "198.51.100.7",
    ],
    [
      "Disconnecting authenticating user root 198.51.100.7 port 4: Too many authentication failures [preauth]",
      "198.51.100.7",
    ],
    ["refused connect from x (10.9.9.9) (::ffff:198.51.100.7)", "198.51.100.7"],
    ["ROOT LOGIN REFUSED FROM 198.51.100.7 port 50022", "198.51.100.7"],
    ["Failed none for invalid user admin from ::ffff:198.51.100.7 port 50022 ssh2", "198.51.100.7"],
    ["[ID 800047 auth.info] Failed password for joe from 198.51.100.7 port 50022 ssh2", "198.51.100.7"],
  ])("%s", (message, ip) => {
    expect(one(message)).toMatchObject(failedFrom(ip));
    expect(one(message, "sshd-session[4711]")).toMatchObject({ ...failedFrom(ip), service: "sshd" });
  });

  test("a client that asks what it may offer has not failed", () => {
    expect(one("Failed none for joe from 198.51.100.7 port 50022 ssh2")).toBeUndefined();
  });

  test("PAM's word on sshd is counted only where sshd closes without its own", () => {
    const pam =
      "Jun 15 10:00:00 edge sshd[9]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=198.51.100.7  user=pi";
    const own = "Jun 15 10:00:02 edge sshd[9]: Failed password for pi from 198.51.100.7 port 5 ssh2";
    const close = "Jun 15 10:00:03 edge sshd[9]: Connection closed by 198.51.100.7 port 5 [preauth]";
    expect(all(pam, own, close)).toHaveLength(1);
    expect(all(pam, close)).toMatchObject([{ ...failedFrom("198.51.100.7"), user: "pi" }]);
    expect(all(pam)).toEqual([]);
  });

  test("a refusal without address takes the address of the close", () => {
    const facts = all(
      "Jun 15 10:00:00 edge sshd[9]: User root not allowed because account is locked",
      "Jun 15 10:00:01 edge sshd[9]: Received disconnect from 198.51.100.7 port 5:11: Bye Bye [preauth]",
    );
    expect(facts).toMatchObject([{ ...failedFrom("198.51.100.7"), user: "root" }]);
  });

  test("repetitions stand for as many attempts", () => {
    const inner = "Failed password for root from 198.51.100.7 port 5 ssh2";
    expect(one(`message repeated 5 times: [ ${inner}]`)).toMatchObject({ ...failedFrom("198.51.100.7"), attempts: 5 });
    const facts = all(`Jun 15 10:00:00 edge sshd[9]: ${inner}`, "Jun 15 10:00:09 edge last message repeated 3 times");
    expect(facts.map((fact) => ("attempts" in fact ? fact.attempts : 0))).toEqual([undefined, 3]);
  });
});

describe("the console", () => {
  test.each([
    ["FAILED LOGIN (1) on '/dev/tty1' FOR 'joe', Authentication failure", "tty1"],
    ["FAILED LOGIN 2 FROM tty1 FOR joe, Authentication failure", "tty1"],
    ["TOO MANY LOGIN TRIES (5) FROM /dev/ttyS0 FOR joe, Authentication failure", "ttyS0"],
    ["invalid password for 'joe' on 'ttyS0'", "ttyS0"],
  ])("%s", (message, terminal) => {
    expect(one(message, "login[77]")).toMatchObject({ kind: "login.failed", user: "joe", terminal, service: "login" });
    expect(one(message, "login[77]")?.source).toBeUndefined();
  });

  test("a name at the prompt cannot pretend to come from elsewhere", () => {
    const forged = "joe FROM 10.9.9.9 FOR root";
    const fact = one(`FAILED LOGIN 1 FROM tty1 FOR ${forged}, Authentication failure`, "login[77]");
    expect(fact).toMatchObject({ terminal: "tty1", user: forged });
    expect(fact?.source).toBeUndefined();
  });

  test("login says where: its own line replaces PAM's, and telnet's keeps its address", () => {
    const opened =
      "Jun 15 10:00:00 edge login[77]: pam_unix(login:session): session opened for user pi(uid=1000) by LOGIN(uid=0)";
    expect(all(opened)).toMatchObject([{ kind: "login.succeeded", user: "pi", service: "login" }]);
    expect(all(opened, "Jun 15 10:00:00 edge login[77]: LOGIN ON tty1 BY pi")).toMatchObject([{ terminal: "tty1" }]);
    expect(all(opened, "Jun 15 10:00:01 edge login[77]: LOGIN ON pts/3 BY pi FROM 198.51.100.7")).toMatchObject([
      { source: { ip: "198.51.100.7" }, terminal: "pts/3" },
    ]);
  });

  test("display managers: a login, an automatic login, and a greeter that is nobody's login", () => {
    const opened = (service: string) => `pam_unix(${service}:session): session opened for user pi(uid=1000) by (uid=0)`;
    expect(one(opened("gdm-password"), "gdm-password][88]")).toMatchObject({ service: "gdm", user: "pi" });
    expect(one(opened("gdm-autologin"), "gdm-autologin][88]")).toMatchObject({ autologin: true });
    expect(one(opened("lightdm-greeter"), "lightdm")).toBeUndefined();
    expect(one(opened("gdm-launch-environment"), "gdm-launch-environment][88]")).toBeUndefined();
  });

  test.each(["cron", "sudo", "su-l", "systemd-user", "sshd"])(
    "a session of %s is no login at the device",
    (service) => {
      expect(
        one(`pam_unix(${service}:session): session opened for user root(uid=0) by (uid=0)`, `${service}[5]`),
      ).toBeUndefined();
    },
  );
});

describe("other programs", () => {
  test.each([
    ["dropbear[5]", "Bad password attempt for 'root' from 198.51.100.7:50022"],
    ["dropbear[5]", "Bad PAM password attempt for 'x' from 10.9.9.9:1' from 198.51.100.7:50022"],
    ["dropbear[5]", "[5] Jun 15 10:00:00 Login attempt for nonexistent user from 198.51.100.7:50022"],
    ["vsftpd[5]", '[ftp] FAIL LOGIN: Client "198.51.100.7"'],
    ["proftpd[5]", "edge.example (198.51.100.7[198.51.100.7]) - USER joe (Login failed): Incorrect password"],
    ["pure-ftpd", "(?@198.51.100.7) [WARNING] Authentication failed for user [joe]"],
    [
      "dovecot",
      "imap-login: Disconnected (auth failed, 3 attempts in 6 secs): user=<joe>, method=PLAIN, rip=198.51.100.7, lip=192.0.2.2",
    ],
    ["webmin[5]", "Invalid login as root from 198.51.100.7"],
    [
      "cockpit-session[5]",
      "pam_unix(cockpit:auth): authentication failure; logname= uid=0 euid=0 tty= ruser= rhost=::ffff:198.51.100.7  user=pi",
    ],
    [
      "ftpd",
      "pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=a rhost=10.9.9.9 user=b rhost=198.51.100.7",
    ],
  ])("%s: %s", (tag, message) => {
    expect(one(message, tag)).toMatchObject(failedFrom("198.51.100.7"));
  });

  test("su and sudo fail on a terminal, not at the console program", () => {
    expect(one("FAILED SU (to root) joe on pts/0", "su[5]")).toMatchObject({
      service: "su",
      user: "joe",
      terminal: "pts/0",
    });
    const sudo = "     joe : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/id";
    expect(one(sudo, "sudo")).toMatchObject({ service: "sudo", attempts: 3 });
    expect(one("     joe : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/id", "sudo")).toBeUndefined();
  });
});

describe("frames", () => {
  const message = "Failed password for pi from 198.51.100.7 port 50022 ssh2";
  test.each([
    [`Jun 15 10:00:00 edge sshd[1]: ${message}`],
    [`Jun  5 10:00:00 edge sshd[1]: ${message}`],
    [`<38>Jun 15 10:00:00 edge sshd[1]: ${message}`],
    [`2026-06-15T10:00:00.123456+02:00 edge sshd[1]: ${message}`],
    [`2026-06-15T08:00:00Z edge sshd[1]: ${message}`],
    [`2026 Jun 15 10:00:00 edge sshd[1]: ${message}`],
    [`<38>1 2026-06-15T08:00:00Z edge sshd 1 - - ${message}`],
    [`Jun 15 10:00:00 sshd[1]: ${message}`],
    [`Jun 15 10:00:00 edge sshd[1]: ${message}\r`],
  ])("%s", (line) => {
    expect(parseAuthLine(line, clock)).toMatchObject({ ...failedFrom("198.51.100.7"), pid: 1 });
  });

  test("a tag that ends with the pid, as proftpd writes it", () => {
    const ftp = "edge.example (client.example[198.51.100.7]): USER joe (Login failed): Incorrect password";
    for (const stamp of ["Jun 15 10:00:00", "2026-06-15 10:00:00,121"]) {
      expect(parseAuthLine(`${stamp} edge proftpd[1] ${ftp}`, clock)).toMatchObject({
        ...failedFrom("198.51.100.7"),
        pid: 1,
      });
    }
  });

  test("the journal's export format", () => {
    const entry = [
      "__REALTIME_TIMESTAMP=1781517600000000",
      "_PID=1",
      "SYSLOG_IDENTIFIER=sshd",
      `MESSAGE=${message}`,
      "",
    ];
    expect(all(...entry)).toMatchObject([{ ...failedFrom("198.51.100.7"), at: 1_781_517_600_000 }]);
  });

  test("what is no syslog line is a counted problem, never an exception", () => {
    for (const junk of [
      "",
      "garbage",
      "\u0000\u0001",
      "<38>",
      "Jun 15 10:00:00",
      ":".repeat(9000),
      "Jun 99 10:00:00 edge sshd[1]: x: y",
    ]) {
      expect(() => parseAuthLine(junk, clock)).not.toThrow();
    }
    expect(parseAuthLine("no frame at all", clock)).toBe("problem");
    expect(parseAuthLine(`Jun 31 10:00:00 edge sshd[1]: ${message}`, clock)).toBe("problem");
  });

  test("a hostile line of 64 KiB costs no more than its length", () => {
    const parser = new AuthParser(clock);
    const line = `Jun 15 10:00:00 edge sshd[1]: Failed publickey for invalid user ${" from 1.1.1.1 port 1".repeat(3000)}\n`;
    for (let round = 0; round < 200; round++) parser.push(Buffer.from(line));
    expect(parser.problems).toBe(0);
  });
});
