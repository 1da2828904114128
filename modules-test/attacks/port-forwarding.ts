/** A reverse forward to this host's own sshd, ended after two seconds. In the foreground: a detached one would stay. */
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "port-forwarding",
  needs: ["root", "audit", "sshd"],
  perform: async (host) =>
    void (await host.type(
      `timeout 2 ssh -F /dev/null -i ${host.sshd.key} -p ${host.sshd.port} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -NR 0:127.0.0.1:${host.downloads.port} root@${host.remote}`,
    )),
  expect: (finding, host) => finding.evidences.some((e) => e.process?.cmd_line?.includes(host.remote)),
} satisfies Attack;
