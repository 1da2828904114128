/** A container of an image that is named like a miner; inside is busybox. */
import type { Attack } from "../attack.ts";
import { busyboxImage } from "../rig/host/docker-engine.ts";
import { removeContainer, removeTag, startContainer, tagImage } from "../rig/host/engine-api.ts";

const imageOf = (word: string) => `${word}/xmrig`;

export const attack = {
  alert: "crypto-miner-container-image",
  needs: ["root", "docker"],
  async perform(host) {
    await tagImage(host.docker.socket, busyboxImage, imageOf(host.word));
    await startContainer(host.docker.socket, {
      name: host.word,
      image: imageOf(host.word),
      command: ["sleep", "30"],
    });
  },
  async undo(host) {
    await removeContainer(host.docker.socket, host.word);
    await removeTag(host.docker.socket, imageOf(host.word));
  },
  expect: (finding, host) => JSON.stringify(finding.evidences).includes(imageOf(host.word)),
} satisfies Attack;
