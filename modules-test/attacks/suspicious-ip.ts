/** A connection to an address on the threat list; the address is on this host's loopback. */
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "suspicious-ip",
  needs: ["root", "audit", "sshd"],
  perform: async (host) => void (await host.type(`curl -s http://${host.listed}:${host.downloads.port}/`)),
  expect: (finding, host) => finding.evidences.some((e) => e.dst_endpoint?.ip === host.listed),
} satisfies Attack;
