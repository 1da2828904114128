import { z } from "zod";
import { matcher } from "./detector.ts";

/**
 * Vedette did not see everything: a queue overflowed, or the kernel or a log lost records. An attacker may cause this
 * to hide in the noise.
 *
 * Blind spot: what was lost cannot be told, only how much and where.
 */
export const coverageLost = matcher({
  alert: "coverage-lost",
  on: ["coverage.lost"],
  settings: z.object({
    minimumLost: z.number().int().min(1).default(1).describe("Losses of fewer records at once raise no alert."),
  }),
  match({ source, lost, reason }, { minimumLost }) {
    if (lost < minimumLost) return undefined;
    return {
      subject: `${source}: ${reason}`,
      reason: `${lost} ${lost === 1 ? "record" : "records"} of ${source} not seen: ${reason}`,
      confidence: "high",
      count: lost,
      evidence: { data: { source, lost, reason } },
    };
  },
});
