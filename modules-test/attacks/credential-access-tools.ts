/** The password hashes read by a shell itself: no program names the file. */
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "credential-access-tools",
  needs: ["root", "audit", "sshd"],
  perform: async (host) => void (await host.type("while read -r line; do :; done < /etc/shadow")),
  expect: (finding) => JSON.stringify(finding.evidences).includes("/etc/shadow"),
} satisfies Attack;
