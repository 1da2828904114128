/** The module under test as a device runs it: the built image, brought by edgeAgent from a deployment template. */
import { chmodSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Subscription } from "rxjs";
import { EdgeAgent } from "../rig/agent/edge-agent.ts";
import { type Manifest, readTemplate } from "../rig/agent/manifest.ts";
import { type Child, eventually, startChild } from "../rig/host/child.ts";
import type { DockerEngine } from "../rig/host/docker-engine.ts";
import {
  type Finding,
  gatherFindings,
  launched,
  type Module,
  type ModuleOptions,
  nextFinding,
} from "../rig/host/module.ts";
import { type Rig, startRig } from "../rig/rig.ts";
import type { JsonObject } from "../rig/twin.ts";

const project = resolve(import.meta.dirname, "../..");
const name = "vedette";

export interface DeployedOptions extends ModuleOptions {
  readonly engine: DockerEngine;
  /** File name of a template in the project's folder. */
  readonly template: string;
  /** config.toml's `allow_elevated_docker_permissions`; default true. */
  readonly elevated?: boolean;
}

export interface DeployedModule extends Module {
  /** `docker inspect` of the container. */
  inspect(): Promise<ContainerState>;
  /** Restarts by policy so far. */
  readonly restarts: number;
  /** As edgeAgent stops it; settles with the exit code. */
  halt(): Promise<number>;
  resume(): Promise<void>;
  memory(): Promise<Memory>;
}

/** Of the module's process, bytes. */
export interface Memory {
  /** VmRSS: with node's own code, which the kernel can drop and read again. */
  readonly resident: number;
  /** RssAnon: what the container's limit has to hold. */
  readonly kept: number;
}

export interface ContainerState {
  readonly State: { readonly Running: boolean; readonly Pid: number; readonly ExitCode: number };
  readonly Config: { readonly User: string };
  readonly HostConfig: Readonly<Record<string, unknown>>;
  readonly Mounts: readonly {
    readonly Type: string;
    readonly Source: string;
    readonly Destination: string;
    readonly RW: boolean;
  }[];
}

/** Starts the rig, deploys, and settles when the module is connected and the awaited sources see. */
export async function startDeployedModule(options: DeployedOptions): Promise<DeployedModule> {
  const variables = { CONTAINER_REGISTRY_SERVER: "registry.invalid" };
  const manifest = readTemplate(resolve(project, options.template), { variables, platform: "amd64" });
  const rig = await startRig({ deployment: manifest });
  return launched(new ContainerModule(rig, options, manifest));
}

class ContainerModule implements DeployedModule {
  readonly rig: Rig;
  readonly findings: Finding[] = [];
  readonly #options: DeployedOptions;
  readonly #manifest: Manifest;
  readonly #agent: EdgeAgent;
  readonly #subscription: Subscription;
  #logs: Child | undefined;
  #said = "";
  #pid = 0;
  #dataDirectory = "";

  constructor(rig: Rig, options: DeployedOptions, manifest: Manifest) {
    this.rig = rig;
    this.#options = options;
    this.#manifest = manifest;
    this.#agent = new EdgeAgent({
      socket: options.engine.socket,
      deviceOf: (module) => (module === name ? deviceOf(rig, options) : undefined),
      setDesired: (_, desired) => rig.setDesired({ ...(desired as JsonObject), ...options.desired }),
      backoff: { unit: 250, most: 2_000 },
    });
    this.#subscription = gatherFindings(rig, this.findings);
  }

  get pid(): number {
    return this.#pid;
  }

  get dataDirectory(): string {
    return this.#dataDirectory;
  }

  get output(): string {
    return this.#said + (this.#logs?.output ?? "");
  }

  get restarts(): number {
    return this.#agent.restartsOf(name);
  }

  async launch(): Promise<void> {
    await this.#agent.deploy(this.#manifest);
    await this.#settled();
    const volume = (await this.inspect()).Mounts.find(({ Destination }) => Destination === "/data");
    this.#dataDirectory = volume?.Source ?? "";
  }

  async inspect(): Promise<ContainerState> {
    const [state] = JSON.parse(await this.#options.engine.docker("inspect", name)) as [ContainerState];
    return state;
  }

  next(alert: string, fits: (f: Finding) => boolean = () => true, since = 0, within = 20_000): Promise<Finding> {
    return nextFinding(this.findings, alert, fits, since, within);
  }

  async halt(): Promise<number> {
    await this.#agent.stop(name);
    return (await this.inspect()).State.ExitCode;
  }

  async resume(): Promise<void> {
    await this.#agent.start(name);
    await this.#settled();
  }

  async restart(between?: () => void | Promise<void>): Promise<void> {
    await this.halt();
    await between?.();
    await this.resume();
  }

  async memory(): Promise<Memory> {
    const status = readFileSync(`/proc/${(await this.inspect()).State.Pid}/status`, "utf8");
    const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) * 1024;
    return { resident: of("VmRSS"), kept: of("RssAnon") };
  }

  async stop(): Promise<void> {
    await this.#agent.close().catch(() => undefined);
    await this.#logs?.stop();
    this.#subscription.unsubscribe();
    await this.rig.close();
    await this.#options.engine.docker("volume", "rm", "-f", "vedette-data").catch(() => undefined);
  }

  /** Connected in this run, with its twin, and seeing what is awaited. */
  async #settled(): Promise<void> {
    const { State } = await this.inspect();
    this.#pid = State.Pid;
    this.#said += this.#logs?.output ?? "";
    await this.#logs?.stop();
    const since = ["--since", String(Math.floor(Date.now() / 1000) - 5)];
    this.#logs = await startChild("docker", ["--host", this.#options.engine.host, "logs", "-f", ...since, name]);
    const ready = () => this.rig.subscribed("desired") && "lastDesiredVersion" in this.rig.reported;
    await this.#until("the module connects and takes its twin", ready);
    for (const source of this.#options.awaited ?? [])
      await this.#until(`${source} sees`, () =>
        new RegExp(`${source}: (live|degraded)`).test(this.#logs?.output ?? ""),
      );
  }

  async #until(what: string, probe: () => boolean): Promise<void> {
    await eventually(what, probe, 30_000).catch((error) => {
      throw new Error(`${error.message}\n${this.output}\n${JSON.stringify(this.rig.reported)}`);
    });
  }
}

/** What edgeAgent gives, and where this device differs from one with a system-wide engine. */
function deviceOf(rig: Rig, { engine, elevated = true }: DeployedOptions) {
  const { IOTEDGE_WORKLOADURI = "", ...environment } = rig.environment as Record<string, string>;
  const workloadSocket = IOTEDGE_WORKLOADURI.replace("unix://", "");
  // As aziot-edged makes `<homedir>/mnt/<module>.sock`.
  chmodSync(workloadSocket, 0o666);
  return {
    environment: { ...environment, RuntimeLogLevel: "debug" },
    workloadSocket,
    elevated,
    moved: { "/var/run/docker.sock": engine.socket },
  };
}
