/** The question by which Mirai and its kin recognise busybox. */
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "common-linux-bots",
  needs: ["root", "audit", "sshd"],
  perform: async (host) => void (await host.type(`/bin/busybox ${host.word.toUpperCase().replace(/\d/g, "Q")}`)),
  expect: (finding) => finding.message.length > 0,
} satisfies Attack;
