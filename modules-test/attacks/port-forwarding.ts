/** A reverse forward to this host's own sshd, ended after a second. */
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "port-forwarding",
  needs: ["root", "audit", "sshd"],
  perform: async (host) =>
    void (await host.type(
      `timeout 1 ssh -F /dev/null -i ${host.sshd.key} -p ${host.sshd.port} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -fNR 0:127.0.0.1:${host.downloads.port} root@${host.remote}; sleep 1`,
    )),
  undo: async (host) => void (await host.type("kill %% 2>/dev/null")),
  expect: (finding, host) => finding.evidences.some((e) => e.process?.cmd_line?.includes(host.remote)),
} satisfies Attack;
