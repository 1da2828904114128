/**
 * The SDK's MQTT connection with two guards.
 *
 * 1. Twin topics never reach the SDK: its twin client parses them unguarded (a desired payload that is no JSON, or a
 *    read answered 500, ends the process), ignores the status, and never subscribes again. `twin-channel.ts` does it.
 * 2. Whatever else the SDK's message handlers throw (a malformed escape in an input's properties, a method topic without
 *    a name) costs that message only.
 *
 * The SDK takes a connection of ours as the second parameter of its transport (SRS_NODE_DEVICE_MQTT_18_025).
 */
import { MqttBase } from "azure-iot-mqtt-base";

/** What of mqtt.js is used here: enough to cut a connection that does not end by itself. */
interface MqttClient {
  readonly stream?: { destroy(): void };
}

interface MqttProvider {
  connect(uri: string, options: object): MqttClient;
}

export type MessageListener = (topic: string, payload: Buffer) => void;

export class Wire extends MqttBase {
  #client: MqttClient | undefined;
  #onTwin: MessageListener = () => undefined;
  #onFault: (error: unknown, topic: string) => void = () => undefined;

  constructor() {
    super();
    const self = this as unknown as { mqttProvider: MqttProvider };
    const provider = self.mqttProvider;
    self.mqttProvider = {
      connect: (uri, options) => {
        this.#client = provider.connect(uri, options);
        return this.#client;
      },
    };
  }

  /** Takes all messages on `$iothub/twin/`. */
  set onTwin(listener: MessageListener) {
    this.#onTwin = listener;
  }

  /** Told when a handler of the SDK threw. */
  set onFault(listener: (error: unknown, topic: string) => void) {
    this.#onFault = listener;
  }

  override emit(event: string | symbol, ...values: unknown[]): boolean {
    if (event !== "message") return super.emit(event, ...values);
    const [topic, payload] = values as [string, Buffer];
    try {
      if (!topic.startsWith("$iothub/twin/")) return super.emit(event, topic, payload);
      this.#onTwin(topic, payload);
    } catch (error) {
      this.#onFault(error, topic);
    }
    return true;
  }

  /**
   * Cuts the socket. The SDK's own close waits for every unacknowledged message, which a frozen edgeHub never
   * acknowledges: without this, each reconnection would leak a socket.
   */
  cut(): void {
    this.#client?.stream?.destroy();
  }
}
