import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { containerBody, type Device, type ModuleEntry } from "./container-spec.ts";
import { joinCreateOptions, splitCreateOptions } from "./create-options.ts";
import { layered, readTemplate } from "./manifest.ts";
import { delayBeforeRestart } from "./restart.ts";

const project = resolve(import.meta.dirname, "../../..");
const device: Device = {
  environment: { IOTEDGE_MODULEID: "vedette", RuntimeLogLevel: "Information" },
  workloadSocket: "/run/mnt/vedette.sock",
  elevated: true,
};
const entryOf = (options: Record<string, unknown>, more: Partial<ModuleEntry> = {}): ModuleEntry => ({
  status: "running",
  restartPolicy: "always",
  settings: { image: "vedette:1", ...splitCreateOptions(options) },
  ...more,
});

describe("createOptions in parts", () => {
  test("of 512 characters are numbered from the second on, and joined to what they were", () => {
    const options = { Env: ["a".repeat(1_100)] };
    const parts = splitCreateOptions(options);
    expect(Object.keys(parts)).toEqual(["createOptions", "createOptions01", "createOptions02"]);
    expect(Object.values(parts).map((part) => part.length)).toEqual([512, 512, JSON.stringify(options).length - 1024]);
    expect(joinCreateOptions(parts)).toEqual(options);
  });

  test("end at the first one that is missing", () => {
    const { createOptions, createOptions02 } = splitCreateOptions({ Env: ["a".repeat(1_100)] });
    expect(() => joinCreateOptions({ createOptions, createOptions02 })).toThrow();
  });

  test("may be left out, but not be an array, and not be more than edgeAgent reads", () => {
    expect(joinCreateOptions({ image: "x" })).toEqual({});
    expect(() => joinCreateOptions({ createOptions: "[]" })).toThrow("not an object");
    expect(() => splitCreateOptions({ Env: ["a".repeat(60_000)] })).toThrow(RangeError);
  });
});

describe("a template", () => {
  const folder = mkdtempSync(join(tmpdir(), "template-"));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("names images by module.json, the folder's or the module's, and keeps variables it does not know", () => {
    mkdirSync(join(folder, "modules/other"), { recursive: true });
    const image = { repository: "$REGISTRY/other", tag: { version: "1.2.3", platforms: { amd64: "x", arm64v8: "y" } } };
    for (const at of [".", "modules/other"]) writeFileSync(join(folder, at, "module.json"), JSON.stringify({ image }));
    const file = join(folder, "deployment.template.json");
    const images = [`\${MODULEDIR<.>}`, `\${MODULES.other}`, `\${MODULES.other.arm64v8}`, `\${UNKNOWN}/x`];
    writeFileSync(file, JSON.stringify({ modulesContent: { m: { images } } }));
    const { modulesContent } = readTemplate(file, { variables: { REGISTRY: "r.invalid" }, platform: "amd64" });
    expect(modulesContent.m?.images).toEqual([
      "r.invalid/other:1.2.3-amd64",
      "r.invalid/other:1.2.3-amd64",
      "r.invalid/other:1.2.3-arm64v8",
      `\${UNKNOWN}/x`,
    ]);
  });
});

describe("the deployments of this project", () => {
  const surroundings = { variables: { CONTAINER_REGISTRY_SERVER: "r.invalid" }, platform: "amd64" };
  const read = (name: string) => readTemplate(join(project, name), surroundings);
  const vedetteOf = (manifest: ReturnType<typeof read>) => {
    const agent = manifest.modulesContent.$edgeAgent?.["properties.desired"] as { modules: { vedette: ModuleEntry } };
    return agent.modules.vedette;
  };

  test("ask for no privilege, nothing writable but the volume, and limits", () => {
    for (const name of ["deployment.template.json", "deployment.zero-capabilities.template.json"]) {
      const body = containerBody(vedetteOf(read(name)), device) as { HostConfig: Record<string, unknown> };
      expect(body.HostConfig).toMatchObject({
        ReadonlyRootfs: true,
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges:true"],
      });
      expect(body.HostConfig.Privileged).toBeUndefined();
      expect(body.HostConfig.Memory).toBeGreaterThan(0);
      expect(body.HostConfig.PidsLimit).toBeGreaterThan(0);
      const writable = (body.HostConfig.Binds as string[]).filter(
        (bind) => bind.startsWith("/") && !bind.endsWith(":ro"),
      );
      expect(writable).toEqual([`${device.workloadSocket}:/var/run/iotedge/workload.sock`]);
    }
  });

  test("agree: the layer brings the same module, twin and routes as the template", () => {
    const template = read("deployment.template.json");
    const bare = { modulesContent: { $edgeAgent: { "properties.desired": { modules: {} } }, $edgeHub: {} } };
    const merged = layered(bare, read("deployment.layered.json"));
    const settings = vedetteOf(merged).settings;
    expect(joinCreateOptions(settings)).toEqual(joinCreateOptions(vedetteOf(template).settings));
    expect(merged.modulesContent.vedette).toEqual(template.modulesContent.vedette);
    const routes = (manifest: typeof template) =>
      (manifest.modulesContent.$edgeHub?.["properties.desired"] as { routes: unknown } | undefined)?.routes;
    expect(routes(merged)).toEqual(routes(template));
  });

  test("fit iotedgedev's eight parts", () => {
    for (const name of ["deployment.template.json", "deployment.zero-capabilities.template.json"])
      expect(vedetteOf(read(name)).settings.createOptions08).toBeUndefined();
  });

  test("name the version of package.json", () => {
    const { version } = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
    for (const name of ["deployment.template.json", "deployment.layered.json"])
      expect(vedetteOf(layered({ modulesContent: {} }, read(name))).settings.image).toBe(
        `r.invalid/vedette:${version}-amd64`,
      );
  });
});

describe("a container", () => {
  test("gets the workload socket, the agent's environment and the owner's label", () => {
    const body = containerBody(entryOf({ HostConfig: { Binds: ["data:/data"] } }), device);
    expect(body).toMatchObject({
      Image: "vedette:1",
      Labels: { "net.azure-devices.edge.owner": "Microsoft.Azure.Devices.Edge.Agent" },
      HostConfig: { Binds: ["data:/data", "/run/mnt/vedette.sock:/var/run/iotedge/workload.sock"] },
    });
    expect(body.Env).toContain("IOTEDGE_WORKLOADURI=unix:///var/run/iotedge/workload.sock");
  });

  test("is put on the agent's network unless it names its endpoints", () => {
    expect(containerBody(entryOf({}), device).NetworkingConfig).toEqual({ EndpointsConfig: { "azure-iot-edge": {} } });
    const own = { EndpointsConfig: { host: {} } };
    expect(containerBody(entryOf({ NetworkingConfig: own }), device).NetworkingConfig).toEqual(own);
  });

  test("takes a variable from its own Env before the manifest's, and from that before the agent's", () => {
    const env = { A: { value: "manifest" }, RuntimeLogLevel: { value: "Debug" } };
    const body = containerBody(entryOf({ Env: ["A=own=x"] }, { env }), device);
    expect(body.Env).toEqual(expect.arrayContaining(["A=own=x", "RuntimeLogLevel=Debug"]));
    expect(body.Env).not.toContain("RuntimeLogLevel=Information");
  });

  test("loses Privileged, CapAdd and two capabilities where elevated permissions are off", () => {
    const asked = { HostConfig: { Privileged: true, CapAdd: ["SYS_PTRACE"], CapDrop: ["ALL"], Memory: 1 } };
    expect(containerBody(entryOf(asked), device).HostConfig).toMatchObject(asked.HostConfig);
    const { HostConfig } = containerBody(entryOf(asked), { ...device, elevated: false });
    expect(HostConfig).toMatchObject({ Privileged: false, CapDrop: ["ALL", "CHOWN", "SETUID"], Memory: 1 });
    expect(HostConfig).not.toHaveProperty("CapAdd");
  });
});

describe("an ended module", () => {
  test("is started again by its policy, later each time", () => {
    expect(delayBeforeRestart("always", 0, 0)).toBe(10_000);
    expect(delayBeforeRestart("always", 1, 3)).toBe(80_000);
    expect(delayBeforeRestart("on-failure", 137, 20)).toBe(300_000);
  });

  test("stays down when it ended well, or must not come back", () => {
    expect(delayBeforeRestart("on-failure", 0, 0)).toBeUndefined();
    expect(delayBeforeRestart("never", 1, 0)).toBeUndefined();
  });
});
