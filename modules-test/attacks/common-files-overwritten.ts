/** /etc/hosts overwritten, with what it holds already, by a redirection in a command that is seen. */
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "common-files-overwritten",
  needs: ["root", "audit", "sshd"],
  perform: async (host) =>
    void (await host.run(`cp /etc/hosts ${host.directory}/hosts; cat ${host.directory}/hosts > /etc/hosts`)),
  expect: (finding) => JSON.stringify(finding.evidences).includes("/etc/hosts"),
} satisfies Attack;
