import { z } from "zod";
import { type AlertId, alertIds, catalogue, severityNames } from "../alerts/catalogue.ts";
import type { ConfidenceName, Detector } from "../detectors/detector.ts";
import { exceptionSchema } from "./exception.ts";
import { threatListSettings } from "./threat-list-settings.ts";

/** Version of the twin's shape, told in the reported properties. */
export const schemaVersion = "1.0";

const confidenceNames = ["low", "medium", "high"] as const satisfies readonly ConfidenceName[];

/** A name that the operator chooses; it comes back in the reported properties. zod skips `__proto__` silently. */
export const namedKey = z
  .string()
  .regex(/^(?!__)[A-Za-z0-9_-]{1,64}$/, { error: "a name of 1 to 64 letters, digits, _ and -, not beginning with __" });

/** What every alert's section has, beside its detectors' own settings. */
export function policyShape(alert: AlertId) {
  return {
    enabled: z
      .boolean()
      .default(catalogue[alert].group !== "custom")
      .describe("Raise this alert at all"),
    severity: z.enum(severityNames).optional().describe("Severity to send instead of the catalogue's"),
    minConfidence: z
      .enum(confidenceNames)
      .default("medium")
      .describe("Findings below this confidence are counted, not sent; `low` also sends dual-use acts"),
    observe: z.boolean().default(false).describe("Count and report findings of this alert, send none"),
    exceptions: z
      .record(namedKey, exceptionSchema)
      .default({})
      .describe("Named exceptions; a finding that matches all fields of one is not raised"),
  };
}

/** The sections that do not belong to one alert. Each is judged alone. */
export const moduleSections = {
  language: z.enum(["en", "ja"]).default("en").describe("Language of titles, descriptions and remediation"),
  observe: z.boolean().default(false).describe("Whole module in observe mode: findings are counted, none is sent"),
  logLevel: z
    .enum(["error", "warn", "info", "debug"])
    .optional()
    .describe("Overrides RuntimeLogLevel of the environment"),
  redact: z.boolean().default(true).describe("Replace passwords, tokens and keys in what is sent upstream"),
  repeats: z
    .strictObject({
      windowMinutes: z
        .number()
        .int()
        .min(1)
        .max(1440)
        .default(60)
        .describe("The same subject within it is one alert with a count"),
    })
    .prefault({})
    .describe("How repeats of one subject are folded"),
  limits: z
    .strictObject({
      perMinute: z.number().int().min(1).max(600).default(20).describe("Messages the module may send in a minute"),
      perDay: z
        .number()
        .int()
        .min(10)
        .max(100_000)
        .default(1000)
        .describe("Messages the module may send in a day (UTC)"),
    })
    .prefault({})
    .describe("Bounds of the hub bill; the highest severity goes first, the rest is told in one summary alert"),
  heartbeat: z
    .strictObject({
      intervalMinutes: z
        .number()
        .int()
        .min(0)
        .max(1440)
        .default(60)
        .describe("Minutes between heartbeats; 0 sends none"),
    })
    .prefault({})
    .describe("The message by which the cloud knows that the device is alive"),
  sources: z
    .strictObject({
      processPollMilliseconds: z
        .number()
        .int()
        .min(50)
        .max(10_000)
        .default(250)
        .describe("Poll of /proc where audit is absent"),
      socketPollSeconds: z
        .number()
        .int()
        .min(1)
        .max(300)
        .default(5)
        .describe("Poll of /proc/net where audit is absent"),
      posturePollSeconds: z
        .number()
        .int()
        .min(10)
        .max(3600)
        .default(60)
        .describe("Look at dockerd's configuration and sockets"),
      auditNetlink: z
        .boolean()
        .default(true)
        .describe("Read the kernel's audit, with rules of Vedette's own, where no audit daemon runs"),
      telemetry: z.boolean().default(true).describe("Watch other modules and devices over the `telemetry` input"),
    })
    .prefault({})
    .describe("How the host is read"),
  web: z
    .strictObject({
      metrics: z.boolean().default(true).describe("Serve `/metrics` for Prometheus or the IoT Edge metrics collector"),
      view: z
        .boolean()
        .optional()
        .describe("Serve the read-only page with the alerts; on where Vedette runs standalone, off as a module"),
      port: z.number().int().min(1).max(65_535).default(9600).describe("TCP port of both, and of `/healthz`"),
      bind: z
        .union([z.ipv4(), z.ipv6()], { error: "an IPv4 or IPv6 address" })
        .default("127.0.0.1")
        .describe("Address to listen on; on a bridge network `0.0.0.0`, so that other modules reach it"),
    })
    .prefault({})
    .describe("What the module serves over HTTP, without a password and read-only; with both off it does not listen"),
  threatLists: z
    .record(namedKey, threatListSettings)
    .default({})
    .describe("Threat intelligence, by a name of your choice; each list is judged alone"),
} as const;

export type ModuleSections = { [K in keyof typeof moduleSections]: z.output<(typeof moduleSections)[K]> };

/** The policy every alert has; the detectors' own settings stand beside it in the same object. */
export type AlertSection = z.output<z.ZodObject<ReturnType<typeof policyShape>>> & Record<string, unknown>;

/** The schema of each alert's section: the policy and the settings of all its detectors. */
export function alertSchemas(detectors: readonly Detector[]): ReadonlyMap<AlertId, z.ZodObject> {
  return new Map(
    alertIds.map((alert) => {
      const settings = detectors.filter((d) => d.alert === alert).map((d) => d.settings.shape);
      return [alert, ranged(z.strictObject(Object.assign({}, ...settings, policyShape(alert))))];
    }),
  );
}

/** Where a section has a `min` and a `max`, no value could satisfy both when they are crossed. */
function ranged(schema: z.ZodObject): z.ZodObject {
  if (!Object.hasOwn(schema.shape, "min") || !Object.hasOwn(schema.shape, "max")) return schema;
  return schema.refine(({ min, max }) => (min as number) <= (max as number), {
    path: ["min"],
    message: "at most the section's max",
  });
}
