/**
 * One connection to edgeHub, from its opening to its end: one ModuleClient, never opened twice.
 *
 * Loaded only when a hub is connected: the SDK behind it costs some 20 MB. The only file, with `transport.ts` and
 * `wire.ts`, that imports it.
 */
import { Message, ModuleClient } from "azure-iot-device";
import { HubAway, type OutgoingMessage, type TwinUpdate } from "../ports.ts";
import type { HubIdentity } from "./identity.ts";
import { InFlight } from "./in-flight.ts";
import { loadedFrom } from "./sdk-fault.ts";
import { type HubTiming, within } from "./timing.ts";
import { type Received, Transport } from "./transport.ts";
import { TwinChannel } from "./twin-channel.ts";
import { followTwin } from "./twin-reader.ts";
import { Wire } from "./wire.ts";

loadedFrom(import.meta.url);

export interface SessionOptions extends Received {
  readonly identity: HubIdentity;
  readonly token: string;
  /** PEM. */
  readonly authority: string | undefined;
  readonly timing: HubTiming;
  onTwin(update: TwinUpdate): void;
  onAcknowledged(): void;
}

/** How a connection ended. */
export interface Ended {
  readonly reason: string;
  /** On purpose: the next connection follows at once, and nobody need know. */
  readonly planned: boolean;
}

/** The SDK's prefix hides the cause: every first failure, a refused TCP connection too, is "Not authorized". */
const FIRST_FAILURE = "Failure on first connection (Not authorized): ";
const NO_RETRY = { shouldRetry: () => false, nextRetryTimeout: () => -1 };
/** AuthenticationType.Token of azure-iot-common, an enum that type-only imports cannot name. */
const TOKEN = 1;

/** Resolves when messages can be sent. Rejects with the cause, everything cleaned up, after at most `timing.open` ms. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const session = new Session(options);
  try {
    await within(session.open(), options.timing.open, "connection to edgeHub");
    return session;
  } catch (error) {
    const reason = (error as Error).message.replace(FIRST_FAILURE, "");
    await session.end(reason, false);
    throw new Error(reason, { cause: error });
  }
}

export class Session {
  readonly #options: SessionOptions;
  readonly #wire = new Wire();
  readonly #transport: Transport;
  readonly #client: ModuleClient;
  readonly #twin: TwinChannel;
  readonly #over = new AbortController();
  readonly #inFlight: InFlight;
  readonly ended: Promise<Ended>;
  #settle: (ended: Ended) => void = () => undefined;

  constructor(options: SessionOptions) {
    const { identity, token, timing, log, onAcknowledged } = options;
    this.#options = options;
    const onSilence = (reason: string) => void this.end(reason, false);
    this.#inFlight = new InFlight({ timing, onAcknowledged, onSilence });
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#wire.onFault = (error, topic) =>
      log.warn(`message on ${topic.slice(0, 100)} dropped: ${(error as Error).message}`);
    const provider = holder(identity, token);
    this.#transport = new Transport(provider, this.#wire, options);
    const transport = this.#transport;
    this.#client = ModuleClient.fromAuthenticationProvider(provider, function once() {
      return transport;
    });
    this.#client.setRetryPolicy(NO_RETRY);
    this.#client.on("error", (error: Error) => void this.end(error.message, false));
    this.#client.on("disconnect", (error?: { readonly transportObj?: Error }) => {
      void this.end(error?.transportObj?.message ?? "connection lost", false);
    });
    this.#twin = new TwinChannel(this.#wire, timing.twin);
  }

  async open(): Promise<void> {
    const { authority, timing, log, onTwin } = this.#options;
    // setOptions replaces all options: the authority has to be given every time.
    await this.#client.setOptions({ ca: authority, keepalive: timing.keepalive / 1000 });
    await this.#client.open();
    const enable = (what: (done: (error?: Error) => void) => void) =>
      new Promise<void>((resolve, reject) => what((error) => (error ? reject(error) : resolve())));
    await enable((done) => this.#transport.enableInputMessages(done));
    await enable((done) => this.#transport.enableMethods(done));
    await this.#twin.subscribe();
    const onDead = (reason: string) => void this.end(reason, false);
    void followTwin({ channel: this.#twin, timing, log, signal: this.#over.signal, onTwin, onDead });
  }

  /** Resolves on PUBACK. Rejects on the session's end, or after `timing.send` ms. */
  async send(outgoing: OutgoingMessage): Promise<void> {
    if (this.#over.signal.aborted) throw new HubAway(String(this.#over.signal.reason));
    const sent = this.#client.sendOutputEvent(outgoing.output, toMessage(outgoing));
    await this.#inFlight.track(sent, `message ${outgoing.id}`);
  }

  report(patch: Readonly<Record<string, unknown>>): Promise<void> {
    return this.#twin.report(patch);
  }

  /** Resolves when nothing waits for its acknowledgement any more, at most after `timing.hold` ms. */
  drain(): Promise<void> {
    return this.#inFlight.drain();
  }

  /** Ends the session, at most in `timing.close` ms; whatever waits is rejected at once. Never rejects. */
  async end(reason: string, planned: boolean): Promise<void> {
    if (this.#over.signal.aborted) return;
    this.#over.abort(reason);
    this.#inFlight.lose(reason);
    this.#twin.close(reason);
    this.#settle({ reason, planned });
    if (!planned) this.#wire.cut();
    await within(this.#client.close(), this.#options.timing.close, "close").catch(() => undefined);
    this.#wire.cut();
  }
}

type AuthenticationProvider = Parameters<typeof ModuleClient.fromAuthenticationProvider>[0];

/** Hands out the token it was given. It never renews: that is a new session (see docs/decisions/hub-client.md). */
function holder({ hubHostname, gateway, deviceId, moduleId }: HubIdentity, token: string): AuthenticationProvider {
  const config = {
    host: hubHostname,
    deviceId,
    moduleId,
    gatewayHostName: gateway,
    sharedAccessSignature: token,
  };
  const provider = {
    type: TOKEN,
    getDeviceCredentials: (callback?: (error: null, credentials: typeof config) => void) =>
      callback ? callback(null, config) : Promise.resolve(config),
    // The SDK's transport listens for renewals and stops the timer of any token provider.
    on: () => provider,
    stop: () => undefined,
  };
  return provider as unknown as AuthenticationProvider;
}

/** A string body: for a Buffer the SDK spends a hundred times the processor time on a debug line. */
function toMessage({ id, body, properties }: OutgoingMessage): Message {
  const message = new Message(body);
  message.messageId = id;
  message.contentType = "application/json";
  message.contentEncoding = "utf-8";
  for (const [name, value] of Object.entries(properties)) message.properties.add(name, value);
  return message;
}
