/** A program in a temporary directory that outlives its session. */
import { cpSync } from "node:fs";
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "suspicious-nohup",
  needs: ["root", "audit", "sshd"],
  prepare: async (host) => cpSync("/bin/sleep", `${host.directory}/worker`),
  perform: async (host) => void (await host.type(`nohup ${host.directory}/worker 1 >/dev/null 2>&1 &`)),
  expect: (finding, host) => finding.evidences.some((e) => e.process?.cmd_line?.includes(host.directory)),
} satisfies Attack;
