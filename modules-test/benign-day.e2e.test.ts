/** A day of ordinary work on the same host, through the real programs: it must stay silent. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditLogPath } from "./rig/host/auditd.ts";
import { busyboxImage } from "./rig/host/docker-engine.ts";
import { type RunningHost, startHost } from "./rig/host/host.ts";
import { describe as shown } from "./rig/host/module.ts";
import { lackingAny, needNames, strict } from "./rig/host/needs.ts";
import { bootSmallMachine } from "./rig/host/small-machine.ts";

const unmet = lackingAny(needNames);
/** Longer than any alert takes that waits for counter-evidence on this host. */
const settle = 3_000;

describe.skipIf(unmet !== undefined && !strict)(`benign work${unmet ? ` (${unmet})` : ""}`, () => {
  let host: RunningHost;

  beforeAll(async () => {
    if (unmet) throw new Error(`skips are forbidden: ${unmet}`);
    host = await startHost();
    await sleep(settle);
  });

  afterAll(async () => {
    await host?.stop();
  });

  /** Does the work over ssh, as an administrator would, and tells what was raised meanwhile. */
  async function raisedBy(...lines: string[]): Promise<string[]> {
    host.renew();
    const since = host.module.findings.length;
    for (const line of lines) await host.run(line);
    await sleep(settle);
    return host.module.findings.slice(since).map(shown);
  }

  test("looking around", async () => {
    expect(
      await raisedBy(
        "ls -la /var/log",
        "df -h && free -m",
        "ps aux | head -5",
        "tail -n 5 /var/log/auth.log",
        "uptime",
      ),
    ).toEqual([]);
  });

  test("a package is built, installed and removed, with its system account", async () => {
    const name = `vedette-e2e-${host.word}`;
    expect(
      await raisedBy(
        `mkdir -p ${host.directory}`,
        `d=$(mktemp -d /root/pkg.XXXX) && mkdir -p $d/DEBIAN $d/usr/share/doc/${name} && printf 'Package: ${name}\\nVersion: 1\\nArchitecture: all\\nMaintainer: e2e <e2e@example.invalid>\\nDescription: e2e\\n' > $d/DEBIAN/control && printf '#!/bin/sh\\nset -e\\nuseradd --system --no-create-home --shell /usr/sbin/nologin e2esvc || true\\n' > $d/DEBIAN/postinst && chmod 755 $d/DEBIAN/postinst && dpkg-deb -b $d /root/${name}.deb && dpkg -i /root/${name}.deb && dpkg -r ${name} && dpkg -P ${name}; rm -rf $d /root/${name}.deb`,
      ),
    ).toEqual([]);
    await host.run("userdel e2esvc");
  });

  test("logs are rotated", async () => {
    const conf = join(host.directory, "rotate.conf");
    writeFileSync(conf, `${host.directory}/app.log {\n  rotate 2\n  su root root\n}\n`, { mode: 0o644 });
    writeFileSync(join(host.directory, "app.log"), "line\n");
    const since = host.module.findings.length;
    await host.run(`logrotate -f -s ${host.directory}/state ${conf}`);
    await sleep(settle);
    expect(host.module.findings.slice(since).map(shown)).toEqual([]);
  });

  test("a program is compiled and run in a home directory", async () => {
    expect(
      await raisedBy(
        "mkdir -p /root/hello && printf 'int main(void){return 0;}\\n' > /root/hello/hello.c && cd /root/hello && cc hello.c -o hello && ./hello; rm -rf /root/hello",
      ),
    ).toEqual([]);
  });

  test("a repository is made, cloned and packed", async () => {
    expect(
      await raisedBy(
        "mkdir -p /root/repo && cd /root/repo && git init -q . && git -c user.name=e -c user.email=e@example.invalid commit -q --allow-empty -m first && git clone -q /root/repo /root/repo2 && tar czf /root/repo.tgz -C /root repo2; rm -rf /root/repo /root/repo2 /root/repo.tgz",
      ),
    ).toEqual([]);
  });

  test("an ordinary container runs", async () => {
    const since = host.module.findings.length;
    await host.docker.docker("run", "--rm", "--network", "none", busyboxImage, "sleep", "2");
    await sleep(settle);
    expect(host.module.findings.slice(since).map(shown)).toEqual([]);
  });

  test("a package of node is packed and installed", async () => {
    expect(
      await raisedBy(
        'mkdir -p /root/e2e-pkg /root/e2e-app && cd /root/e2e-pkg && printf \'{"name":"e2e-pkg","version":"1.0.0","scripts":{"install":"node -e 0"}}\' > package.json && npm pack --silent --pack-destination /root/e2e-app && cd /root/e2e-app && npm install --silent --offline --no-audit --no-fund ./e2e-pkg-1.0.0.tgz; rm -rf /root/e2e-pkg /root/e2e-app',
      ),
    ).toEqual([]);
  });

  test("scheduled scripts run, and services are asked to stop", async () => {
    expect(
      await raisedBy(
        "mkdir -p /root/e2e-cron && printf '#!/bin/sh\\nfind /tmp -maxdepth 1 -name e2e-none -delete\\n' > /root/e2e-cron/tidy && chmod 755 /root/e2e-cron/tidy && run-parts /root/e2e-cron; rm -rf /root/e2e-cron",
        "for s in nginx postgresql mosquitto aziot-edged; do sh -c 'service \"$0\" stop' $s; done; true",
      ),
    ).toEqual([]);
  });

  test("a file is downloaded and read, an account is looked up", async () => {
    host.downloads.put("/release-1.0.tar.gz", "data");
    expect(
      await raisedBy(
        `curl -fsS -o /root/e2e-release.tar.gz ${host.downloads.url}/release-1.0.tar.gz && sha256sum /root/e2e-release.tar.gz; rm -f /root/e2e-release.tar.gz`,
        "getent passwd root; id root; groups",
      ),
    ).toEqual([]);
  });

  test("an image is built", async () => {
    writeFileSync(join(host.directory, "Dockerfile"), `FROM ${busyboxImage}\nCMD ["sleep", "1"]\n`);
    const since = host.module.findings.length;
    await host.docker.docker("build", "-q", "--network", "none", "-t", "vedette-e2e/app", host.directory);
    await host.docker.docker("run", "--rm", "--network", "none", "vedette-e2e/app");
    await sleep(settle);
    expect(host.module.findings.slice(since).map(shown)).toEqual([]);
  });

  // Last: after a shutdown the module is quiet about auditd for two minutes.
  test("a machine boots for the first time, cloud-init makes its accounts, and every service is stopped", async () => {
    const since = host.module.findings.length;
    const machine = await bootSmallMachine();
    try {
      expect(machine.accounts()).toMatch(/^fieldtech:/m);
      await machine.powerOff();
    } finally {
      await machine.stop();
    }
    await sleep(settle);
    const seen = readFileSync(auditLogPath, "utf8");
    expect(seen).toMatch(/a0="useradd" a1="fieldtech"/);
    expect(seen).toMatch(/a0="\/usr\/sbin\/nft" a1="flush"/);
    expect(seen).toMatch(/type=SERVICE_STOP .*unit=ssh /);
    expect(host.module.findings.slice(since).map(shown)).toEqual([]);
  });
});
