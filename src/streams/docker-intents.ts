/** Where files of the host say that dockerd shall listen: daemon.json, systemd units with their drop-ins, defaults. */
import { daemonJson, daemonOptions } from "../parsers/docker/daemon.ts";
import type { Intent } from "../parsers/docker/posture.ts";
import { environmentFile, expanded, type UnitSettings, unitSettings } from "../parsers/docker/unit.ts";
import type { HostRoot } from "../ports.ts";

/** Search order of systemd.unit(5), the first directory wins for a unit, all count for drop-ins. */
const unitDirectories = [
  "/etc/systemd/system",
  "/run/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
];
const units = ["docker.service", "snap.docker.dockerd.service", "balena.service"];
const sockets = ["docker.socket", "docker-tcp.socket", "balena-engine.socket"];
const defaults = ["/etc/default/docker", "/etc/sysconfig/docker", "/etc/conf.d/docker"];
const maxDropIns = 32;

export interface FileIntents {
  readonly intents: readonly Intent[];
  /** Ports of metrics endpoints, which are no API. */
  readonly metrics: readonly string[];
  /** Any of the files exists: there is, or was, an engine here. */
  readonly installed: boolean;
}

/** `configFiles`: daemon.json and whatever `--config-file` of a running daemon names. */
export async function fileIntents(hostRoot: HostRoot, configFiles: readonly string[]): Promise<FileIntents> {
  const intents: Intent[] = [];
  const metrics: string[] = [];
  let installed = false;
  const services = await Promise.all(units.map((unit) => readUnit(hostRoot, unit)));
  let systemdTls: Intent["tls"] = "none";
  for (const service of services) {
    if (!service) continue;
    installed = true;
    const options = await serviceOptions(hostRoot, service);
    systemdTls = options.tls;
    if (options.metrics) metrics.push(options.metrics);
    intents.push({ seenIn: "systemd", hosts: options.hosts, tls: options.tls });
  }
  if (!services.some(Boolean)) intents.push(...(await sysvinit(hostRoot)));
  for (const file of new Set(["/etc/docker/daemon.json", ...configFiles])) {
    const options = daemonJson((await textOf(hostRoot, file)) ?? "");
    if (!options) continue;
    installed = true;
    if (options.metrics) metrics.push(options.metrics);
    // Docker refuses to start with the same key in both, so an unset key leaves the decision to the arguments.
    intents.push({ seenIn: "daemon.json", hosts: options.hosts, tls: options.tlsSet ? options.tls : systemdTls });
    if (options.tlsSet) systemdTls = options.tls;
  }
  for (const name of sockets) {
    const hosts = (await readUnit(hostRoot, name))?.listen.map(streamHost) ?? [];
    intents.push({ seenIn: "systemd", hosts, tls: systemdTls });
  }
  return {
    intents: intents.map((intent) => (intent.seenIn === "systemd" ? { ...intent, tls: systemdTls } : intent)),
    metrics,
    installed,
  };
}

async function serviceOptions(hostRoot: HostRoot, service: UnitSettings) {
  // Without a prototype: `$constructor` in a unit names no variable.
  const environment: Record<string, string> = Object.assign(Object.create(null), service.environment);
  for (const file of service.environmentFiles) {
    Object.assign(environment, environmentFile((await textOf(hostRoot, file.replace(/^-/, ""))) ?? ""));
  }
  return daemonOptions(expanded(service.command ?? [], environment).slice(1));
}

/** Without systemd the init script of Debian and Alpine adds DOCKER_OPTS to the arguments. */
async function sysvinit(hostRoot: HostRoot): Promise<Intent[]> {
  const intents: Intent[] = [];
  for (const file of defaults) {
    const text = await textOf(hostRoot, file);
    if (text === undefined) continue;
    const { DOCKER_OPTS, OPTIONS } = environmentFile(text);
    const options = daemonOptions(`${DOCKER_OPTS ?? ""} ${OPTIONS ?? ""}`.split(/\s+/));
    intents.push({ seenIn: "systemd", hosts: options.hosts, tls: options.tls });
  }
  return intents;
}

/** `ListenStream=2375` is every address; a path is no network. */
function streamHost(value: string): string {
  if (/^\d+$/.test(value)) return `tcp://[::]:${value}`;
  return value.startsWith("/") || value.startsWith("@") || value.startsWith("%") ? `unix://${value}` : `tcp://${value}`;
}

async function readUnit(hostRoot: HostRoot, name: string): Promise<UnitSettings | undefined> {
  const texts: string[] = [];
  for (const directory of unitDirectories) {
    const text = await textOf(hostRoot, `${directory}/${name}`);
    if (text === undefined) continue;
    texts.push(text);
    break;
  }
  // Drop-ins are read in the order of their names, whatever directory they are in; the first directory masks others.
  const dropIns = new Map<string, string>();
  for (const directory of unitDirectories) {
    for (const file of await hostRoot.list(`${directory}/${name}.d`).catch(() => [])) {
      if (file.endsWith(".conf") && !dropIns.has(file) && dropIns.size < maxDropIns) {
        dropIns.set(file, `${directory}/${name}.d/${file}`);
      }
    }
  }
  for (const file of [...dropIns.keys()].sort()) {
    const text = await textOf(hostRoot, dropIns.get(file) as string);
    if (text !== undefined) texts.push(text);
  }
  return texts.length === 0 ? undefined : unitSettings(texts);
}

async function textOf(hostRoot: HostRoot, path: string): Promise<string | undefined> {
  return hostRoot.readText(path, 256 * 1024).catch(() => undefined);
}
