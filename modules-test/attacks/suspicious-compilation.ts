/** A program compiled in a temporary directory. */
import { writeFileSync } from "node:fs";
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "suspicious-compilation",
  needs: ["root", "audit", "sshd", "compiler"],
  prepare: async (host) => writeFileSync(`${host.directory}/tool.c`, "int main(void) { return 0; }\n"),
  perform: async (host) => void (await host.type(`cc -c -o ${host.directory}/tool.o ${host.directory}/tool.c`)),
  expect: (finding) => finding.evidences.some((e) => e.process?.cmd_line?.includes("tool.c")),
} satisfies Attack;
