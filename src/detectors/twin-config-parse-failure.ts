import { z } from "zod";
import { matcher } from "./detector.ts";

/**
 * A part of the module twin's desired properties could not be used; the last good value of that part stays in force.
 * Told once for each path, so that several faults of one twin are each named.
 *
 * Blind spot: a value of the right type that means the wrong thing.
 */
export const twinConfigParseFailure = matcher({
  alert: "twin-config-parse-failure",
  on: ["configuration.rejected"],
  settings: z.object({}),
  match({ path, expected, got, desiredVersion }) {
    return {
      subject: `setting ${path}`,
      reason: `the twin's ${path === "" ? "desired properties" : path} cannot be used: expected ${expected}`,
      confidence: "high",
      evidence: { data: { path, expected, got, desiredVersion } },
    };
  },
});
