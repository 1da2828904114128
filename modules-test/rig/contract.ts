/** What the rig offers to a test. */
import type { Observable } from "rxjs";
import type { Counters, Faults } from "./faults.ts";
import type { UpstreamMessage } from "./message.ts";
import type { MethodAnswer } from "./methods.ts";
import type { Properties } from "./topics.ts";
import type { JsonObject } from "./twin.ts";
import type { WorkloadMode } from "./workload.ts";

export interface RigOptions {
  /** The module under test; default `vedette` on device `edgedev1` of `hub1.azure-devices.net`. */
  readonly moduleId?: string;
  readonly deviceId?: string;
  readonly hubHostname?: string;
  /** Parsed deployment template or manifest; default: everything goes upstream. */
  readonly deployment?: unknown;
  /** How often clients with an expired token are dropped, ms; edgeHub: 300000. */
  readonly reauthenticateEvery?: number;
  /** Clock of the store-and-forward time to live, epoch ms. */
  readonly now?: () => number;
}

/** A message from somebody else on this device: another module, or a downstream device (`moduleId` undefined). */
export interface ForeignMessage {
  readonly deviceId?: string;
  readonly moduleId?: string;
  readonly output?: string;
  readonly body: string | Buffer;
  readonly properties?: Properties;
  readonly systemProperties?: Properties;
}

export interface Rig {
  /** The IOTEDGE_* variables edgeAgent would set. */
  readonly environment: NodeJS.ProcessEnv;
  /** EdgeHubConnectionString, as iotedgehubdev sets it (with `authorityFile`). */
  readonly connectionString: string;
  readonly trustBundle: string;
  /** A PEM file with the trust bundle of the start, for EdgeModuleCACertificateFile. */
  readonly authorityFile: string;
  /** What arrives at IoT Hub; hot, nothing is kept. */
  readonly upstream: Observable<UpstreamMessage>;
  readonly faults: Faults;
  readonly counters: Counters;
  readonly workload: {
    readonly mode: WorkloadMode;
    readonly signed: number;
    setMode(mode: WorkloadMode): Promise<void>;
  };
  /** Modules connected now. */
  readonly connected: readonly string[];
  /** Whether the module under test listens for this now. */
  subscribed(to: "methods" | "desired" | "inputs"): boolean;
  /** Messages waiting in, and expired from, edgeHub's store. */
  readonly stored: { readonly waiting: number; readonly expired: number };
  /** Changes desired properties in the cloud; reaches edgeHub when it is online. */
  setDesired(patch: JsonObject): void;
  /** Pushes this text as a desired patch, whatever it is, without changing the twin. */
  pushRawDesired(text: string): boolean;
  /** Forgets edgeHub's copy of the twin: offline it then answers with an empty one. */
  forgetTwin(): void;
  readonly reported: JsonObject;
  /** Rejects when the module is not connected or does not listen; 504 after `timeout` ms (30000). */
  invokeMethod(name: string, payload?: unknown, timeout?: number): Promise<MethodAnswer>;
  /** The same with any text for a payload. */
  invokeRaw(name: string, payload: string, timeout?: number): Promise<MethodAnswer>;
  /** Straight to an input of the module under test, past the routes. False: not connected or not subscribed. */
  sendInput(input: string, message: ForeignMessage): boolean;
  /** A topic below `inputs/`, as it stands: for what no edgeHub should send. */
  sendRawInput(rest: string, body: string): boolean;
  /** As if another module or a downstream device had sent it: goes through the routes. */
  publishAs(message: ForeignMessage): void;
  setDeployment(deployment: unknown): void;
  /** IoT Hub unreachable: edgeHub stores and answers alone. */
  upstreamOff(): void;
  upstreamOn(): void;
  /** Cuts all connections. */
  kick(): void;
  /** SIGSTOP and SIGCONT. */
  freeze(): void;
  thaw(): void;
  /** edgeHub goes away (connection refused) and comes back; sessions as with or without a bound volume. */
  stop(keepSessions?: boolean): Promise<void>;
  start(): Promise<void>;
  restart(options?: { readonly keepSessions?: boolean; readonly downFor?: number }): Promise<void>;
  /** edgeHub restarts with a certificate of a new authority; `overlap` keeps the old root in the trust bundle. */
  rotateAuthority(overlap?: boolean): Promise<void>;
  close(): Promise<void>;
}
