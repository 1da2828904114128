import { z } from "zod";
import { correlator } from "./detector.ts";

interface Excursion {
  /** Since when every count was out of range, epoch ms. */
  since: number | undefined;
  counts: number;
  told: boolean;
}

/**
 * The number of established TCP connections stays outside the range that the operator allows for a whole window.
 * Connections of the loopback are not counted. Told once for each excursion.
 *
 * Blind spot: the host's own network namespace is counted; a bridged container's connections are not in it.
 */
export const customActiveConnections = correlator({
  alert: "custom-active-connections",
  on: ["sockets.counted"],
  settings: z.object({
    min: z.number().int().min(0).default(0).describe("Fewest established connections."),
    max: z.number().int().min(0).default(100).describe("Most established connections."),
    windowSeconds: z
      .number()
      .int()
      .min(0)
      .max(86_400)
      .default(60)
      .describe("How long the count must stay out of range; 0 tells the first count."),
  }),
  memory: (): Excursion => ({ since: undefined, counts: 0, told: false }),
  step({ at, established }, excursion, { min, max, windowSeconds }) {
    if (established >= min && established <= max) {
      Object.assign(excursion, { since: undefined, counts: 0, told: false });
      return undefined;
    }
    excursion.since ??= at;
    excursion.counts += 1;
    if (excursion.told || at - excursion.since < windowSeconds * 1000) return undefined;
    excursion.told = true;
    return {
      subject: established > max ? "too many connections" : "too few connections",
      reason: `${established} TCP connections are established, allowed are ${min} to ${max}`,
      confidence: "high",
      count: excursion.counts,
      firstSeen: excursion.since,
      evidence: { data: { established, min, max, windowSeconds } },
    };
  },
});
