/** A script that is named like a privilege escalation scanner and does nothing. */
import { writeFileSync } from "node:fs";
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "attack-tools",
  needs: ["root", "audit", "sshd"],
  prepare: async (host) => writeFileSync(`${host.directory}/linpeas.sh`, "exit 0\n"),
  perform: async (host) => void (await host.type(`sh ${host.directory}/linpeas.sh -a`)),
  expect: (finding) => finding.evidences.some((e) => e.process?.cmd_line?.includes("linpeas")),
} satisfies Attack;
