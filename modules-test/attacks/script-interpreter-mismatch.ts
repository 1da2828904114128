/** A shell that is given a picture. */
import { writeFileSync } from "node:fs";
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "script-interpreter-mismatch",
  needs: ["root", "audit", "sshd"],
  prepare: async (host) => writeFileSync(`${host.directory}/picture.jpg`, "exit 0\n"),
  perform: async (host) => void (await host.type(`sh ${host.directory}/picture.jpg`)),
  expect: (finding) => finding.evidences.some((e) => e.process?.cmd_line?.includes("picture.jpg")),
} satisfies Attack;
