/** A web root emptied: a tmpfs in a mount namespace of its own lies over it. */
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "fairware-ransomware",
  needs: ["root", "audit", "sshd", "namespaces"],
  perform: async (host) =>
    void (await host.type(
      "unshare -m sh -c 'mount -t tmpfs none /var/www && mountpoint -q /var/www && rm -rf /var/www/*'",
    )),
  expect: (finding) => finding.evidences.some((e) => e.process?.cmd_line?.includes("/var/www")),
} satisfies Attack;
