/** A container with the host's rights, started over the engine's API: no client program names the flag. */
import type { Attack } from "../attack.ts";
import { busyboxImage } from "../rig/host/docker-engine.ts";
import { removeContainer, startContainer } from "../rig/host/engine-api.ts";

export const attack = {
  alert: "privileged-container",
  needs: ["root", "docker"],
  perform: (host) =>
    startContainer(host.docker.socket, {
      name: host.word,
      image: busyboxImage,
      command: ["sleep", "30"],
      privileged: true,
    }),
  undo: (host) => removeContainer(host.docker.socket, host.word),
  expect: (finding, host) => finding.evidences.some((e) => e.container?.name === host.word),
} satisfies Attack;
