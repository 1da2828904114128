/**
 * edgeHub's MQTT side: MQTT 3.1.1 over TLS on aedes, with edgeHub's own rules for who may connect, subscribe and publish.
 *
 * aedes writes PUBACK right after `authorizePublish` calls back, so everything that must happen before the
 * acknowledgement happens there, and not calling back withholds it.
 */
import { once } from "node:events";
import { createServer, type Server } from "node:tls";
import { Aedes, type AuthenticateError, type Client, type PublishPacket } from "aedes";
import type { Issued } from "./certificates.ts";
import type { Counters, Faults } from "./faults.ts";
import { partProperties, type RoutedMessage } from "./message.ts";
import { checkSas } from "./sas.ts";
import { DESIRED_PATCHES, inputsOf, METHOD_CALLS, type Published, readTopic, TWIN_ANSWERS } from "./topics.ts";

/** Who is behind a connection. */
export interface Identity {
  readonly deviceId: string;
  readonly moduleId: string;
}

export interface EdgeHubOptions {
  readonly hubHostname: string;
  readonly deviceId: string;
  /** Unix socket to serve on; the gate stands before it. */
  readonly socketPath: string;
  readonly faults: Faults;
  readonly counters: Counters;
  /** The key of one of this device's modules. */
  keyOf(moduleId: string): Buffer | undefined;
  accept(message: RoutedMessage): void;
  twinRequested(moduleId: string, request: Published & { kind: "twin-get" | "twin-report" }, body: Buffer): void;
  methodAnswered(moduleId: string, answer: Published & { kind: "method-answer" }, body: Buffer): void;
  /** A client has just subscribed to this filter (or its session brought it back). */
  subscribed(moduleId: string, filter: string): void;
}

interface Connection {
  readonly client: Client & { readonly subscriptions: Readonly<Record<string, unknown>> };
  readonly identity: Identity;
  /** Token expiry, seconds. */
  readonly expiry: number;
}

const NOT_AUTHORIZED = 5;

export class EdgeHub {
  readonly #options: EdgeHubOptions;
  readonly #connections = new Map<string, Connection>();
  /** aedes' store of subscriptions and undelivered messages; outlives a restart, as edgeHub's on a bound volume does. */
  #sessions: unknown;
  #broker: Aedes | undefined;
  #server: Server | undefined;

  constructor(options: EdgeHubOptions) {
    this.#options = options;
  }

  async start(certificate: Issued): Promise<void> {
    this.#broker = await Aedes.createBroker({
      persistence: this.#sessions,
      concurrency: 1000,
      authenticate: (client, username, password, done) => {
        const refused = this.#authenticate(client, username, password?.toString());
        if (refused === undefined) return done(null, true);
        this.#options.counters.refused++;
        done(Object.assign(new Error(refused), { returnCode: NOT_AUTHORIZED }) as AuthenticateError, false);
      },
      authorizeSubscribe: (client, subscription, done) =>
        done(null, this.#maySubscribe(client, subscription.topic) ? subscription : null),
      authorizePublish: (client, packet, done) => this.#published(client, packet, done),
    });
    this.#sessions = (this.#broker as Aedes & { readonly persistence: unknown }).persistence;
    this.#broker.on("clientReady", (client) => this.#ready(client));
    this.#broker.on("clientDisconnect", (client) => this.#gone(client));
    this.#broker.on("subscribe", (subscriptions, client) => {
      for (const { topic } of subscriptions) this.#subscribed(client, topic);
    });
    this.#server = createServer({ key: certificate.privateKey, cert: certificate.certificate }, this.#broker.handle);
    this.#server.on("tlsClientError", () => undefined);
    this.#server.listen(this.#options.socketPath);
    await once(this.#server, "listening");
  }

  /** `keepSessions` false: subscriptions and undelivered QoS 1 messages are forgotten, as with a recreated container. */
  async stop(keepSessions: boolean): Promise<void> {
    const [broker, server] = [this.#broker, this.#server];
    this.#broker = undefined;
    this.#server = undefined;
    if (broker) await new Promise<void>((closed) => broker.close(closed));
    if (server) await new Promise((closed) => server.close(closed));
    this.#connections.clear();
    if (!keepSessions) this.#sessions = undefined;
  }

  get connected(): readonly string[] {
    return [...this.#connections.keys()];
  }

  isSubscribed(moduleId: string, filter: string): boolean {
    return this.#connections.get(moduleId)?.client.subscriptions[filter] !== undefined;
  }

  /** Publishes to one client, if it is connected and subscribed to `filter`. */
  deliver(moduleId: string, filter: string, topic: string, payload: Buffer | string, qos: 0 | 1): boolean {
    const connection = this.#connections.get(moduleId);
    if (!connection || !this.isSubscribed(moduleId, filter)) return false;
    const packet = { cmd: "publish", topic, payload, qos, retain: false, dup: false } as const;
    connection.client.publish(packet, () => undefined);
    return true;
  }

  /** What edgeHub does every five minutes: clients whose token has run out are dropped. */
  dropExpired(now = Date.now()): void {
    for (const { client, expiry } of this.#connections.values()) if (expiry * 1000 <= now) client.close();
  }

  /** `hub/device/module/?api-version=...`, and the client id must be `device/module`. */
  #authenticate(client: Client, username = "", password = ""): string | undefined {
    const { faults, hubHostname, deviceId, keyOf } = this.#options;
    if (faults.rejectAuth) return "refused by the rig";
    const [hub, device, moduleId, query = ""] = username.split("/");
    if (hub !== hubHostname || device !== deviceId || !moduleId) return "unknown identity";
    if (!new URLSearchParams(query.replace(/^\?/, "")).get("api-version")) return "missing api-version";
    if (client.id !== `${deviceId}/${moduleId}`) return "client id does not match the identity";
    const key = keyOf(moduleId);
    if (!key) return "unknown module";
    const { refused, expiry } = checkSas(password, { hubHostname, deviceId, moduleId }, key);
    if (refused === undefined) {
      this.#connections.get(moduleId)?.client.close();
      this.#connections.set(moduleId, {
        client: client as Connection["client"],
        identity: { deviceId, moduleId },
        expiry,
      });
    }
    return refused;
  }

  #ready(client: Client): void {
    this.#options.counters.connected++;
    const restored = Object.keys((client as Connection["client"]).subscriptions);
    for (const filter of restored) this.#subscribed(client, filter);
  }

  #gone(client: Client): void {
    const found = [...this.#connections].find(([, connection]) => connection.client === client);
    if (found) this.#connections.delete(found[0]);
  }

  #identityOf(client: Client | null): Identity | undefined {
    const moduleId = client?.id?.split("/")[1] ?? "";
    const connection = this.#connections.get(moduleId);
    return connection?.client === client ? connection?.identity : undefined;
  }

  #maySubscribe(client: Client, filter: string): boolean {
    const identity = this.#identityOf(client);
    if (!identity) return false;
    return [TWIN_ANSWERS, DESIRED_PATCHES, METHOD_CALLS, inputsOf(identity.deviceId, identity.moduleId)].includes(
      filter,
    );
  }

  #subscribed(client: Client, filter: string): void {
    const identity = this.#identityOf(client);
    if (identity && this.isSubscribed(identity.moduleId, filter)) this.#options.subscribed(identity.moduleId, filter);
  }

  #published(client: Client | null, packet: PublishPacket, done: (error?: Error | null) => void): void {
    const identity = this.#identityOf(client);
    const published = readTopic(packet.topic);
    const body = Buffer.from(packet.payload);
    if (!identity || !published) done(new Error(`unknown topic ${packet.topic}`));
    else if (published.kind === "telemetry") this.#telemetry(identity, published, body, client, done);
    else {
      done();
      if (published.kind === "method-answer") this.#options.methodAnswered(identity.moduleId, published, body);
      else this.#options.twinRequested(identity.moduleId, published, body);
    }
  }

  #telemetry(
    { deviceId, moduleId }: Identity,
    published: Published & { kind: "telemetry" },
    body: Buffer,
    client: Client | null,
    done: (error?: Error | null) => void,
  ): void {
    if (published.deviceId !== deviceId || published.moduleId !== moduleId) {
      done(new Error("not its own topic"));
      return;
    }
    const { system, application } = partProperties(published.properties);
    const output = system["$.on"];
    this.#options.accept({ deviceId, moduleId, output, body, properties: application, systemProperties: system });
    const { faults } = this.#options;
    if (faults.closeAfterPublish > 0) {
      faults.closeAfterPublish--;
      client?.close();
    } else if (faults.dropAck > 0) faults.dropAck--;
    else if (faults.ackDelay > 0) setTimeout(done, faults.ackDelay);
    else done();
  }
}
