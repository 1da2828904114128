import { afterEach, describe, expect, test } from "vitest";
import { alertIds, severityNames } from "../alerts/catalogue.ts";
import { sourceNames } from "../events/fact.ts";
import { Status } from "../pipeline/status.ts";
import { Metrics } from "./metrics.ts";

/** As the metrics collector reads a line (PrometheusMetricsParser.cs): what does not match is dropped with a warning. */
const labelText = `[a-zA-Z_][a-zA-Z_0-9]*="(?:[^\\\\"]|\\\\"|\\\\\\\\|\\\\n)*"`;
const collectorLine = new RegExp(
  `^[a-zA-Z_:][a-zA-Z_0-9:]*[ \\t]*(?:\\{(?:${labelText}(?:,${labelText})*)?\\}[ \\t]*)?(?:[\\d.eE+-]+|NaN)$`,
);
const identity = { hub: "hub.azure-devices.net", deviceId: "plant-7", moduleId: "vedette", version: "1.2.3" };
const open: Metrics[] = [];
const now = 1_000_000_000_000;

function metricsOf(status: Status, named = identity): Metrics {
  const metrics = new Metrics(status, named, () => now);
  open.push(metrics);
  return metrics;
}

/** The samples of one metric, without the common labels. */
function samples(text: string, name: string): Record<string, number> {
  const common = /,?(?:iothub|edge_device|instance_number|module_name)="(?:[^"\\]|\\.)*"/g;
  return Object.fromEntries(
    text
      .split("\n")
      .filter((line) => line.startsWith(`${name}{`))
      .map((line) => [
        line.slice(name.length + 1, line.lastIndexOf("}")).replace(common, ""),
        Number(line.split(" ").at(-1)),
      ]),
  );
}

afterEach(() => {
  for (const metrics of open.splice(0)) metrics.close();
});

describe("metrics", () => {
  test("every line is one that the metrics collector reads, with the labels by which it joins", async () => {
    const status = new Status(now);
    status.count({ kind: "coverage.lost", at: now, source: "audit-log", lost: 3, reason: "" });
    const lines = (await metricsOf(status).text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(lines.length).toBeGreaterThan(40);
    for (const line of lines) {
      expect(line).toMatch(collectorLine);
      expect(line).toMatch(/^vedette_\w+\{/);
      for (const name of ["iothub", "edge_device", "instance_number", "module_name"])
        expect(line).toContain(`${name}="`);
    }
    expect(lines.find((line) => line.startsWith("vedette_build_info"))).toContain('version="1.2.3"');
  });

  test("tell what the status knows", async () => {
    const status = new Status(now - 60_000);
    status.count({ kind: "coverage.lost", at: now, source: "audit-log", lost: 3, reason: "" });
    status.count({ kind: "coverage.lost", at: now, source: "audit-log", lost: 4, reason: "" });
    status.sourceReported({ kind: "source.reported", at: now, source: "audit-log", state: "degraded", reason: "x" });
    status.told("web-shell", "high", now);
    status.told("web-shell", "low", now);
    status.told("web-shell", "low", now);
    status.withhold("web-shell", "excepted", 5);
    status.lastAcknowledgedAt = now - 12_500;
    status.detectors = () =>
      new Map([
        ["web-shell", { judged: 1, found: 2, faults: 0, busyMs: 500 }],
        ["web-shell#2", { judged: 1, found: 3, faults: 1, busyMs: 1000 }],
      ]);
    status.outbox = () => ({
      depth: 7,
      bytes: 900,
      oldestAt: now - 3000,
      evicted: { low: 2 },
      setAside: 1,
      trouble: "full",
    });
    status.hubReported({ state: "connected", reason: "" });
    const text = await metricsOf(status).text();
    const of = (name: string) => samples(text, `vedette_${name}`);
    expect(of("coverage_lost_total")).toEqual({ 'source="audit-log"': 7 });
    expect(Object.keys(of("source_state"))).toHaveLength(3);
    expect(of("facts_total")).toEqual({ 'kind="coverage.lost"': 2 });
    expect(of("source_state")['source="audit-log",state="degraded"']).toBe(1);
    expect(of("source_state")['source="audit-log",state="live"']).toBe(0);
    expect(of("alerts_total")).toMatchObject({
      'alert="web-shell",severity="high"': 1,
      'alert="web-shell",severity="low"': 2,
      'alert="reverse-shell",severity="high"': 0,
    });
    expect(of("suppressed_total")).toMatchObject({ 'reason="excepted"': 5, 'reason="repeated"': 0 });
    expect(of("findings_total")).toEqual({ 'alert="web-shell"': 5 });
    expect(of("detector_faults_total")).toEqual({ 'alert="web-shell"': 1 });
    expect(of("detector_seconds_total")).toEqual({ 'alert="web-shell"': 1.5 });
    expect(of("hub_acknowledgement_age_seconds")).toEqual({ "": 12.5 });
    expect(of("hub_connected")).toEqual({ "": 1 });
    expect(of("outbox_messages")).toEqual({ "": 7 });
    expect(of("outbox_bytes")).toEqual({ "": 900 });
    expect(of("outbox_oldest_age_seconds")).toEqual({ "": 3 });
    expect(of("outbox_troubled")).toEqual({ "": 1 });
    expect(of("outbox_evicted_total")).toMatchObject({ 'severity="low"': 2, 'severity="high"': 0 });
    expect(of("outbox_set_aside_total")).toEqual({ "": 1 });
    expect(of("start_time_seconds")).toEqual({ "": (now - 60_000) / 1000 });
    expect(of("resident_memory_bytes")[""]).toBeGreaterThan(1e6);
  });

  test("say nothing of an acknowledgement before there was one, and no age of an empty outbox", async () => {
    const text = await metricsOf(new Status(now)).text();
    expect(samples(text, "vedette_hub_acknowledgement_age_seconds")).toEqual({});
    expect(samples(text, "vedette_outbox_oldest_age_seconds")).toEqual({ "": 0 });
    expect(samples(text, "vedette_outbox_troubled")).toEqual({ "": 0 });
  });

  test("a second text does not count twice, and what is no longer told is gone", async () => {
    const status = new Status(now);
    status.told("web-shell", "high", now);
    status.listReported("bad", { state: "loaded", size: 10, at: now });
    const metrics = metricsOf(status);
    expect(samples(await metrics.text(), "vedette_threat_list_entries")).toEqual({ 'list="bad"': 10 });
    status.listReported("bad", undefined);
    const text = await metrics.text();
    expect(samples(text, "vedette_alerts_total")).toMatchObject({ 'alert="web-shell",severity="high"': 1 });
    expect(samples(text, "vedette_threat_list_entries")).toEqual({});
  });

  test("the number of series is bounded, whatever happened", async () => {
    const status = new Status(now);
    for (const alert of alertIds) for (const severity of severityNames) status.told(alert, severity, now);
    status.detectors = () => new Map(alertIds.map((alert) => [alert, { judged: 1, found: 1, faults: 1, busyMs: 1 }]));
    for (let i = 0; i < 500; i++) status.listReported(`list-${i}`, { state: "loaded", size: 1, at: now });
    const series = (await metricsOf(status).text()).split("\n").filter((line) => line.startsWith("vedette_"));
    expect(series.length).toBeLessThan(alertIds.length * (severityNames.length + 3) + sourceNames.length * 3 + 100);
  });

  test("a hostile device name can forge no line", async () => {
    const deviceId = `a"} 1\nvedette_forged 1\n\u202e${"x".repeat(10_000)}`;
    const text = await metricsOf(new Status(now), { ...identity, deviceId }).text();
    expect(text).not.toMatch(/^vedette_forged/m);
    expect(text).not.toContain("\u202e");
    for (const line of text.split("\n").filter((l) => l.startsWith("vedette_"))) expect(line).toMatch(collectorLine);
  });

  test("the event loop's lag is seen after it was blocked", async () => {
    const metrics = metricsOf(new Status(now));
    await new Promise((resolve) => setTimeout(resolve, 250));
    const until = performance.now() + 400;
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 250));
    const lag = () => metrics.text().then((text) => samples(text, "vedette_event_loop_lag_seconds")[""]);
    expect(await lag()).toBeGreaterThan(0.2);
  });
});
