import { describe, expect, test } from "vitest";
import { fromBaseline, toBaseline } from "./baseline.ts";
import { type Accounts, difference } from "./difference.ts";
import { parseGroup } from "./group.ts";
import { parsePasswd } from "./passwd.ts";

const passwd = "root:x:0:0:root:/root:/bin/bash\npi:x:1000:1000::/home/pi:/bin/bash\n";
const group = "root:x:0:\nsudo:x:27:\ndocker:x:999:pi\nusers:x:100:\npi:x:1000:\n";
const state = (users = passwd, groups = group): Accounts => ({
  accounts: parsePasswd(users),
  groups: parseGroup(groups),
});
const changes = (users: string, groups: string) =>
  difference(state(), state(users, groups), 5).map((fact) => ({ ...fact, at: undefined }));

describe("accounts", () => {
  test("a new user with his own group is created and joins nothing", () => {
    expect(changes(`${passwd}eve:x:1001:1001::/home/eve:/bin/bash\n`, `${group}eve:x:1001:\n`)).toEqual([
      { kind: "account.created", user: "eve", uid: 1001, home: "/home/eve", shell: "/bin/bash" },
    ]);
  });

  test("a new user in an existing group joins it, but not by a primary group that gives nothing", () => {
    const users = `${passwd}eve:x:1001:100::/home/eve:/bin/bash\n`;
    const facts = changes(users, group.replace("sudo:x:27:", "sudo:x:27:eve"));
    expect(facts.filter(({ kind }) => kind === "group.joined")).toEqual([
      { kind: "group.joined", user: "eve", group: "sudo" },
    ]);
  });

  test("a deleted user is deleted and leaves no groups one by one", () => {
    const facts = changes(passwd.replace(/pi:.*\n/, ""), group.replace("999:pi", "999:").replace("pi:x:1000:\n", ""));
    expect(facts).toMatchObject([{ kind: "account.deleted", user: "pi", uid: 1000 }]);
  });

  test("an account that becomes uid 0 is told as created", () => {
    expect(changes(passwd.replace("1000:1000", "0:1000"), group)).toMatchObject([{ kind: "account.created", uid: 0 }]);
  });

  test("the same number under another name is one deleted and one created", () => {
    const facts = changes(passwd.replace("pi:", "joe:"), group);
    expect(facts.map(({ kind, user }) => `${kind} ${user}`)).toEqual(
      expect.arrayContaining(["account.deleted pi", "account.created joe"]),
    );
  });
});

describe("groups", () => {
  test("joined and left", () => {
    expect(changes(passwd, group.replace("27:", "27:pi").replace("999:pi", "999:"))).toEqual([
      { kind: "group.joined", user: "pi", group: "sudo" },
      { kind: "group.left", user: "pi", group: "docker" },
    ]);
  });

  test("a changed primary group is joined", () => {
    expect(changes(passwd.replace("1000:1000", "1000:27"), group)).toEqual([
      { kind: "group.joined", user: "pi", group: "sudo" },
    ]);
  });

  test("a renamed group is neither left nor joined, a deleted one is left", () => {
    expect(changes(passwd, group.replace("docker", "moby"))).toEqual([]);
    expect(changes(passwd, group.replace("docker:x:999:pi\n", ""))).toMatchObject([
      { kind: "group.left", group: "docker" },
    ]);
  });

  test("order and repeated names mean nothing", () => {
    expect(changes(passwd, `${group.split("\n").reverse().join("\n")}\n`)).toEqual([]);
    expect(changes(passwd, group.replace("999:pi", "999:pi,pi"))).toEqual([]);
  });
});

test("hostile files: junk lines, second lines of a name, and ids out of range are left out", () => {
  const text =
    "::::::\nroot:x:0:0::/root:/bin/sh\nroot:x:7:7::/:/bin/sh\n+::::::\n#x:x:1:1:::\nbad:x:-1:0:::\nbig:x:4294967295:0:::\nhalf:x:1\n";
  expect(parsePasswd(text)).toEqual([{ name: "root", uid: 0, gid: 0, home: "/root", shell: "/bin/sh" }]);
  expect(
    parsePasswd("a:x:1:1:::\n".repeat(10) + Array.from({ length: 20_000 }, (_, i) => `u${i}:x:1:1:::`).join("\n")),
  ).toHaveLength(8192);
  expect(parseGroup(`g:x:1:${"m,".repeat(100_000)}`)[0]?.members).toEqual(["m"]);
});

test("the baseline survives JSON, and nonsense is no baseline", () => {
  const read = fromBaseline(JSON.parse(JSON.stringify(toBaseline(state()))));
  expect(read && difference(read, state(), 1)).toEqual([]);
  for (const junk of [
    undefined,
    null,
    7,
    {},
    { version: 1 },
    { version: 1, accounts: [1], groups: [] },
    { version: 1, accounts: [], groups: [["a", 1, [2]]] },
  ]) {
    expect(fromBaseline(junk)).toBeUndefined();
  }
});
