/** A second engine that listens without TLS on an address which others reach, or would where it is not loopback's. */
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
  async perform({ remote }) {
    engine = await startDockerEngine({ tcpPort: port, tcpAddress: remote, image: false });
  },
  undo: async () => engine?.stop(),
  expect: (finding) => JSON.stringify(finding.evidences).includes(String(port)),
} satisfies Attack;
