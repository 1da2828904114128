/** A bare shell started through `find`, as out of a restricted environment. */
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "binary-command-line",
  needs: ["root", "audit", "sshd"],
  perform: async (host) => void (await host.type(`find ${host.directory} -maxdepth 0 -exec /bin/sh \\; </dev/null`)),
  expect: (finding, host) => finding.evidences.some((e) => e.process?.cmd_line?.includes(host.directory)),
} satisfies Attack;
