/** The packet filter flushed and opened, in a network namespace of its own. */
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "firewall-disabled",
  needs: ["root", "audit", "sshd", "namespaces", "iptables"],
  perform: async (host) =>
    void (await host.type("unshare -n sh -c 'iptables -F; iptables -P INPUT ACCEPT; iptables -P FORWARD ACCEPT'")),
  expect: (finding) => finding.evidences.some((e) => e.process?.cmd_line?.includes("iptables")),
} satisfies Attack;
