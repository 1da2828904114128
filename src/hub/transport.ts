/**
 * The SDK's MQTT transport over our wire, with methods and inputs handed out as they come.
 *
 * ModuleClient registers one handler per method name and attaches them after the connection is open; a call that a kept
 * session delivers at once would be lost, and a call to an unknown name would leave the caller waiting for 30 s. Here
 * every call is seen, from the first packet on.
 */
import type { Message } from "azure-iot-device";
import { Mqtt } from "azure-iot-device-mqtt";
import type { InputMessage, Log, MethodCall } from "../ports.ts";
import type { Wire } from "./wire.ts";

export interface Received {
  readonly log: Log;
  /** False: nobody takes methods of this name. */
  onMethod(call: MethodCall): boolean;
  onInput(message: InputMessage): void;
}

/** What Mqtt passes on for a method call. */
interface SdkMethod {
  readonly requestId: string;
  readonly methods: { readonly methodName: string };
  readonly body: Buffer;
}

/** edgeHub's limit for an answer. */
const MOST_ANSWER_BYTES = 128 * 1024;

export class Transport extends Mqtt {
  readonly #received: Received;

  constructor(provider: ConstructorParameters<typeof Mqtt>[0], wire: Wire, received: Received) {
    super(provider, wire);
    this.#received = received;
    this.on("inputMessage", (input: string, message: Message) => received.onInput(toInput(input, message)));
  }

  override emit(event: string | symbol, ...values: unknown[]): boolean {
    if (typeof event !== "string" || !event.startsWith("method_")) return super.emit(event, ...values);
    this.#called(values[0] as SdkMethod);
    return true;
  }

  #called({ requestId, methods: { methodName }, body }: SdkMethod): void {
    let answered = false;
    const respond = (status: number, answer: unknown) => {
      if (answered) return;
      answered = true;
      this.#answer(methodName, requestId, status, answer);
    };
    const text = body.toString("utf8");
    try {
      const payload: unknown = text === "" ? null : JSON.parse(text);
      const taken = this.#received.onMethod({ name: methodName, payload, respond });
      if (!taken) respond(404, { message: `no method ${methodName}` });
    } catch (error) {
      if (error instanceof SyntaxError) respond(400, { message: "the payload is not JSON" });
      else respond(500, { message: (error as Error).message });
    }
  }

  #answer(name: string, requestId: string, status: number, answer: unknown): void {
    const text = JSON.stringify(answer) ?? "null";
    const fits = Buffer.byteLength(text) <= MOST_ANSWER_BYTES;
    const response = fits
      ? { requestId, status, payload: answer ?? null }
      : { requestId, status: 500, payload: { message: "the answer exceeds 128 KiB" } };
    this.sendMethodResponse(response as Parameters<Mqtt["sendMethodResponse"]>[0], (error) => {
      if (error) this.#received.log.warn(`answer to method ${name} not sent: ${error.message}`);
    });
  }
}

/** edgeHub marks system properties with `$.`; the sender's identity is among them (`$.cdid`, `$.cmid`). */
function toInput(input: string, message: Message): InputMessage {
  const all = (message.properties.propertyList as { readonly key: string; readonly value: string }[]) ?? [];
  const of = (name: string) => all.find(({ key }) => key === name)?.value;
  const properties = all.filter(({ key }) => !key.startsWith("$.")).map(({ key, value }) => [key, value] as const);
  return {
    input,
    body: Buffer.from(message.getBytes()),
    properties: Object.fromEntries(properties),
    deviceId: of("$.cdid"),
    moduleId: of("$.cmid"),
  };
}
