/** A download from an address on the threat list; the address is on this host's loopback. */
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "malicious-source-download",
  needs: ["root", "audit", "sshd"],
  perform: async (host) =>
    void (await host.type(
      `curl -s -o ${host.directory}/eicar.com http://${host.listedSource}:${host.downloads.port}/download/eicar.com`,
    )),
  expect: (finding, host) => JSON.stringify(finding.evidences).includes(host.listedSource),
} satisfies Attack;
