/** The triggers that Microsoft published for its own agents, done as they stand there: each must raise its alert. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AlertId } from "../src/alerts/catalogue.ts";
import { runChild } from "./rig/host/child.ts";
import { busyboxImage } from "./rig/host/docker-engine.ts";
import { removeContainer, removeTag, startContainer, tagImage } from "./rig/host/engine-api.ts";
import { type RunningHost, startHost } from "./rig/host/host.ts";
import { lackingAny, needNames, strict } from "./rig/host/needs.ts";

const unmet = lackingAny(needNames);

describe.skipIf(unmet !== undefined && !strict)(`published triggers${unmet ? ` (${unmet})` : ""}`, () => {
  let host: RunningHost;

  beforeAll(async () => {
    if (unmet) throw new Error(`skips are forbidden: ${unmet}`);
    host = await startHost();
  });

  afterAll(async () => {
    await host?.stop();
  });

  async function raises(alert: AlertId, mark: string, deed: () => Promise<unknown>): Promise<void> {
    host.renew();
    const since = host.module.findings.length;
    await deed();
    await host.module.next(alert, (finding) => JSON.stringify(finding.evidences).includes(mark), since);
  }

  test("sh -c 'echo cpuminer-multi'", () =>
    raises("crypto-miner-process", "cpuminer", () => host.type('sh -c "echo cpuminer-multi"')));

  test("logkeys --start, where logkeys is not installed", () =>
    raises("credential-access-tools", "logkeys", () => host.run("logkeys --start")));

  test("perl slowloris.pl, where the file is absent", () =>
    raises("attack-tools", "slowloris", () => host.type("perl slowloris.pl -dns server.contoso.com")));

  test.each([
    ["ufw disable", "ufw"],
    ["SuSEfirewall2 stop", "SuSEfirewall2"],
  ])("%s, where it is not installed", (line, mark) => raises("firewall-disabled", mark, () => host.run(line)));

  test("wget of eicar.com from a listed address", () =>
    raises("malicious-source-download", host.listedSource, () =>
      host.type(
        `wget -q -T 5 -t 1 -O ${host.directory}/e http://${host.listedSource}:${host.downloads.port}/download/eicar.com`,
      ),
    ));

  test("ws.php?cmd=whoami in a web server", () =>
    raises("web-shell", "whoami", async () => {
      host.web.plantShell("ws.php");
      const page = await (await fetch(`${host.web.url}/ws.php?cmd=whoami`)).text();
      expect(page).toContain("www-data");
    }));

  test.each(["monero-miner", "minergate-cli", "aeon-miner", "xmr-miner"])("an image named %s", (image) =>
    raises("crypto-miner-container-image", image, async () => {
      const { socket } = host.docker;
      const name = `${host.word}/${image}`;
      await tagImage(socket, busyboxImage, name);
      await startContainer(socket, { name: host.word, image: name, command: ["sleep", "1"] });
      await removeContainer(socket, host.word);
      await removeTag(socket, name);
    }),
  );

  test("hydra against sshd, until it has the password", async () => {
    host.renew();
    const account = await host.accounts.create();
    const users = join(host.directory, "user.txt");
    const passwords = join(host.directory, "pass.txt");
    writeFileSync(users, `${account.name}\n`);
    // The right one is the last but hydra works on four at a time, so enough wrong ones come before it.
    writeFileSync(passwords, `${Array.from({ length: 14 }, (_, n) => `wrong${n}`).join("\n")}\n${account.password}\n`);
    const since = host.module.findings.length;
    try {
      const told = await runChild(
        "hydra",
        ["-I", "-L", users, "-P", passwords, host.remote, "-s", String(host.sshd.port), "-t", "4", "ssh"],
        // Its exit code tells of a worker that was still waiting for PAM when the password was found; its words decide.
        { within: 100_000, cwd: host.directory, tolerant: true },
      );
      expect(told).toContain(`password: ${account.password}`);
      for (const alert of ["attack-tools", "brute-force-failed", "brute-force-success"] as const) {
        const sourceOrTool = alert === "attack-tools" ? "hydra" : host.remote;
        await host.module.next(alert, (finding) => JSON.stringify(finding.evidences).includes(sourceOrTool), since);
      }
    } finally {
      await host.accounts.delete(account);
    }
  });
});
