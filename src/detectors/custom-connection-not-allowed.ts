import { z } from "zod";
import { matcher } from "./detector.ts";
import { addressClass } from "./knowledge/addresses.ts";
import { addressOrRange, inRanges } from "./knowledge/ranges.ts";

/**
 * This device connected to an address that is not on the operator's list. The loopback is always allowed.
 *
 * Blind spot: the list holds addresses; a destination behind a changing DNS name needs a range. Where audit is absent
 * only TCP connections of the host's own network namespace are seen.
 */
export const customConnectionNotAllowed = matcher({
  alert: "custom-connection-not-allowed",
  on: ["socket.connected"],
  settings: z.object({
    allowedAddresses: z
      .array(addressOrRange())
      .default([])
      .describe("Addresses and CIDR ranges this device may connect to; an empty list judges nothing."),
    allowPrivate: z
      .boolean()
      .default(false)
      .describe("Also allow every private and link-local address (RFC 1918, fc00::/7, fe80::/10)."),
  }),
  match({ destination, process, inbound, protocol }, { allowedAddresses, allowPrivate }) {
    const { ip, port } = destination;
    if (inbound || ip === undefined || allowedAddresses.length === 0) return undefined;
    const kind = addressClass(ip);
    if (kind === undefined || kind === "loopback" || kind === "unspecified") return undefined;
    if (allowPrivate && (kind === "private" || kind === "link-local")) return undefined;
    if (inRanges(ip, allowedAddresses)) return undefined;
    const who = process?.exe || process?.comm || "a process";
    return {
      subject: `address ${ip}`,
      reason: `${who} connected to ${ip}${port === undefined ? "" : ` port ${port}`}, which is not on the list`,
      confidence: "high",
      evidence: { process, container: process?.container, destination, data: { protocol } },
    };
  },
});
