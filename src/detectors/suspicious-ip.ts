import { z } from "zod";
import type { SocketConnected } from "../events/fact.ts";
import { type Context, matcher, type ThreatHit } from "./detector.ts";
import { addressOrRange, inRanges } from "./knowledge/ranges.ts";

/**
 * A connection with an address that a loaded threat list holds, in either direction; an attempt counts, since a
 * non-blocking connect is never answered at once (EINPROGRESS).
 *
 * Blind spot: without a list nothing is suspicious. UDP is seen only where audit watches connect(2), and a datagram
 * sent without connect(2) not at all.
 */
export const suspiciousIp = matcher({
  alert: "suspicious-ip",
  on: ["socket.connected"],
  settings: z.object({
    allowedAddresses: z
      .array(addressOrRange())
      .default([])
      .describe("Addresses or CIDR ranges that raise no alert although a list holds them."),
  }),
  match(connected, { allowedAddresses }, context) {
    const { destination, process, inbound, protocol } = connected;
    const { ip, port, hostname } = destination;
    const hit = listed(connected, context);
    if (!hit || (ip !== undefined && inRanges(ip, allowedAddresses))) return undefined;
    const peer = ip ?? hostname ?? "";
    const who = process?.exe || process?.comm || "a process";
    return {
      subject: `address ${peer}`,
      reason: inbound
        ? `${peer} connected to this device and is on the list ${hit.list}`
        : `${who} connected to ${peer}${port === undefined ? "" : ` port ${port}`}, which is on the list ${hit.list}`,
      confidence: "high",
      evidence: {
        process,
        container: process?.container,
        ...(inbound ? { source: destination } : { destination }),
        data: { list: hit.list, entry: hit.entry, protocol },
      },
    };
  },
});

function listed({ destination: { ip, hostname } }: SocketConnected, { threats }: Context): ThreatHit | undefined {
  return (
    (ip === undefined ? undefined : threats.address(ip)) ??
    (hostname === undefined ? undefined : threats.domain(hostname))
  );
}
