/** A question about the host asked through a script that runs its query, in a real web server. */
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "web-shell",
  needs: ["root", "audit", "web-server"],
  prepare: async (host) => host.web.plantShell("ws.php"),
  perform: async (host) => void (await (await fetch(`${host.web.url}/ws.php?cmd=whoami`)).text()),
  expect: (finding) => finding.evidences.some((e) => e.process?.user?.name === "www-data"),
} satisfies Attack;
