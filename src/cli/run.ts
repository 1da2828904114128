import { hostname } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { compose, type Vedette } from "../compose.ts";
import { connectHub } from "../hub/edge-hub.ts";
import { isSdkFault } from "../hub/sdk-fault.ts";
import { methodNames } from "../pipeline/methods.ts";
import type { Log } from "../ports.ts";
import { stopWith } from "./early-stop.ts";
import { LineLog, levelFrom } from "./log.ts";
import { readTwinFile } from "./twin-file.ts";

/** How the process was told to run. */
export interface RunOptions {
  readonly hostRoot: string;
  readonly dataDirectory: string;
  readonly listsDirectory: string;
  readonly dockerHost: string | undefined;
  readonly initialTwin: unknown;
  readonly json: boolean;
}

/** `vedette run`: as an IoT Edge module when edgeAgent's environment is there, otherwise standalone. */
export async function run(args: string[]): Promise<number> {
  const options = await optionsFrom(args, process.env);
  const { IOTEDGE_WORKLOADURI, EdgeHubConnectionString } = process.env;
  if (IOTEDGE_WORKLOADURI || EdgeHubConnectionString) return runModule(options);
  const { runStandalone } = await import("./standalone.ts");
  return runStandalone(options);
}

async function optionsFrom(args: string[], environment: NodeJS.ProcessEnv): Promise<RunOptions> {
  const { values } = parseArgs({
    args,
    options: {
      data: { type: "string", default: environment.VEDETTE_DATA ?? "data" },
      "host-root": { type: "string", default: environment.VEDETTE_HOST_ROOT ?? "/" },
      lists: { type: "string", default: environment.VEDETTE_LISTS },
      config: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const dataDirectory = resolve(values.data);
  return {
    hostRoot: values["host-root"],
    dataDirectory,
    listsDirectory: values.lists ?? resolve(dataDirectory, "lists"),
    dockerHost: environment.DOCKER_HOST,
    initialTwin: values.config === undefined ? undefined : await readTwinFile(values.config),
    json: values.json,
  };
}

async function runModule(options: RunOptions): Promise<number> {
  const log = new LineLog(levelFrom(process.env));
  const version = process.env.VEDETTE_VERSION ?? "development";
  log.info(`vedette ${version} starts`);
  const hub = connectHub({ environment: process.env, log, methods: methodNames });
  const vedette = await compose({
    ...options,
    hub,
    device: deviceFrom(process.env),
    version,
    log,
    onLogLevel: (level) => {
      log.level = level ?? levelFrom(process.env);
    },
    web: { names: [process.env.IOTEDGE_GATEWAYHOSTNAME ?? ""].filter(Boolean) },
  }).catch(async (error: unknown) => {
    log.error(`cannot start: ${error instanceof Error ? error.message : String(error)}`);
    // Its connection would keep a process alive that watches nothing.
    await hub.close();
    return undefined;
  });
  if (!vedette) return 1;
  return untilStopped(vedette, log, (reason) => hub.reset(reason));
}

/** Device and module as edgeAgent names them, or as the connection string does. */
export function deviceFrom(environment: NodeJS.ProcessEnv) {
  const parts = Object.fromEntries(
    (environment.EdgeHubConnectionString ?? "").split(";").map((part) => {
      const at = part.indexOf("=");
      return [part.slice(0, at), part.slice(at + 1)];
    }),
  );
  const deviceId = environment.IOTEDGE_DEVICEID ?? parts.DeviceId ?? hostname();
  return {
    hostname: hostname(),
    deviceId,
    moduleId: environment.IOTEDGE_MODULEID ?? parts.ModuleId ?? "vedette",
    hub: environment.IOTEDGE_IOTHUBHOSTNAME ?? parts.HostName ?? "",
  };
}

/** Waits for SIGTERM or SIGINT and closes; 0 when all was stored. A second signal ends at once. */
export function untilStopped(
  vedette: Vedette,
  log: Log,
  resetHub: (reason: string) => void,
  after?: () => Promise<void>,
): Promise<number> {
  guardAgainstSdk(log, resetHub);
  return new Promise((settle) => {
    const stop = (signal: string) => {
      log.info(`${signal}: closing`);
      const limit = setTimeout(() => settle(1), 4_500);
      const closing = vedette.close().then(() => after?.());
      closing.then(
        () => settle(0),
        (error: unknown) => {
          log.error(`could not close cleanly: ${String(error)}`);
          settle(1);
        },
      );
      void closing.finally(() => clearTimeout(limit));
    };
    stopWith(stop);
  }).then((code) => {
    // Handles of the SDK may still be open; everything of ours is stored.
    setTimeout(() => process.exit(code as number), 100).unref();
    return code as number;
  });
}

/** The SDK throws from its own callbacks on hostile or broken answers; those must not end the module. */
function guardAgainstSdk(log: Log, resetHub: (reason: string) => void): void {
  const handle = (error: unknown) => {
    if (!isSdkFault(error)) return fatal(error, log);
    const reason = error instanceof Error ? error.message : String(error);
    log.error(`the hub SDK failed, the connection is built anew: ${reason}`);
    resetHub(reason);
  };
  process.on("uncaughtException", handle);
  process.on("unhandledRejection", handle);
}

function fatal(error: unknown, log: Log): void {
  log.error(`fatal: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.exit(1);
}
