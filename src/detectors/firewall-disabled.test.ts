import { describe, expect, test } from "vitest";
import type { Fact } from "../events/fact.ts";
import { firewallDisabledCommand } from "./firewall-disabled.command.ts";
import { firewallDisabledService } from "./firewall-disabled.service.ts";
import { below, ran, run, script, tick } from "./testing/root-shell.ts";

const minute = 60_000;

const fired = (facts: readonly Fact[], settings?: object) => run(firewallDisabledCommand, facts, settings);

describe("a firewall switched off by a command", () => {
  test.each([
    "ufw disable",
    "ufw --force reset",
    "systemctl --now disable nftables.service",
    "systemctl mask firewalld",
    "service ip6tables stop",
    "/etc/rc.d/init.d/iptables stop",
    "rcSuSEfirewall2 stop",
    "SuSEfirewall2 stop",
    "rc-update del nftables",
    "chkconfig --del ip6tables",
    "pkill -9 firewalld",
    "dnf remove -y firewalld",
    "firewall-cmd --set-default-zone=trusted",
    "iptables -I INPUT 1 -j ACCEPT",
    "modprobe -r iptable_filter",
    "sudo systemctl stop ufw",
  ])("%s fires at once", (line) => {
    expect(fired([script(line)])).toHaveLength(1);
  });

  test("the manager's own program run by hand fires, what it runs itself does not", () => {
    expect(fired([ran(["ufw", "disable"], { exe: "/usr/sbin/ufw" })])).toHaveLength(1);
    expect(fired([ran(["iptables", "-F"], below("/usr/sbin/ufw")), tick(10 * minute)])).toEqual([]);
  });

  test("an outgoing policy opened and left open fires", () => {
    const open = script("iptables --policy OUTPUT ACCEPT");
    expect(fired([open, tick(10 * minute)])).toHaveLength(1);
    expect(fired([open, script("iptables -P OUTPUT DROP", {}, 2000), tick(10 * minute)])).toEqual([]);
  });

  test.each([
    "ufw status verbose",
    "ufw allow 443/tcp",
    "systemctl restart firewalld",
    "systemctl stop --user firewalld",
    "systemctl -H edge2 stop firewalld",
    "systemctl stop bluetooth",
    "iptables -nvL",
    "iptables -F MYCHAIN",
    "iptables -D INPUT -s 192.0.2.7 -j DROP",
    "iptables -D INPUT -p tcp --dport 22 -j REJECT",
    "ssh edge2 ufw disable",
    "grep 'ufw disable' notes.txt",
    "apt-get install -y ufw",
  ])("%s raises nothing", (line) => {
    expect(fired([script(line), tick(10 * minute)])).toEqual([]);
  });
});

describe("a flushed firewall", () => {
  const flush = (at = 1000) => ran(["iptables", "-w", "-F"], {}, at);

  test("waits for new rules and then carries the time of the flush", () => {
    expect(fired([flush(), tick(61_000)])).toEqual([]);
    expect(fired([flush(), tick(61_001)])).toMatchObject([{ at: 1000, subject: "iptables -w -F" }]);
  });

  test("that is filled again in time raises nothing", () => {
    const policy = ["iptables", "-P", "INPUT", "DROP"];
    expect(fired([flush(), ran(policy, {}, 61_000), tick(5 * minute)])).toEqual([]);
    expect(fired([flush(), ran(policy, {}, 61_001), tick(5 * minute)])).toHaveLength(1);
    expect(fired([script("iptables -F; iptables-restore < /etc/iptables/rules.v4"), tick(5 * minute)])).toEqual([]);
  });

  test("is not filled by a rule that accepts", () => {
    expect(fired([script("iptables -F; iptables -A INPUT -j ACCEPT"), tick(5 * minute)])).toHaveLength(1);
  });

  test("is dropped by a shutdown", () => {
    expect(fired([flush(), { kind: "host.shutdown", at: 2000 }, tick(5 * minute)])).toEqual([]);
  });

  test("of a container engine, a package or the firewall itself is theirs", () => {
    for (const exe of ["/usr/bin/dockerd", "/usr/bin/dpkg", "/usr/sbin/ufw"])
      expect(fired([ran(["iptables", "-F"], below(exe)), tick(5 * minute)])).toEqual([]);
    expect(fired([ran(["iptables", "-F"], below("/tmp/dockerd")), tick(5 * minute)])).toHaveLength(1);
  });

  test("of the NAT table alone is graded low", () => {
    expect(fired([ran(["iptables", "-t", "nat", "-F"]), tick(5 * minute)])).toMatchObject([{ confidence: "low" }]);
  });

  test("that the operator allows raises nothing", () => {
    expect(fired([flush(), tick(5 * minute)], { allowedCommands: ["iptables -w -F"] })).toEqual([]);
  });
});

describe("a firewall's unit", () => {
  const unit = (kind: "service.stopped" | "service.started", at: number, name = "nftables.service"): Fact => ({
    kind,
    at,
    unit: name,
    succeeded: true,
  });
  const seen = (...facts: Fact[]) => run(firewallDisabledService, facts);

  test("that stops and stays away raises the alert", () => {
    expect(seen(unit("service.stopped", 1000), tick(62_000))).toMatchObject([{ at: 1000 }]);
  });

  test("that comes back, or stops in a shutdown, raises nothing", () => {
    expect(seen(unit("service.stopped", 1000), unit("service.started", 60_000), tick(10 * minute))).toEqual([]);
    expect(seen(unit("service.stopped", 1000), { kind: "host.shutdown", at: 2000 }, tick(10 * minute))).toEqual([]);
    expect(seen({ kind: "host.shutdown", at: 1000 }, unit("service.stopped", 3000), tick(10 * minute))).toEqual([]);
  });

  test("of another trade raises nothing", () => {
    expect(seen(unit("service.stopped", 1000, "cups.service"), tick(10 * minute))).toEqual([]);
  });
});
