/** An account with its password hash on the command line and a hidden home. */
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "suspicious-useradd",
  needs: ["root", "audit", "sshd", "shadow"],
  perform: async (host) =>
    void (await host.type(`useradd -M -N -d /tmp/.${host.word} -p '$1$e2e$nologin' e2e-${host.word}`)),
  undo: async (host) => void (await host.type(`userdel e2e-${host.word}`)),
  expect: (finding, host) => JSON.stringify(finding.evidences).includes(host.word),
} satisfies Attack;
