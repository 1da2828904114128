/** The log of logins removed: a tmpfs in a mount namespace of its own lies over /var/log. */
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "system-log-removal",
  needs: ["root", "audit", "sshd", "namespaces"],
  perform: async (host) =>
    void (await host.type(
      "unshare -m sh -c 'mount -t tmpfs none /var/log && mountpoint -q /var/log && touch /var/log/auth.log && rm -f /var/log/auth.log'",
    )),
  expect: (finding) => JSON.stringify(finding.evidences).includes("/var/log/auth.log"),
} satisfies Attack;
