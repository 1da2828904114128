/** A program whose name ends in a space. */
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "space-after-filename",
  needs: ["root", "audit", "sshd"],
  perform: async (host) =>
    void (await host.type(`cp /bin/true "${host.directory}/invoice.pdf "; "${host.directory}/invoice.pdf "`)),
  expect: (finding) => JSON.stringify(finding.evidences).includes("invoice.pdf "),
} satisfies Attack;
