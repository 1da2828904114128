/** The module twin over MQTT (learn.microsoft.com/azure/iot/iot-mqtt-connect-to-iot-hub#retrieve-device-twin-properties). */
import { randomUUID } from "node:crypto";
import { within } from "./timing.ts";
import type { Wire } from "./wire.ts";

export interface TwinDocument {
  readonly desired: Readonly<Record<string, unknown>>;
  readonly reported: Readonly<Record<string, unknown>>;
}

/** edgeHub answered, but not with success. */
export class TwinRefused extends Error {
  override readonly name = "TwinRefused";
  readonly status: number;
  constructor(what: string, status: number) {
    super(`${what}: edgeHub answered ${status}`);
    this.status = status;
  }
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

const ANSWERS = "$iothub/twin/res/#";
const PATCHES = "$iothub/twin/PATCH/properties/desired/#";
const ANSWER = /^\$iothub\/twin\/res\/(\d{3})\/\?\$rid=([^&]+)/;
const PATCH = /^\$iothub\/twin\/PATCH\/properties\/desired\/\?\$version=(\d+)/;
/** edgeHub's limit for a twin document; a larger publish could cost the connection. */
const MOST_BYTES = 32 * 1024;

export class TwinChannel {
  readonly #wire: Wire;
  readonly #timeout: number;
  readonly #waiting = new Map<string, { resolve(answer: Answer): void; reject(error: Error): void }>();
  /** Called with the version of a desired patch; its content is not used, the twin is read again. */
  onPatch: (version: number) => void = () => undefined;

  constructor(wire: Wire, timeout: number) {
    this.#wire = wire;
    this.#timeout = timeout;
    wire.onTwin = (topic, payload) => this.#received(topic, payload);
  }

  /** Rejects when a subscription is not granted. */
  async subscribe(): Promise<void> {
    await Promise.all([ANSWERS, PATCHES].map((filter) => this.#subscribe(filter)));
  }

  /** Rejects with Deadline, TwinRefused, or an Error when the answer is no twin. */
  async read(): Promise<TwinDocument> {
    const { status, body } = await this.#ask("twin read", "$iothub/twin/GET/", " ");
    if (status !== 200) throw new TwinRefused("twin read", status);
    return parse(body);
  }

  /** Rejects with Deadline, TwinRefused (400: a limit of the twin), or RangeError above 32 KiB. */
  async report(patch: Readonly<Record<string, unknown>>): Promise<void> {
    const text = JSON.stringify(patch);
    if (Buffer.byteLength(text) > MOST_BYTES) throw new RangeError("reported properties exceed 32 KiB");
    const { status } = await this.#ask("twin report", "$iothub/twin/PATCH/properties/reported/", text);
    if (status < 200 || status > 299) throw new TwinRefused("twin report", status);
  }

  /** Rejects whatever waits for an answer: the connection has ended. */
  close(reason: string): void {
    for (const { reject } of this.#waiting.values()) reject(new Error(reason));
  }

  #subscribe(filter: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#wire.subscribe(filter, { qos: 0 }, (error, granted: { readonly qos: number }[] = []) => {
        const refused = granted.some(({ qos }) => qos >= 128);
        if (error || refused) reject(error ?? new Error(`subscription to ${filter} refused`));
        else resolve();
      });
    });
  }

  #ask(what: string, topic: string, body: string): Promise<Answer> {
    const id = randomUUID();
    const answered = new Promise<Answer>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#wire.publish(`${topic}?$rid=${id}`, body, { qos: 0, retain: false }, (error) => {
        if (error) reject(error);
      });
    });
    return within(answered, this.#timeout, what).finally(() => this.#waiting.delete(id));
  }

  #received(topic: string, payload: Buffer): void {
    const [, status, id = ""] = ANSWER.exec(topic) ?? [];
    if (status) this.#waiting.get(id)?.resolve({ status: Number(status), body: payload.toString("utf8") });
    const version = PATCH.exec(topic)?.[1];
    if (version) this.onPatch(Number(version));
  }
}

function parse(body: string): TwinDocument {
  const value = JSON.parse(body) as Partial<TwinDocument> | null;
  const { desired, reported = {} } = value ?? {};
  if (typeof desired !== "object" || desired === null || Array.isArray(desired))
    throw new Error("twin read: the answer has no desired properties");
  return { desired, reported };
}
