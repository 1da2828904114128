import { createHash } from "node:crypto";
import type { OutgoingMessage } from "../ports.ts";
import type { Status } from "./status.ts";

/**
 * The message by which the cloud knows that the device is alive: small, on its own output, so that its route can have
 * a lower priority and a shorter time to live than the alerts'.
 *
 * @param interval minutes until the next one is due, so that a query needs to know no configuration
 */
export function heartbeat(
  status: Status,
  interval: number,
  version: string,
  device: string,
  now: number,
): OutgoingMessage {
  const sources = Object.fromEntries([...status.sourcesNow].map(([source, { state }]) => [source, state]));
  const { depth } = status.outbox();
  const body = JSON.stringify({
    type: "heartbeat",
    time: now,
    version,
    uptimeSeconds: Math.round((now - status.startedAt) / 1000),
    nextWithinMinutes: interval,
    sources,
    alertsToday: status.alertsToday(now),
    outboxDepth: depth,
  });
  const id = createHash("sha256").update(`heartbeat\0${device}\0${now}`).digest("hex").slice(0, 32);
  return {
    id,
    output: "heartbeat",
    severity: "informational",
    body,
    properties: { type: "heartbeat", schema: "vedette/heartbeat/1" },
  };
}
