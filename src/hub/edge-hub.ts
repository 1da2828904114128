/**
 * The connection to edgeHub as the rest of the module sees it: always there, sometimes not connected.
 *
 * One loop, for ever: credentials, one session, its end, a pause. Every fault, whatever the SDK calls it, leads to a new
 * session, because the SDK's own recovery forgets twin subscriptions, gives up after four minutes and crashes when a
 * renewal fails (docs/decisions/hub-client.md).
 */
import { BehaviorSubject, type Observable, ReplaySubject, Subject } from "rxjs";
import {
  type Hub,
  HubAway,
  type HubStatus,
  type InputMessage,
  type Log,
  type MethodCall,
  type OutgoingMessage,
  type TwinUpdate,
} from "../ports.ts";
import { type CredentialSource, credentialSource } from "./credentials.ts";
import { type HubIdentity, readIdentity } from "./identity.ts";
import { renewalDue } from "./renewal.ts";
import type { Session } from "./session.ts";
import { backoff, DEFAULT_TIMING, type HubTiming, pause, within } from "./timing.ts";

export interface HubOptions {
  /** IOTEDGE_* as edgeAgent sets them, or EdgeHubConnectionString. */
  readonly environment: NodeJS.ProcessEnv;
  readonly log: Log;
  /** Names of the direct methods that are answered; any other is answered 404 at once. */
  readonly methods?: readonly string[];
  readonly timing?: Partial<HubTiming>;
}

export interface EdgeHubConnection extends Hub {
  /** Gives the present connection up and makes a new one: for the process's last guard, after a fault of the SDK. */
  reset(reason: string): void;
}

/**
 * Starts connecting in the background and returns at once. Throws HubNotConfigured, and nothing else, when the
 * environment names no hub.
 *
 * `status` emits the present state first and then every change, and at most once a second for acknowledgements. `twin`
 * emits the last known desired properties first; it is silent until edgeHub has told a version. `methods` and `inputs`
 * keep nothing for late subscribers (a method called meanwhile is answered 503). Only `close` completes them.
 */
export function connectHub(options: HubOptions): EdgeHubConnection {
  return new EdgeHub(options, readIdentity(options.environment));
}

/** edgeHub acknowledges and then drops what exceeds 256 KiB with its properties: refused here, so that it is seen. */
const MOST_BYTES = 256 * 1024;
const STATUS_EVERY = 1000;

class EdgeHub implements EdgeHubConnection {
  readonly #identity: HubIdentity;
  readonly #log: Log;
  readonly #timing: HubTiming;
  readonly #credentials: CredentialSource;
  readonly #methodNames: ReadonlySet<string>;
  readonly #closing = new AbortController();
  readonly #status: BehaviorSubject<HubStatus>;
  readonly #twin = new ReplaySubject<TwinUpdate>(1);
  readonly #methods = new Subject<MethodCall>();
  readonly #inputs = new Subject<InputMessage>();
  readonly #loop: Promise<void>;
  #session: Session | undefined;
  #waiting: { readonly connected: Promise<void>; readonly release: () => void };
  #lastTwin = "";
  #lastAcknowledged: number | undefined;

  constructor({ environment: _, log, methods = [], timing }: HubOptions, identity: HubIdentity) {
    this.#identity = identity;
    this.#log = log;
    this.#timing = { ...DEFAULT_TIMING, ...timing };
    this.#methodNames = new Set(methods);
    this.#credentials = credentialSource(identity, this.#timing.workload);
    this.#status = new BehaviorSubject<HubStatus>({ state: "connecting", reason: "starting" });
    this.#waiting = latch();
    this.#loop = this.#run();
  }

  get status(): Observable<HubStatus> {
    return this.#status.asObservable();
  }

  get twin(): Observable<TwinUpdate> {
    return this.#twin.asObservable();
  }

  get methods(): Observable<MethodCall> {
    return this.#methods.asObservable();
  }

  get inputs(): Observable<InputMessage> {
    return this.#inputs.asObservable();
  }

  async send(message: OutgoingMessage): Promise<void> {
    if (sizeOf(message) > MOST_BYTES) throw new RangeError(`message ${message.id} exceeds 256 KiB`);
    await (await this.#connected()).send(message);
  }

  async report(patch: Readonly<Record<string, unknown>>): Promise<void> {
    await (await this.#connected()).report(patch);
  }

  reset(reason: string): void {
    void this.#session?.end(reason, false);
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#waiting.release();
    const ended = this.#session?.end("closed", true);
    await within(Promise.all([ended, this.#loop]), this.#timing.close, "close").catch(() => undefined);
    this.#publish("stopped", "closed");
    for (const subject of [this.#status, this.#twin, this.#methods, this.#inputs]) subject.complete();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 0; !signal.aborted; ) {
      const { reason, planned, lived } = await this.#once();
      if (signal.aborted) return;
      if (planned) {
        failures = 0;
        continue;
      }
      if (lived >= this.#timing.stable) failures = 0;
      const wait = backoff(failures++, this.#timing.retryFirst, this.#timing.retryMost);
      this.#publish("connecting", reason);
      this.#log.warn(`edgeHub: ${reason}; next attempt in ${(wait / 1000).toFixed(1)} s`);
      await pause(wait, signal);
    }
  }

  /** One session from credentials to end. Never rejects. `lived`: ms connected. */
  async #once(): Promise<{ readonly reason: string; readonly planned: boolean; readonly lived: number }> {
    let since = Number.POSITIVE_INFINITY;
    try {
      const session = await this.#open();
      since = performance.now();
      this.#attach(session);
      const over = new AbortController();
      void this.#renew(session, over.signal);
      const ended = await session.ended;
      over.abort();
      this.#detach();
      return { ...ended, lived: performance.now() - since };
    } catch (error) {
      return { reason: (error as Error).message, planned: false, lived: 0 };
    }
  }

  async #open(): Promise<Session> {
    const [authority, token] = await Promise.all([
      this.#credentials.authority(),
      this.#credentials.token(this.#timing.token / 1000),
    ]);
    const { openSession } = await import("./session.ts");
    const session = await openSession({
      identity: this.#identity,
      token,
      authority,
      timing: this.#timing,
      log: this.#log,
      onMethod: (call) => this.#called(call),
      onInput: (message) => this.#inputs.next(message),
      onTwin: (update) => this.#twinRead(update),
      onAcknowledged: () => this.#acknowledged(),
    });
    if (this.#closing.signal.aborted) await session.end("closed", true);
    return session;
  }

  #attach(session: Session): void {
    if (this.#closing.signal.aborted) return;
    this.#session = session;
    if (this.#status.value.state !== "connected") this.#log.info(`edgeHub: connected to ${this.#identity.gateway}`);
    this.#publish("connected", "");
    this.#waiting.release();
  }

  #detach(): void {
    if (this.#session && !this.#closing.signal.aborted) this.#waiting = latch();
    this.#session = undefined;
  }

  /** A new session takes over: the same way as after a loss, but drained first. */
  async #renew(session: Session, signal: AbortSignal): Promise<void> {
    if (!(await renewalDue(this.#credentials, this.#timing, this.#log, signal))) return;
    this.#detach();
    await session.drain();
    await session.end("token renewal", true);
  }

  /** The session, waiting up to `timing.hold` ms for one: long enough for a renewal, and no caller spins. */
  async #connected(): Promise<Session> {
    if (!this.#session) await within(this.#waiting.connected, this.#timing.hold, "edgeHub").catch(() => undefined);
    if (this.#session) return this.#session;
    throw new HubAway(this.#closing.signal.aborted ? "closed" : this.#status.value.reason);
  }

  #called(call: MethodCall): boolean {
    if (!this.#methodNames.has(call.name)) return false;
    if (this.#methods.observed) this.#methods.next(call);
    else call.respond(503, { message: "not ready" });
    return true;
  }

  /** A new session reads the same twin again: only what differs is passed on. */
  #twinRead(update: TwinUpdate): void {
    const text = JSON.stringify([update.version, update.desired]);
    if (text === this.#lastTwin) return;
    this.#lastTwin = text;
    this.#twin.next(update);
  }

  #acknowledged(): void {
    const now = Date.now();
    const told = this.#status.value.lastAcknowledgedAt ?? 0;
    this.#lastAcknowledged = now;
    if (Math.abs(now - told) >= STATUS_EVERY && this.#session) this.#publish("connected", "");
  }

  #publish(state: HubStatus["state"], reason: string): void {
    this.#status.next({ state, reason, lastAcknowledgedAt: this.#lastAcknowledged });
  }
}

/** A promise to be released once. */
function latch(): { readonly connected: Promise<void>; readonly release: () => void } {
  let release: () => void = () => undefined;
  const connected = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { connected, release };
}

const sizeOf = ({ body, properties, id, output }: OutgoingMessage): number =>
  [body, id, output, ...Object.entries(properties).flat()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
