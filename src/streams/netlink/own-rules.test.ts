import { describe, expect, test } from "vitest";
import { machineOf } from "./architecture.ts";
import type { Reach } from "./host-paths.ts";
import { ownRules } from "./own-rules.ts";
import { keyOf } from "./rule-data.ts";
import { ruleLines } from "./rule-lines.ts";

const machine = machineOf("x86_64") ?? {};
const reaching = (reach: (path: string) => Reach) => ({ reach });
const everything = reaching((path) => ({ path, isDirectory: false }));
const text = (rule: Buffer) => rule.toString("utf8", 1_040).replace(/\0+$/, "");

describe("the module's own rules", () => {
  test("have one key, which no rule of the file has", () => {
    const { loadable } = ownRules(ruleLines, machine, everything);
    expect(new Set(loadable.map(keyOf))).toEqual(new Set(["vedette"]));
  });

  test("name the paths as they are reached from the container", () => {
    const host = reaching((path) => ({ path: `/proc/1/root${path}`, isDirectory: false }));
    const { loadable } = ownRules(["-w /etc/passwd -p wa -k vedette-accounts"], machine, host);
    expect(loadable.map(text)).toEqual(["/proc/1/root/etc/passwdvedette"]);
  });

  test("watch a directory with all below it, and a file alone", () => {
    const line = "-w /etc/cron.d -p wa -k k";
    const typeOf = (isDirectory: boolean) =>
      ownRules(
        [line],
        machine,
        reaching((path) => ({ path, isDirectory })),
      ).loadable[0]?.readUInt32LE(268);
    expect([typeOf(true), typeOf(false)]).toEqual([107, 105]);
  });

  test("leave out in silence what the host does not have", () => {
    const host = reaching((path) => (path === "/var/www" ? "missing" : { path, isDirectory: true }));
    const lines = ["-a always,exit -F dir=/var/www -F perm=wa -k k", "-a always,exit -F dir=/srv/www -F perm=wa -k k"];
    expect(ownRules(lines, machine, host)).toMatchObject({ unreachable: [] });
    expect(ownRules(lines, machine, host).loadable.map(text)).toEqual(["/srv/wwwvedette"]);
  });

  test("on a directory need one", () => {
    expect(ownRules(["-a always,exit -F dir=/tmp -F perm=wa -k k"], machine, everything).loadable).toEqual([]);
  });

  test("say once each what cannot be reached", () => {
    const nothing = reaching(() => "unreachable");
    const lines = ["-w /home -p wa -k a", "-w /home -p r -k b", "-a always,exit -F arch=b64 -S execve -k c"];
    const { loadable, unreachable } = ownRules(lines, machine, nothing);
    expect(unreachable).toEqual(["/home"]);
    expect(loadable).toHaveLength(1);
  });
});
