import { oneLine } from "../alerts/visible.ts";
import type { SourceName, SourceReported } from "../events/fact.ts";
import type { Status } from "../pipeline/status.ts";

/** How the module is, as `/healthz` and the local view tell it. */
export interface Health {
  /** `failed`: the module sees nothing at all. `degraded`: it does its work, and something is not as it should be. */
  readonly status: "ok" | "degraded" | "failed";
  readonly version: string;
  readonly uptimeSeconds: number;
  /** One line for each thing that is not well. */
  readonly notWell: readonly string[];
  readonly sources: Readonly<Record<string, { state: string; reason?: string; remedy?: string }>>;
  readonly hub: { readonly state: string; readonly reason?: string; readonly lastAcknowledgedAt?: string };
  readonly outbox: { readonly depth: number; readonly oldestAt?: string; readonly trouble?: string };
}

/** Sources that tell nothing of the host. */
const notOfTheHost: ReadonlySet<SourceName> = new Set(["telemetry", "twin", "threat-lists"]);
/** How long the sources may take to come up before seeing nothing is a fault. */
const graceMs = 60_000;
const maxText = 300;

/** Never throws. @param now epoch ms */
export function healthOf(status: Status, version: string, now: number): Health {
  const reports = [...status.sourcesNow.values()];
  const { depth, oldestAt, trouble } = status.outbox();
  const blind = now - status.startedAt > graceMs && !reports.some(sees);
  const notWell = [
    ...(blind ? ["no source of the host can be read: the module sees nothing"] : []),
    ...reports.filter(isTroubled).map(({ source, state, reason }) => line(`${source}: ${state}, ${reason}`)),
    ...(status.hub.state === "connected" ? [] : [line(`hub: ${status.hub.state}, ${status.hub.reason}`)]),
    ...(trouble === undefined ? [] : [line(`outbox: ${trouble}`)]),
  ];
  return {
    status: blind ? "failed" : notWell.length > 0 ? "degraded" : "ok",
    version,
    uptimeSeconds: Math.max(0, Math.round((now - status.startedAt) / 1000)),
    notWell,
    sources: Object.fromEntries(reports.map((report) => [report.source, sourceOf(report)])),
    hub: {
      state: status.hub.state,
      ...(status.hub.reason !== "" && { reason: line(status.hub.reason) }),
      ...(status.lastAcknowledgedAt !== undefined && { lastAcknowledgedAt: iso(status.lastAcknowledgedAt) }),
    },
    outbox: {
      depth,
      ...(oldestAt !== undefined && { oldestAt: iso(oldestAt) }),
      ...(trouble !== undefined && { trouble: line(trouble) }),
    },
  };
}

function sees({ source, state }: SourceReported): boolean {
  return state !== "absent" && !notOfTheHost.has(source);
}

/** What is absent and asks for no remedy was switched off on purpose. */
export function isTroubled({ state, remedy }: Pick<SourceReported, "state" | "remedy">): boolean {
  return state === "degraded" || (state === "absent" && remedy !== undefined);
}

function sourceOf({ state, reason, remedy }: SourceReported) {
  return { state, ...(reason !== "" && { reason: line(reason) }), ...(remedy && { remedy: line(remedy) }) };
}

function line(text: string): string {
  return oneLine(text, maxText);
}

/** A clock that was wildly wrong must not make health itself fail. */
function iso(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? "unknown" : date.toISOString();
}
