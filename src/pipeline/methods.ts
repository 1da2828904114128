import { z } from "zod";
import { type AlertId, alertIds, type CatalogueEntry, catalogue } from "../alerts/catalogue.ts";
import { type Language, languages, texts } from "../alerts/text.ts";
import type { Configuration } from "../config/configuration.ts";
import { problemsOf } from "../config/problem.ts";
import type { MethodCall } from "../ports.ts";

/** What the direct methods reach. */
export interface MethodTargets {
  status(): Record<string, unknown>;
  /** At most `limit` alerts, newest first, before the cursor; together well below 128 KiB. */
  recentAlerts(
    limit: number,
    before?: number,
  ): Promise<readonly { readonly number: number; readonly alert: unknown }[]>;
  scanNow(): void;
  /** Puts a marked test alert on its way; returns its id. */
  testAlert(alert: AlertId): string;
  configuration(): Configuration;
}

/** Names that the hub client registers. */
export const methodNames = ["getStatus", "getRecentAlerts", "scanNow", "testAlert", "explain"] as const;
type MethodName = (typeof methodNames)[number];

/** Of a direct method's answer (learn.microsoft.com/azure/iot-hub/iot-hub-devguide-quotas-throttling). */
export const maxAnswerBytes = 128 * 1024;

const alertName = z.enum(alertIds as [AlertId, ...AlertId[]]);
const payloads = {
  getStatus: z.strictObject({}),
  getRecentAlerts: z.strictObject({
    limit: z.number().int().min(1).max(100).default(20),
    before: z.number().int().min(1).optional(),
  }),
  scanNow: z.strictObject({}),
  testAlert: z.strictObject({ alert: alertName.default("privileged-container") }),
  explain: z.strictObject({ alert: alertName, language: z.enum(languages).optional() }),
} as const satisfies Record<MethodName, z.ZodType>;

type Handlers = { [N in MethodName]: (payload: z.output<(typeof payloads)[N]>, targets: MethodTargets) => unknown };

const handlers: Handlers = {
  getStatus: (_payload, targets) => targets.status(),
  async getRecentAlerts({ limit, before }, targets) {
    const alerts = await targets.recentAlerts(limit, before);
    const last = alerts.at(-1)?.number;
    return {
      alerts: alerts.map(({ alert }) => alert),
      ...(alerts.length > 0 && last !== 1 && { next: { before: last } }),
    };
  },
  scanNow(_payload, targets) {
    targets.scanNow();
    return { started: true };
  },
  testAlert: ({ alert }, targets) => ({ id: targets.testAlert(alert) }),
  explain: ({ alert, language }, targets) => explained(alert, language, targets.configuration()),
};

function explained(alert: AlertId, language: Language | undefined, configuration: Configuration) {
  const entry: CatalogueEntry = catalogue[alert];
  const settings = configuration.alerts[alert];
  const text = texts[language ?? configuration.language][alert];
  return { alert, severity: settings.severity ?? entry.severity, ...text, attacks: entry.attacks, settings };
}

/** Answers a direct method: 200, 400 with what is wrong about the payload, 404, or 500. Never throws. */
export async function answer(call: MethodCall, targets: MethodTargets): Promise<void> {
  const name = methodNames.find((n) => n === call.name);
  if (!name) {
    call.respond(404, { error: `there is no method "${call.name}"; there are ${methodNames.join(", ")}` });
    return;
  }
  const given = call.payload ?? {};
  const parsed = payloads[name].safeParse(given);
  if (!parsed.success) {
    const problems = problemsOf(parsed.error, "payload", given, payloads[name]);
    const reasons = problems.slice(0, 5).map(({ path, expected, got }) => `${path}: expected ${expected}, got ${got}`);
    call.respond(400, { error: reasons.join("; ") });
    return;
  }
  try {
    const handle = handlers[name] as (payload: unknown, targets: MethodTargets) => unknown;
    respond(call, await handle(parsed.data, targets));
  } catch (error) {
    call.respond(500, { error: error instanceof Error ? error.message : String(error) });
  }
}

function respond(call: MethodCall, body: unknown): void {
  const bytes = Buffer.byteLength(JSON.stringify(body));
  if (bytes <= maxAnswerBytes) call.respond(200, body);
  else call.respond(500, { error: `the answer has ${bytes} bytes, more than a direct method may return` });
}
