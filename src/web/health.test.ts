import { describe, expect, test } from "vitest";
import type { SourceName, SourceState } from "../events/fact.ts";
import { Status } from "../pipeline/status.ts";
import { healthOf } from "./health.ts";

const start = 1_000_000_000_000;

function statusWith(sources: Partial<Record<SourceName, SourceState>>, remedy: string | null = "do this"): Status {
  const status = new Status(start);
  status.hubReported({ state: "connected", reason: "" });
  for (const [source, state] of Object.entries(sources) as [SourceName, SourceState][])
    status.sourceReported({
      kind: "source.reported",
      at: start,
      source,
      state,
      reason: state === "live" ? "" : "some reason",
      ...(state !== "live" && remedy !== null && { remedy }),
    });
  return status;
}

describe("health", () => {
  test("all live and connected is ok, and nothing is not well", () => {
    const health = healthOf(statusWith({ "audit-log": "live", accounts: "live" }), "1.0.0", start + 90_000);
    expect(health).toMatchObject({ status: "ok", notWell: [], uptimeSeconds: 90, version: "1.0.0" });
    expect(health.sources).toEqual({ "audit-log": { state: "live" }, accounts: { state: "live" } });
  });

  test("a source that cannot be read is named with its reason and remedy", () => {
    const health = healthOf(statusWith({ "audit-log": "absent", accounts: "live" }), "1", start);
    expect(health.status).toBe("degraded");
    expect(health.notWell).toEqual(["audit-log: absent, some reason"]);
    expect(health.sources["audit-log"]).toEqual({ state: "absent", reason: "some reason", remedy: "do this" });
  });

  test("a source that was switched off is no trouble", () => {
    const health = healthOf(statusWith({ telemetry: "absent", accounts: "live" }, null), "1", start);
    expect(health).toMatchObject({ status: "ok", notWell: [] });
  });

  test("a hub that is away degrades, and does not fail: the alerts wait", () => {
    const status = statusWith({ accounts: "live" });
    status.hubReported({ state: "connecting", reason: "connect ECONNREFUSED" });
    const health = healthOf(status, "1", start + 3_600_000);
    expect(health.status).toBe("degraded");
    expect(health.notWell).toEqual(["hub: connecting, connect ECONNREFUSED"]);
  });

  test("alerts that are not safe on disk are told", () => {
    const status = statusWith({ accounts: "live" });
    status.outbox = () => ({ depth: 2, bytes: 1, oldestAt: start, evicted: {}, setAside: 0, trouble: "ENOSPC" });
    const health = healthOf(status, "1", start);
    expect(health.notWell).toEqual(["outbox: ENOSPC"]);
    expect(health.outbox).toEqual({ depth: 2, oldestAt: "2001-09-09T01:46:40.000Z", trouble: "ENOSPC" });
  });

  test("a module that sees nothing of its host has failed, after its sources had a minute", () => {
    const blind = statusWith({ "audit-log": "absent", processes: "absent", telemetry: "live", "threat-lists": "live" });
    expect(healthOf(blind, "1", start + 60_000).status).toBe("degraded");
    expect(healthOf(blind, "1", start + 60_001)).toMatchObject({ status: "failed" });
    expect(healthOf(blind, "1", start + 60_001).notWell[0]).toContain("sees nothing");
    const onlyDegraded = statusWith({ "audit-log": "absent", processes: "degraded" });
    expect(healthOf(onlyDegraded, "1", start + 600_000).status).toBe("degraded");
  });

  test("texts are one short visible line, and an impossible time is no fault", () => {
    const status = statusWith({ accounts: "live" });
    status.sourceReported({
      kind: "source.reported",
      at: start,
      source: "auth-log",
      state: "degraded",
      reason: `a\n\u202e${"x".repeat(1_000_000)}`,
    });
    status.lastAcknowledgedAt = Number.MAX_VALUE;
    const health = healthOf(status, "1", start);
    expect(health.notWell[0]).toMatch(/^auth-log: degraded, a\\n\\u\{202e\}x+…$/);
    expect(health.notWell[0]?.length).toBeLessThanOrEqual(300);
    expect(health.hub.lastAcknowledgedAt).toBe("unknown");
  });
});
