/** Auditing switched off in the kernel, and on again at once. */
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "auditd-disabled",
  needs: ["root", "audit", "sshd"],
  perform: async (host) => void (await host.type("auditctl -e 0; auditctl -e 1")),
} satisfies Attack;
