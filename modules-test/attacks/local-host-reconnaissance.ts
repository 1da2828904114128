/** The questions of a first visit, one after the other at a prompt. */
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "local-host-reconnaissance",
  needs: ["root", "audit", "sshd"],
  perform: async (host) =>
    void (await host.type(
      "id; uname -a; cat /etc/os-release; ps aux; ss -tlnp; w; cat /proc/cpuinfo; lastlog; ip addr",
    )),
} satisfies Attack;
