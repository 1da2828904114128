/** A second engine that listens on a loopback port without TLS. */
import type { Attack } from "../attack.ts";
import { type DockerEngine, startDockerEngine } from "../rig/host/docker-engine.ts";
import { freePort } from "../rig/host/port.ts";

let engine: DockerEngine | undefined;
let port = 0;

export const attack = {
  alert: "exposed-docker-daemon",
  needs: ["root", "docker"],
  async prepare() {
    port = await freePort();
  },
  async perform() {
    engine = await startDockerEngine({ tcpPort: port, image: false });
  },
  undo: async () => engine?.stop(),
  expect: (finding) => JSON.stringify(finding.evidences).includes(String(port)),
} satisfies Attack;
