/**
 * A small edgeAgent: brings the modules of a manifest to a real Docker engine and keeps them there.
 *
 * Left out: pulling images (they are there), edgeAgent's and edgeHub's own containers (the rig is both), reported
 * properties, image pruning. `on-unhealthy` acts as `on-failure`: there are no health checks to watch.
 */
import { ask } from "../host/engine-api.ts";
import { containerBody, type Device, type ModuleEntry } from "./container-spec.ts";
import type { JsonObject } from "./create-options.ts";
import type { Manifest } from "./manifest.ts";
import { type Backoff, delayBeforeRestart } from "./restart.ts";

export interface EdgeAgentOptions {
  /** The engine's socket. */
  readonly socket: string;
  /** What this device gives to the module; undefined: the module is not of this device. */
  deviceOf(module: string): Device | undefined;
  /** Sets the module's desired properties. */
  setDesired(module: string, desired: JsonObject): void;
  readonly backoff?: Backoff;
}

interface Running {
  readonly name: string;
  readonly entry: ModuleEntry;
  readonly body: string;
  restarts: number;
  /** Stopped on purpose: its end is no reason to start it. */
  resting: boolean;
  timer?: NodeJS.Timeout;
}

/** As edgeAgent's default, before SIGKILL. */
const secondsToStop = 10;

export class EdgeAgent {
  readonly #options: EdgeAgentOptions;
  readonly #modules = new Map<string, Running>();

  constructor(options: EdgeAgentOptions) {
    this.#options = options;
  }

  /** Restarts of this module by policy since it was created. */
  restartsOf(module: string): number {
    return this.#modules.get(module)?.restarts ?? 0;
  }

  /** Makes the device what the manifest says: creates, recreates what differs, removes what is gone. */
  async deploy(manifest: Manifest): Promise<void> {
    const desired = desiredOf(manifest, "$edgeAgent");
    const modules = Object.entries((desired.modules ?? {}) as Record<string, ModuleEntry>);
    modules.sort(([, a], [, b]) => (a.startupOrder ?? 2 ** 32 - 1) - (b.startupOrder ?? 2 ** 32 - 1));
    const wanted = new Set(modules.map(([name]) => name));
    for (const name of this.#modules.keys()) if (!wanted.has(name)) await this.#end(name);
    for (const [name, entry] of modules) {
      const device = this.#options.deviceOf(name);
      if (!device) continue;
      this.#options.setDesired(name, desiredOf(manifest, name));
      await this.#bring(name, entry, JSON.stringify(containerBody(entry, device)));
    }
  }

  async stop(name: string): Promise<void> {
    this.#rest(name);
    await this.#ask("POST", `/containers/${name}/stop?t=${secondsToStop}`);
  }

  async start(name: string): Promise<void> {
    const module = this.#modules.get(name);
    if (!module) throw new Error(`no module ${name}`);
    module.resting = false;
    await this.#ask("POST", `/containers/${name}/start`);
    void this.#watch(module);
  }

  /** Volumes stay, as they do with edgeAgent. */
  async remove(name: string): Promise<void> {
    this.#rest(name);
    this.#modules.delete(name);
    await this.#ask("DELETE", `/containers/${name}?force=true`);
  }

  async close(): Promise<void> {
    for (const name of this.#modules.keys()) await this.#end(name);
  }

  /** A module that is merely killed cannot put back what it changed on its host. */
  async #end(name: string): Promise<void> {
    await this.stop(name);
    await this.remove(name);
  }

  async #bring(name: string, entry: ModuleEntry, body: string): Promise<void> {
    const present = this.#modules.get(name);
    if (present?.body === body) return;
    if (present) await this.#end(name);
    await this.#ask("POST", `/containers/create?name=${name}`, JSON.parse(body));
    this.#modules.set(name, { name, entry, body, restarts: 0, resting: false });
    if (entry.status === "running") await this.start(name);
  }

  /** Awaits the end of this run and applies the policy. */
  async #watch(module: Running): Promise<void> {
    const ended = await this.#ask("POST", `/containers/${module.name}/wait`).catch(() => undefined);
    if (ended === undefined || module.resting || this.#modules.get(module.name) !== module) return;
    const { StatusCode: code } = JSON.parse(ended) as { StatusCode: number };
    const delay = delayBeforeRestart(module.entry.restartPolicy, code, module.restarts, this.#options.backoff);
    if (delay === undefined) return;
    module.timer = setTimeout(() => {
      module.restarts++;
      void this.start(module.name).catch(() => undefined);
    }, delay);
  }

  #rest(name: string): void {
    const module = this.#modules.get(name);
    if (!module) return;
    module.resting = true;
    clearTimeout(module.timer);
  }

  #ask(method: string, path: string, body?: unknown): Promise<string> {
    return ask(this.#options.socket, method, path, body);
  }
}

function desiredOf(manifest: Manifest, module: string): JsonObject {
  return (manifest.modulesContent[module]?.["properties.desired"] ?? {}) as JsonObject;
}
