/**
 * The rig as a process of its own, for a module in another process or another language, and for kill -9 and SIGSTOP.
 *
 * Standard output is one JSON object a line: first `{"ready":{...environment},"connectionString":...}`, then
 * `{"upstream":{...}}` for each message at IoT Hub, and `{"done":name,"result":...}` or `{"failed":name,"reason":...}`
 * for each command. A command is one JSON array a line on standard input: `["setDesired",{"a":1}]`. End of input, SIGINT
 * or SIGTERM closes.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { type Rig, startRig } from "./rig.ts";

/** What a line may call; every other name is refused. */
const COMMANDS = new Set<string>([
  "setDesired",
  "pushRawDesired",
  "forgetTwin",
  "invokeMethod",
  "sendInput",
  "publishAs",
  "setDeployment",
  "upstreamOff",
  "upstreamOn",
  "kick",
  "freeze",
  "thaw",
  "stop",
  "start",
  "restart",
  "rotateAuthority",
] satisfies (keyof Rig)[]);

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** `deploymentFile`: a deployment template or manifest for the routes; without one, everything goes upstream. */
export async function serve(deploymentFile?: string): Promise<void> {
  const deployment = deploymentFile === undefined ? undefined : JSON.parse(readFileSync(deploymentFile, "utf8"));
  const rig = await startRig({ deployment });
  rig.upstream.subscribe((upstream) => say({ upstream }));
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => void obey(rig, line));
  const close = () => void rig.close().then(() => process.exit(0));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, close);
  lines.once("close", close);
  say({ ready: rig.environment, connectionString: rig.connectionString, authorityFile: rig.authorityFile });
}

/** Besides the commands above: `["faults",{...}]`, `["workload",mode]`, `["state"]`. */
async function obey(rig: Rig, line: string): Promise<void> {
  let name = "";
  try {
    const [command, ...parameters] = JSON.parse(line) as [string, ...unknown[]];
    name = String(command);
    say({ done: name, result: (await run(rig, name, parameters)) ?? null });
  } catch (error) {
    say({ failed: name, reason: (error as Error).message });
  }
}

async function run(rig: Rig, name: string, parameters: readonly unknown[]): Promise<unknown> {
  if (name === "faults") return Object.assign(rig.faults, parameters[0]);
  if (name === "workload") return rig.workload.setMode(parameters[0] as Rig["workload"]["mode"]);
  if (name === "state") return stateOf(rig);
  if (!COMMANDS.has(name)) throw new Error("no such command");
  return (rig[name as keyof Rig] as (...values: readonly unknown[]) => unknown)(...parameters);
}

const stateOf = ({ counters, connected, stored, reported }: Rig) => ({ counters, connected, stored, reported });
