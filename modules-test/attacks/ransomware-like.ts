/** Twelve files encrypted one after the other from a prompt. */
import { writeFileSync } from "node:fs";
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "ransomware-like",
  needs: ["root", "audit", "sshd"],
  prepare: async (host) => {
    for (let n = 0; n < 12; n++) writeFileSync(`${host.directory}/f${n}.txt`, "text");
  },
  perform: async (host) =>
    void (await host.type(
      `for f in ${host.directory}/*.txt; do openssl enc -aes-256-cbc -pbkdf2 -pass pass:${host.word} -in "$f" -out "$f.locked" && rm "$f"; done`,
    )),
  expect: (finding) => finding.evidences.some((e) => e.process?.cmd_line?.includes("openssl")),
} satisfies Attack;
