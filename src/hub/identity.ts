/** Who this module is and where its edgeHub stands, from the environment. */

/** How the module proves who it is. */
export type Credentials =
  | { readonly kind: "workload"; readonly uri: string; readonly generationId: string }
  | { readonly kind: "key"; readonly key: Buffer };

export interface HubIdentity {
  /** IoT Hub, the audience of every token. */
  readonly hubHostname: string;
  /** edgeHub, with a port if it is not 8883. */
  readonly gateway: string;
  readonly deviceId: string;
  readonly moduleId: string;
  readonly credentials: Credentials;
  /** PEM file to trust instead of the workload API's bundle. */
  readonly caFile?: string;
}

/** The environment names no hub: nothing that a retry would change. */
export class HubNotConfigured extends Error {
  constructor(reason: string) {
    super(`${reason}: run this under IoT Edge, which sets IOTEDGE_*, or set EdgeHubConnectionString`);
    this.name = "HubNotConfigured";
  }
}

/**
 * Reads what edgeAgent sets (IOTEDGE_*, see CreateOrUpdateCommand.cs of Azure/iotedge), or, with precedence as in the
 * SDK's own `fromEnvironment`, what iotedgehubdev sets: EdgeHubConnectionString and EdgeModuleCACertificateFile.
 * Throws HubNotConfigured and names the first thing that is missing.
 */
export function readIdentity(environment: NodeJS.ProcessEnv): HubIdentity {
  const connection = environment.EdgeHubConnectionString || environment.IotHubConnectionString;
  return connection ? fromConnectionString(connection, environment) : fromEdge(environment);
}

function fromEdge(environment: NodeJS.ProcessEnv): HubIdentity {
  const need = (name: string): string => {
    const value = environment[name];
    if (!value) throw new HubNotConfigured(`${name} is not set`);
    return value;
  };
  const scheme = need("IOTEDGE_AUTHSCHEME");
  if (scheme.toLowerCase() !== "sastoken") throw new HubNotConfigured(`IOTEDGE_AUTHSCHEME ${scheme} is not supported`);
  const hubHostname = need("IOTEDGE_IOTHUBHOSTNAME");
  return {
    hubHostname,
    gateway: environment.IOTEDGE_GATEWAYHOSTNAME || hubHostname,
    deviceId: need("IOTEDGE_DEVICEID"),
    moduleId: need("IOTEDGE_MODULEID"),
    credentials: {
      kind: "workload",
      uri: need("IOTEDGE_WORKLOADURI"),
      generationId: need("IOTEDGE_MODULEGENERATIONID"),
    },
  };
}

function fromConnectionString(text: string, environment: NodeJS.ProcessEnv): HubIdentity {
  const fields = new Map(
    text.split(";").map((field) => [before(field).toLowerCase(), field.slice(before(field).length + 1)]),
  );
  const need = (name: string): string => {
    const value = fields.get(name.toLowerCase());
    if (!value) throw new HubNotConfigured(`the connection string has no ${name}`);
    return value;
  };
  const hubHostname = need("HostName");
  return {
    hubHostname,
    gateway: fields.get("gatewayhostname") || hubHostname,
    deviceId: need("DeviceId"),
    moduleId: need("ModuleId"),
    credentials: { kind: "key", key: Buffer.from(need("SharedAccessKey"), "base64") },
    ...(environment.EdgeModuleCACertificateFile && { caFile: environment.EdgeModuleCACertificateFile }),
  };
}

const before = (field: string): string => field.split("=", 1)[0] ?? "";
