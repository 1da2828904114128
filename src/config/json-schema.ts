import { z } from "zod";
import { alertIds } from "../alerts/catalogue.ts";
import type { Detector } from "../detectors/detector.ts";
import { classicKey } from "./classic-twin.ts";
import { alertSchemas, moduleSections, schemaVersion } from "./schema.ts";

/**
 * The desired properties as JSON Schema 2020-12, from the same objects that judge a twin: what an editor completes and a
 * pipeline checks. It cannot say everything that is judged (`min` at most `max`, one source per list, addresses).
 */
export function twinJsonSchema(detectors: readonly Detector[]): Record<string, unknown> {
  const sections = alertSchemas(detectors);
  const alerts = z
    .strictObject(Object.fromEntries(alertIds.map((alert) => [alert, (sections.get(alert) as z.ZodObject).optional()])))
    .optional()
    .describe("One section for each alert, by its id");
  const twin = z.strictObject({
    schemaVersion: z
      .string()
      .regex(/^1(?:\.\d{1,4})?$/)
      .optional()
      .describe("Version of the shape of this document"),
    ...moduleSections,
    alerts,
    [classicKey]: z.looseObject({}).optional().describe("Settings of Microsoft's classic agent; mapped where possible"),
  });
  const { $schema, ...schema } = z.toJSONSchema(twin, { io: "input", unrepresentable: "any", reused: "ref" });
  return {
    $schema,
    $id: `vedette/twin/${schemaVersion}`,
    title: "Vedette: desired properties of the module twin",
    ...schema,
  };
}
