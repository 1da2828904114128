/** A process that calls itself after a miner. */
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "crypto-miner-process",
  needs: ["root", "audit", "sshd"],
  perform: async (host) => void (await host.type(`bash -c 'exec -a ${host.directory}/xmrig sleep 1'`)),
  expect: (finding) => finding.evidences.some((e) => e.process?.cmd_line?.includes("xmrig")),
} satisfies Attack;
