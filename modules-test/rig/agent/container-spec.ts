/**
 * What edgeAgent and edged make of a module of the manifest: the body of Docker's `POST /containers/create`.
 *
 * Facts from Azure/iotedge: CombinedEdgeletConfigProvider.cs (socket, network), CreateOrUpdateCommand.cs (environment),
 * edgelet-docker/src/runtime.rs (labels, unset_privileged, drop_unsafe_privileges).
 */
import { type JsonObject, joinCreateOptions } from "./create-options.ts";

export type RestartPolicy = "never" | "on-failure" | "on-unhealthy" | "always";

export interface ModuleEntry {
  readonly status: "running" | "stopped";
  readonly restartPolicy: RestartPolicy;
  readonly startupOrder?: number;
  readonly env?: Readonly<Record<string, { readonly value: string }>>;
  readonly settings: JsonObject & { readonly image: string };
}

export interface Device {
  /** IOTEDGE_* and RuntimeLogLevel, as edgeAgent gives them to this module. */
  readonly environment: Readonly<Record<string, string>>;
  /** The module's workload socket on the host. */
  readonly workloadSocket: string;
  /** config.toml's `allow_elevated_docker_permissions`. */
  readonly elevated: boolean;
  /** Sources of binds that lie elsewhere on this device; in the rig the engine's socket is in a temporary folder. */
  readonly moved?: Readonly<Record<string, string>>;
}

type HostConfig = JsonObject & {
  readonly Binds?: readonly string[];
  readonly CapAdd?: readonly string[];
  readonly CapDrop?: readonly string[];
};

/** Where a module finds its socket. */
const socketInside = "/var/run/iotedge/workload.sock";
const network = "azure-iot-edge";
/** Not given by Docker's default either when elevated permissions are off. */
const unsafe = ["CHOWN", "SETUID"];

/** The body; throws when createOptions cannot be read. */
export function containerBody(entry: ModuleEntry, device: Device): JsonObject {
  const options = joinCreateOptions(entry.settings);
  const asked = (options.HostConfig ?? {}) as HostConfig;
  const binds = (asked.Binds ?? []).map((bind) => moved(bind, device.moved ?? {}));
  const hostConfig: HostConfig = { ...asked, Binds: [...binds, `${device.workloadSocket}:${socketInside}`] };
  const networking = options.NetworkingConfig as JsonObject | undefined;
  return {
    ...options,
    Image: entry.settings.image,
    Env: variables(entry, options.Env as readonly string[] | undefined, device.environment),
    Labels: { ...(options.Labels as JsonObject), "net.azure-devices.edge.owner": "Microsoft.Azure.Devices.Edge.Agent" },
    // Also for a host network, where Docker then refuses the container: the manifest must name its endpoint itself.
    NetworkingConfig: networking?.EndpointsConfig ? networking : { EndpointsConfig: { [network]: {} } },
    HostConfig: device.elevated ? hostConfig : lowered(hostConfig),
  };
}

/** The container's own Env wins over the manifest's `env`, that over what the agent gives. */
function variables(entry: ModuleEntry, own: readonly string[] = [], given: Device["environment"]): string[] {
  const merged: Record<string, string> = { ...given, IOTEDGE_WORKLOADURI: `unix://${socketInside}` };
  for (const [name, { value }] of Object.entries(entry.env ?? {})) merged[name] = value;
  for (const pair of own) merged[pair.split("=", 1)[0] as string] = pair.slice(pair.indexOf("=") + 1);
  return Object.entries(merged).map(([name, value]) => `${name}=${value}`);
}

/** `allow_elevated_docker_permissions = false`: no Privileged, no CapAdd, and two capabilities fewer. */
function lowered(config: HostConfig): HostConfig {
  const { CapAdd: _, ...kept } = config;
  return { ...kept, Privileged: false, CapDrop: [...new Set([...(config.CapDrop ?? []), ...unsafe])] };
}

function moved(bind: string, to: Readonly<Record<string, string>>): string {
  const [source = "", ...rest] = bind.split(":");
  return [to[source] ?? source, ...rest].join(":");
}
