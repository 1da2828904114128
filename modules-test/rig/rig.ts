/**
 * A small IoT Edge device in one process: edgeHub, the workload API, and the cloud's side of both, with knobs for what
 * goes wrong in the field. Made to test a module's connection to its hub, whatever the module is written in.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Observable } from "rxjs";
import { type Authority, createAuthority } from "./certificates.ts";
import type { ForeignMessage, Rig, RigOptions } from "./contract.ts";
import { EdgeHub } from "./edge-hub.ts";
import { noCounts, noFaults } from "./faults.ts";
import { Gate } from "./gate.ts";
import type { RoutedMessage, UpstreamMessage } from "./message.ts";
import { type MethodAnswer, Methods } from "./methods.ts";
import { Router } from "./router.ts";
import { readRouting } from "./routes.ts";
import { DESIRED_PATCHES, inputMessage, inputsOf, METHOD_CALLS } from "./topics.ts";
import type { JsonObject } from "./twin.ts";
import { Twins } from "./twins.ts";
import { Workload } from "./workload.ts";

export type { ForeignMessage, Rig, RigOptions };

const EVERYTHING_UPSTREAM = { routes: { all: "FROM /messages/* INTO $upstream" } };
const GATEWAY = "localhost";

/** Starts edgeHub on a free loopback port and the workload API on a unix socket in a new temporary directory. */
export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const rig = new RunningRig(options);
  await rig.workload.setMode("serving");
  await rig.start();
  return rig;
}

class RunningRig implements Rig {
  readonly #moduleId: string;
  readonly #deviceId: string;
  readonly #hubHostname: string;
  readonly #directory = mkdtempSync(join(tmpdir(), "rig-"));
  readonly #key = randomBytes(32);
  readonly #generationId = String(Date.now());
  readonly #timer: NodeJS.Timeout;
  readonly #gate = new Gate(join(this.#directory, "hub.sock"));
  readonly #router: Router;
  readonly #hub: EdgeHub;
  readonly #twins: Twins;
  readonly #methods: Methods;
  #authority: Authority = createAuthority();
  #trusted: string = this.#authority.certificate;
  readonly faults = noFaults();
  readonly counters = noCounts();
  readonly workload: Workload;

  constructor(options: RigOptions) {
    writeFileSync(join(this.#directory, "ca.pem"), this.#trusted);
    this.#moduleId = options.moduleId ?? "vedette";
    this.#deviceId = options.deviceId ?? "edgedev1";
    this.#hubHostname = options.hubHostname ?? "hub1.azure-devices.net";
    const { faults, counters } = this;
    this.#router = new Router({
      routing: readRouting(options.deployment ?? EVERYTHING_UPSTREAM),
      counters,
      now: options.now,
      deliverInput: (moduleId, input, message) => this.#deliverInput(moduleId, input, message),
    });
    const deliver = (moduleId: string, filter: string, topic: string, body: string) =>
      this.#hub.deliver(moduleId, filter, topic, body, 0);
    this.#twins = new Twins({ faults, counters, deliver });
    this.#methods = new Methods(deliver);
    this.#hub = new EdgeHub({
      hubHostname: this.#hubHostname,
      deviceId: this.#deviceId,
      socketPath: join(this.#directory, "hub.sock"),
      faults,
      counters,
      keyOf: (moduleId) => (moduleId === this.#moduleId ? this.#key : undefined),
      accept: (message) => this.#router.accept(message),
      twinRequested: (moduleId, request, body) => this.#twins.answer(moduleId, request, body),
      methodAnswered: (_, answer, body) => this.#methods.answered(answer, body),
      subscribed: () => setImmediate(() => this.#router.drain()),
    });
    this.workload = new Workload({
      socketPath: join(this.#directory, "workload.sock"),
      modules: () => [{ moduleId: this.#moduleId, generationId: this.#generationId, key: this.#key }],
      authority: () => this.#authority,
      trustBundle: () => this.#trusted,
    });
    this.#timer = setInterval(() => this.#hub.dropExpired(), options.reauthenticateEvery ?? 300_000).unref();
  }

  get environment(): NodeJS.ProcessEnv {
    return {
      IOTEDGE_WORKLOADURI: `unix://${join(this.#directory, "workload.sock")}`,
      IOTEDGE_AUTHSCHEME: "sasToken",
      IOTEDGE_MODULEGENERATIONID: this.#generationId,
      IOTEDGE_IOTHUBHOSTNAME: this.#hubHostname,
      IOTEDGE_GATEWAYHOSTNAME: `${GATEWAY}:${this.#gate.port}`,
      IOTEDGE_DEVICEID: this.#deviceId,
      IOTEDGE_MODULEID: this.#moduleId,
      IOTEDGE_APIVERSION: "2018-06-28",
      RuntimeLogLevel: "Information",
    };
  }

  get connectionString(): string {
    const key = this.#key.toString("base64");
    const gateway = `${GATEWAY}:${this.#gate.port}`;
    return `HostName=${this.#hubHostname};GatewayHostName=${gateway};DeviceId=${this.#deviceId};ModuleId=${this.#moduleId};SharedAccessKey=${key}`;
  }

  get trustBundle(): string {
    return this.#trusted;
  }

  get authorityFile(): string {
    return join(this.#directory, "ca.pem");
  }

  get upstream(): Observable<UpstreamMessage> {
    return this.#router.upstream;
  }

  get connected(): readonly string[] {
    return this.#hub.connected;
  }

  get stored(): { readonly waiting: number; readonly expired: number } {
    return this.#router.stored();
  }

  get reported(): JsonObject {
    return this.#twins.reported(this.#moduleId);
  }

  setDesired(patch: JsonObject): void {
    this.#twins.setDesired(this.#moduleId, patch);
  }

  pushRawDesired(text: string): boolean {
    return this.#twins.pushRaw(this.#moduleId, text);
  }

  forgetTwin(): void {
    this.#twins.forget();
  }

  invokeMethod(name: string, payload: unknown = null, timeout = 30_000): Promise<MethodAnswer> {
    return this.invokeRaw(name, JSON.stringify(payload), timeout);
  }

  invokeRaw(name: string, payload: string, timeout = 30_000): Promise<MethodAnswer> {
    return this.#methods.invoke(this.#moduleId, name, payload, timeout);
  }

  subscribed(to: "methods" | "desired" | "inputs"): boolean {
    const inputs = inputsOf(this.#deviceId, this.#moduleId);
    const filters = { methods: METHOD_CALLS, desired: DESIRED_PATCHES, inputs };
    return this.#hub.isSubscribed(this.#moduleId, filters[to]);
  }

  sendRawInput(rest: string, body: string): boolean {
    const filter = inputsOf(this.#deviceId, this.#moduleId);
    return this.#hub.deliver(this.#moduleId, filter, filter.replace("#", rest), body, 1);
  }

  sendInput(input: string, message: ForeignMessage): boolean {
    return this.#deliverInput(this.#moduleId, input, this.#foreign(message));
  }

  publishAs(message: ForeignMessage): void {
    this.#router.accept(this.#foreign(message));
  }

  setDeployment(deployment: unknown): void {
    this.#router.routing = readRouting(deployment);
  }

  upstreamOff(): void {
    this.#router.setOnline(false);
    this.#twins.setOnline(false);
  }

  upstreamOn(): void {
    this.#twins.setOnline(true);
    this.#router.setOnline(true);
  }

  kick(): void {
    this.#gate.cut();
  }

  freeze(): void {
    this.#gate.freeze();
  }

  thaw(): void {
    this.#gate.thaw();
  }

  async stop(keepSessions = true): Promise<void> {
    await this.#gate.close();
    await this.#hub.stop(keepSessions);
  }

  async start(): Promise<void> {
    await this.#hub.start(this.#authority.issue("edgehub", [GATEWAY, "127.0.0.1", "edgehub"], "server"));
    await this.#gate.open();
  }

  async restart({ keepSessions = true, downFor = 0 } = {}): Promise<void> {
    await this.stop(keepSessions);
    if (downFor > 0) await new Promise((passed) => setTimeout(passed, downFor));
    await this.start();
  }

  async rotateAuthority(overlap = false): Promise<void> {
    const former = this.#trusted;
    this.#authority = createAuthority(`rig root CA ${randomBytes(4).toString("hex")}`);
    this.#trusted = this.#authority.certificate + (overlap ? former : "");
    await this.restart();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#gate.thaw();
    await this.stop();
    await this.workload.setMode("stopped");
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #foreign({
    deviceId = this.#deviceId,
    body,
    properties = {},
    systemProperties = {},
    ...rest
  }: ForeignMessage): RoutedMessage {
    return { deviceId, ...rest, body: Buffer.from(body as string), properties, systemProperties };
  }

  #deliverInput(moduleId: string, input: string, message: RoutedMessage): boolean {
    const sender = {
      "$.cdid": message.deviceId,
      ...(message.moduleId !== undefined && { "$.cmid": message.moduleId }),
    };
    const { "$.on": _, ...kept } = message.systemProperties;
    const topic = inputMessage(this.#deviceId, moduleId, input, { ...sender, ...kept, ...message.properties });
    return this.#hub.deliver(moduleId, inputsOf(this.#deviceId, moduleId), topic, message.body, 1);
  }
}
