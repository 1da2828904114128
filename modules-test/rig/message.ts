/** One device-to-cloud message on its way through the rig. */
import type { Properties } from "./topics.ts";

export interface RoutedMessage {
  /** Connection identity of the sender. */
  readonly deviceId: string;
  readonly moduleId?: string;
  /** Output name; undefined for plain events. */
  readonly output?: string;
  readonly body: Buffer;
  /** Application properties. */
  readonly properties: Properties;
  /** By edgeHub's short names: `$.mid`, `$.ct`, `$.ce`, ... */
  readonly systemProperties: Properties;
}

/** What IoT Hub would receive. */
export interface UpstreamMessage {
  /** `messageId`, or "" when the sender gave none. */
  readonly id: string;
  readonly output: string;
  readonly body: string;
  readonly properties: Properties;
  readonly systemProperties: Properties;
  readonly deviceId: string;
  readonly moduleId?: string;
  /** Epoch ms of the arrival upstream. */
  readonly at: number;
  /** Name of the route that brought it. */
  readonly route: string;
}

/** Parts a topic's property bag. */
export function partProperties(all: Properties): { system: Properties; application: Properties } {
  const entries = Object.entries(all);
  return {
    system: Object.fromEntries(entries.filter(([name]) => name.startsWith("$."))),
    application: Object.fromEntries(entries.filter(([name]) => !name.startsWith("$."))),
  };
}

/** The path a route's `FROM` is compared with. */
export function sourceOf({ moduleId, output }: RoutedMessage): string {
  if (moduleId === undefined) return "/messages/events";
  return output === undefined
    ? `/messages/modules/${moduleId}/messages/events`
    : `/messages/modules/${moduleId}/outputs/${output}`;
}

/** Body plus property names and values: what edgeHub's 256 KiB limit counts. */
export function sizeOf({ body, properties, systemProperties }: RoutedMessage): number {
  const texts = [...Object.entries(properties), ...Object.entries(systemProperties)].flat();
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), body.length);
}
