/** Who did it and where: what the evidence must name beside the deed, on a real host. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { busyboxImage } from "./rig/host/docker-engine.ts";
import { removeContainer, startContainer } from "./rig/host/engine-api.ts";
import { type RunningHost, startHost } from "./rig/host/host.ts";
import { lackingAny, needNames, strict } from "./rig/host/needs.ts";

const unmet = lackingAny(needNames);

describe.skipIf(unmet !== undefined && !strict)(`attribution${unmet ? ` (${unmet})` : ""}`, () => {
  let host: RunningHost;

  beforeAll(async () => {
    if (unmet) throw new Error(`skips are forbidden: ${unmet}`);
    host = await startHost();
  });

  afterAll(async () => {
    await host?.stop();
  });

  test("a process inside a container names container and image", async () => {
    host.renew();
    const { socket } = host.docker;
    // After a moment, as the first process may run before the engine has told of the container (see e2e.md); so that one
    // must not name the miner.
    const miner =
      "sleep 1; n=/tmp/$(printf xm; printf rig); printf '#!/bin/sh\\nsleep 2\\n' > $n; chmod +x $n; $n; sleep 1";
    await startContainer(socket, { name: host.word, image: busyboxImage, command: ["sh", "-c", miner] });
    try {
      const found = await host.module.next("crypto-miner-process", (f) => f.evidences.some((e) => e.container));
      expect(found.evidences.find((e) => e.container)?.container).toMatchObject({
        name: host.word,
        uid: expect.stringMatching(/^[0-9a-f]{64}$/),
        image: { name: busyboxImage },
      });
    } finally {
      await removeContainer(socket, host.word);
    }
  });

  test("the module of an IoT Edge container is named by its label's container name", async () => {
    host.renew();
    const { socket } = host.docker;
    await startContainer(socket, {
      name: host.word,
      image: busyboxImage,
      command: ["sleep", "20"],
      privileged: true,
      labels: { "net.azure-devices.edge.owner": "Microsoft.Azure.Devices.Edge.Agent" },
    });
    try {
      const found = await host.module.next("privileged-container", (f) =>
        f.evidences.some((e) => e.container?.name === host.word),
      );
      const container = found.evidences.find((e) => e.container)?.container;
      expect(JSON.stringify(container)).toContain(`"value":"${host.word}"`);
    } finally {
      await removeContainer(socket, host.word);
    }
  });

  test("a change of groups names the account that made it", async () => {
    host.renew();
    const account = await host.accounts.create();
    const group = await host.accounts.createGroup();
    try {
      await host.type(`gpasswd -a ${account.name} ${group}`);
      const found = await host.module.next("user-added-to-group", (f) => JSON.stringify(f.evidences).includes(group));
      expect(found.evidences.some((e) => e.actor?.user.name === "root" || e.process?.user?.name === "root")).toBe(true);
    } finally {
      await host.accounts.delete(account);
    }
  });

  test("a deed in a session names the person who logged in, and the shell above it", async () => {
    host.renew();
    const account = await host.accounts.create();
    try {
      await host.runAs(account.name, `bash -c 'exec -a ${host.directory}/minerd sleep 1'`);
      const found = await host.module.next("crypto-miner-process", (f) =>
        f.evidences.some((e) => e.process?.cmd_line?.includes(host.directory)),
      );
      const evidence = JSON.stringify(found.evidences);
      expect(evidence).toContain(`"name":"${account.name}"`);
      expect(evidence).toContain("sshd");
    } finally {
      await host.accounts.delete(account);
    }
  });
});
