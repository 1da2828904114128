import { describe, expect, test } from "vitest";
import type { Fact, Process } from "../events/fact.ts";
import type { Context, Detector, Match } from "./detector.ts";
import { localUserDeletedCommand } from "./local-user-deleted.command.ts";
import { localUserDeleted } from "./local-user-deleted.ts";
import { suspiciousUseraddAccount } from "./suspicious-useradd.account.ts";
import { suspiciousUseradd } from "./suspicious-useradd.ts";
import { userAddedToGroupCommand } from "./user-added-to-group.command.ts";
import { userAddedToGroup } from "./user-added-to-group.ts";
import { userRemovedFromGroupCommand } from "./user-removed-from-group.command.ts";
import { userRemovedFromGroup } from "./user-removed-from-group.ts";

const context = { threats: {}, userName: () => undefined } as unknown as Context;
const matches = (detector: Detector, fact: Fact, settings: object = {}): Match[] => {
  const judgement = detector.start(detector.settings.parse(settings), context).judge(fact);
  return judgement === undefined ? [] : [judgement].flat();
};
const started = (line: string | string[], more: Partial<Process> = {}): Fact => {
  const argv = typeof line === "string" ? line.split(" ") : line;
  return {
    kind: "process.started",
    at: 1,
    process: { pid: 7, ppid: 1, exe: `/usr/sbin/${argv[0]}`, argv, uid: 0, ...more },
  };
};
const shell = (script: string) => started(["sh", "-c", script], { exe: "/bin/sh" });
const subjects = (detector: Detector, fact: Fact) => matches(detector, fact).map(({ subject }) => subject);

describe("group membership by command", () => {
  test.each([
    ["usermod -aG docker eve", ["docker"]],
    ["usermod -a -G docker,sudo eve", ["docker", "sudo"]],
    ["usermod --append --groups=docker eve", ["docker"]],
    ["usermod -g wheel eve", ["wheel"]],
    ["gpasswd -a eve docker", ["docker"]],
    ["gpasswd --add=eve docker", ["docker"]],
    ["gpasswd -M joe,eve docker", ["docker", "docker"]],
    ["adduser --quiet eve docker", ["docker"]],
    ["addgroup eve docker", ["docker"]],
    ["groupmems -g docker -a eve", ["docker"]],
    ["groupmod -aU eve docker", ["docker"]],
    ["useradd -m -G docker eve", ["docker"]],
    ["useradd -g root eve", ["root"]],
    ["busybox addgroup eve docker", ["docker"]],
    ["sudo usermod -aG docker eve", ["docker"]],
  ])("%s", (line, groups) => {
    const found = matches(userAddedToGroupCommand, started(line));
    expect(found.map(({ evidence }) => evidence.data?.group)).toEqual(groups);
  });

  test.each([
    "usermod -s /bin/sh eve",
    "useradd -r -M eve -g telemetry",
    "adduser --system --group --home /nonexistent eve",
    "addgroup --system docker",
    "groupadd -g 1500 docker",
    "gpasswd -d eve docker",
    "gpasswd docker",
    "usermod --help",
    "grep docker /etc/group",
    "ssh host.example usermod -aG docker eve",
    "docker exec web adduser eve docker",
  ])("%s - should not trigger", (line) => {
    expect(matches(userAddedToGroupCommand, started(line))).toEqual([]);
  });

  test.each([
    ["gpasswd -d eve docker", ["user eve in group docker"]],
    ["deluser eve docker", ["user eve in group docker"]],
    ["delgroup eve docker", ["user eve in group docker"]],
    ["usermod -rG docker eve", ["user eve in group docker"]],
    ["deluser eve", []],
    ["gpasswd -a eve docker", []],
  ])("removal: %s", (line, expected) => {
    expect(subjects(userRemovedFromGroupCommand, started(line))).toEqual(expected);
  });

  test("a script tells every step of it", () => {
    const fact = shell("useradd -m eve && usermod -aG docker eve; gpasswd -d eve users");
    expect(subjects(userAddedToGroupCommand, fact)).toEqual(["user eve in group docker"]);
    expect(subjects(userRemovedFromGroupCommand, fact)).toEqual(["user eve in group users"]);
  });

  test("file, audit and command speak of the same subject, so that repeats fold", () => {
    const joined: Fact = { kind: "group.joined", at: 1, user: "eve", group: "docker" };
    const left: Fact = { kind: "group.left", at: 1, user: "eve", group: "docker" };
    expect(subjects(userAddedToGroup, joined)).toEqual(
      subjects(userAddedToGroupCommand, started("gpasswd -a eve docker")),
    );
    expect(subjects(userRemovedFromGroup, left)).toEqual(
      subjects(userRemovedFromGroupCommand, started("gpasswd -d eve docker")),
    );
    expect(subjects(localUserDeleted, { kind: "account.deleted", at: 1, user: "eve" })).toEqual(
      subjects(localUserDeletedCommand, started("userdel -r eve")),
    );
  });

  test("a group the operator ignores, a container's accounts, a command that never ran - should not trigger", () => {
    const joined: Fact = { kind: "group.joined", at: 1, user: "eve", group: "users" };
    expect(matches(userAddedToGroup, joined, { ignoredGroups: ["users"] })).toEqual([]);
    const line = "usermod -aG docker eve";
    expect(matches(userAddedToGroupCommand, started(line, { container: { id: "a".repeat(64) } }))).toEqual([]);
    expect(matches(userAddedToGroupCommand, { ...started(line), failed: true } as Fact)).toEqual([]);
  });

  test("an account that a package takes with it is only a hint", () => {
    const dpkg = { ancestors: [{ pid: 9, exe: "/usr/bin/dpkg", argv: ["dpkg"], uid: 0 }] };
    expect(matches(localUserDeletedCommand, started("userdel svc", dpkg))).toMatchObject([{ confidence: "low" }]);
    expect(matches(localUserDeletedCommand, started("userdel svc"))).toMatchObject([{ confidence: "medium" }]);
    const told = (user: string, at: number): Fact => ({ kind: "account.deleted", at, user });
    const judge = localUserDeleted.start({}, context);
    const process = { pid: 8, ppid: 9, exe: "/usr/sbin/userdel", argv: ["userdel", "svc"] };
    judge.judge({ kind: "process.started", at: 1, process: { ...process, ...dpkg } });
    judge.judge({ kind: "process.started", at: 1, process: { ...process, argv: ["userdel", "eve"] } });
    expect(judge.judge(told("svc", 30_001))).toMatchObject({ confidence: "low" });
    expect(judge.judge(told("svc", 30_002))).toMatchObject({ confidence: "high" });
    expect(judge.judge(told("eve", 2))).toMatchObject({ confidence: "high" });
  });

  test("the actor is named", () => {
    const fact: Fact = { kind: "group.joined", at: 1, user: "eve", group: "docker", actor: { user: "joe", uid: 1000 } };
    expect(matches(userAddedToGroup, fact)).toMatchObject([{ evidence: { data: { actor: "joe", group: "docker" } } }]);
  });
});

describe("deleted accounts by command", () => {
  test.each([
    ["userdel eve", ["user eve"]],
    ["userdel -r -f eve", ["user eve"]],
    ["deluser --remove-home eve", ["user eve"]],
    ["busybox deluser eve", ["user eve"]],
    ["homectl remove eve", ["user eve"]],
    ["deluser --group docker", []],
    ["deluser eve docker", []],
    ["userdel --help", []],
  ])("%s", (line, expected) => {
    expect(subjects(localUserDeletedCommand, started(line))).toEqual(expected);
  });
});

describe("suspicious-useradd", () => {
  test.each([
    ["useradd -o -u 0 eve", "user id"],
    ["adduser -u 0 eve", "user id of root"],
    ["useradd -r -u 0 -o -s /usr/sbin/nologin eve", "user id of root"],
    ["usermod -o -u 0 eve", "user id of root"],
    ["useradd -p aaB1 -r eve", "password"],
    ["useradd -d /tmp/.x -r eve", "lives in"],
    ["useradd -m -d /var/lib/.cache/eve eve", "lives in"],
    ["useradd -m -G sudo eve", "member of sudo"],
    ["useradd -m -s /bin/bash eve", "can log in"],
    ["adduser -D eve", "can log in"],
    ["useradd -M -r -s /bin/bash eve", "no home"],
    ["newusers /root/list", "password"],
  ])("%s", (line, why) => {
    const [match] = matches(suspiciousUseradd, started(line));
    expect(match?.reason).toContain(why);
    expect(match?.confidence).not.toBe("low");
  });

  test.each([
    "useradd --system --shell /usr/sbin/nologin eve",
    "adduser -u 1000 -G node -s /bin/sh -D node",
    "useradd -r -d /var/lib/eve -s /bin/bash eve",
    "useradd -u 640 -g eve eve",
    "useradd -m -s /bin/false eve",
    "adduser --system --group --home /nonexistent --no-create-home eve",
    "adduser --disabled-password --gecos x eve",
    "adduser -S -D -H eve",
    "adduser eve docker",
    "useradd -D -s /bin/bash",
    "groupadd eve",
    "man useradd",
  ])("%s - should not trigger", (line) => {
    expect(matches(suspiciousUseradd, started(line))).toEqual([]);
  });

  test.each([
    "echo 'eve:x:0:0::/root:/bin/bash' >> /etc/passwd",
    "printf 'eve::0:0:::\\n' | tee -a /etc/passwd",
    "cat >> /etc/passwd <<EOF\neve:$1$x:0:0::/root:/bin/sh\nEOF",
    "cd /etc; echo eve:x:0:0::/:/bin/sh >>passwd",
  ])("written past all tools: %s", (script) => {
    expect(subjects(suspiciousUseradd, shell(script))).toEqual(["user eve"]);
  });

  test("an account that the same line gives a password, not one beside it", () => {
    expect(matches(suspiciousUseradd, shell("adduser --disabled-password eve; echo eve:x | chpasswd"))).toMatchObject([
      { subject: "user eve" },
    ]);
    expect(matches(suspiciousUseradd, shell("adduser --disabled-password eve; echo bob:x | chpasswd"))).toEqual([]);
  });

  test("lines for another file - should not trigger", () => {
    expect(matches(suspiciousUseradd, shell("echo 'eve:x:0:0::/root:/bin/bash' >> /tmp/passwd"))).toEqual([]);
  });

  test("a package's or provisioning tool's account - should not trigger, but a second root does", () => {
    const below = (exe: string) => ({ ancestors: [{ pid: 2, exe, argv: [exe], uid: 0 }] });
    expect(matches(suspiciousUseradd, started("useradd -m eve", below("/usr/bin/dpkg")))).toEqual([]);
    expect(matches(suspiciousUseradd, started("useradd -m -G sudo -p x eve", below("/usr/bin/cloud-init")))).toEqual(
      [],
    );
    expect(matches(suspiciousUseradd, started("useradd -o -u 0 eve", below("/usr/bin/dpkg")))).toHaveLength(1);
    expect(matches(suspiciousUseradd, started("useradd -m eve", below("/tmp/dpkg")))).toHaveLength(1);
  });

  test("in a container or on another machine it is told with low confidence", () => {
    const inside = matches(suspiciousUseradd, started("useradd -m eve", { container: { id: "a".repeat(64) } }));
    const remote = matches(suspiciousUseradd, started("ssh host.example useradd -m eve"));
    expect([inside, remote]).toMatchObject([[{ confidence: "low" }], [{ confidence: "low" }]]);
  });

  test("an expected account - should not trigger", () => {
    expect(matches(suspiciousUseradd, started("useradd -m eve"), { expectedAccounts: ["eve"] })).toEqual([]);
  });

  test("an account that appears in the file: a second root or a hidden home, but no ordinary one", () => {
    const created = (uid: number, home: string, user = "eve"): Fact => ({
      kind: "account.created",
      at: 1,
      user,
      uid,
      home,
    });
    expect(matches(suspiciousUseraddAccount, created(0, "/root"))).toHaveLength(1);
    expect(matches(suspiciousUseraddAccount, created(1001, "/dev/shm/e"))).toHaveLength(1);
    expect(matches(suspiciousUseraddAccount, created(1001, "/home/eve"))).toEqual([]);
    expect(matches(suspiciousUseraddAccount, created(0, "/root", "root"))).toEqual([]);
  });
});
