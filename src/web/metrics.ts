/**
 * The module's state in the Prometheus text format. Every number is read from `Status` when it is asked for, so that
 * nothing is counted twice and the way of a fact pays nothing. Names and meaning: docs/metrics.md.
 *
 * Names begin with the module's name and the common labels are those of edgeAgent and edgeHub, by which Azure Monitor
 * and the metrics collector join series (learn.microsoft.com/azure/iot-edge/how-to-access-built-in-metrics,
 * how-to-add-custom-metrics; PrometheusMetricsParser.cs of the collector adds `module_name` likewise, and refuses a
 * value of `Inf`). Counters begin at 0 where their labels are known before, or `increase()` would not see the first
 * alert. Every label takes its values from a closed list of this program, threat lists excepted, which are
 * bounded.
 */
import { randomUUID } from "node:crypto";
import { Counter, Gauge, Registry } from "prom-client";
import { alertIds, catalogue, severityNames } from "../alerts/catalogue.ts";
import { oneLine } from "../alerts/visible.ts";
import type { Status } from "../pipeline/status.ts";
import { EventLoopLag } from "./event-loop-lag.ts";

/** Who the series are from. */
export interface MetricsIdentity {
  readonly hub: string;
  readonly deviceId: string;
  readonly moduleId: string;
  readonly version: string;
}

type Labels = Readonly<Record<string, string>>;
/** One series: its own labels and its value now. */
type Sample = readonly [labels: Labels, value: number];
type Read = () => Iterable<Sample>;

const states = ["live", "degraded", "absent"] as const;
const maxLists = 32;

export class Metrics {
  readonly contentType: string;
  readonly #registry = new Registry();
  readonly #lag = new EventLoopLag();

  constructor(status: Status, identity: MetricsIdentity, now: () => number = Date.now) {
    this.contentType = this.#registry.contentType;
    this.#registry.setDefaultLabels({
      iothub: label(identity.hub),
      edge_device: label(identity.deviceId),
      instance_number: randomUUID(),
      module_name: label(identity.moduleId),
    });
    this.#sources(status);
    this.#findings(status);
    this.#hub(status, now);
    this.#process(status, identity.version);
  }

  /** All series as text. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  close(): void {
    this.#lag.close();
  }

  #sources(status: Status): void {
    this.#gauge("source_state", "1 for the state a source is in, 0 for the others", ["source", "state"], () =>
      [...status.sourcesNow.values()].flatMap(({ source, state: is }) =>
        states.map((state): Sample => [{ source, state }, state === is ? 1 : 0]),
      ),
    );
    this.#counter("facts_total", "Facts that the sources told", ["kind"], () => one("kind", status.facts));
    this.#counter("coverage_lost_total", "Records that a source knows it did not see", ["source"], () =>
      [...status.sourcesNow.keys()].map((source): Sample => [{ source }, status.lost.get(source) ?? 0]),
    );
    this.#gauge("threat_list_entries", "Entries of a threat list that are in force", ["list"], () =>
      [...status.lists].slice(0, maxLists).map(([list, { size }]): Sample => [{ list }, size]),
    );
  }

  #findings(status: Status): void {
    this.#counter("findings_total", "What the detectors found, before exceptions and folding", ["alert"], () =>
      byAlert(status, ({ found }) => found),
    );
    this.#counter("alerts_total", "Alert messages put into the outbox", ["alert", "severity"], () =>
      alertIds.flatMap((alert) => {
        const counts = { [catalogue[alert].severity]: 0, ...status.alertsBySeverity.get(alert) };
        return Object.entries(counts).map(([severity, n]): Sample => [{ alert, severity }, n]);
      }),
    );
    this.#counter("suppressed_total", "Findings for which no message was sent, by why", ["reason"], () =>
      one("reason", Object.entries(status.withheld)),
    );
    this.#counter("detector_faults_total", "Facts on which a detector failed", ["alert"], () =>
      byAlert(status, ({ faults }) => faults),
    );
    this.#counter("detector_seconds_total", "Time spent judging, estimated from one fact in 64", ["alert"], () =>
      byAlert(status, ({ busyMs }) => busyMs / 1e3),
    );
  }

  #hub(status: Status, now: () => number): void {
    const since = (at: number | undefined): Sample[] => (at === undefined ? [] : [[{}, Math.max(0, now() - at) / 1e3]]);
    this.#gauge("hub_connected", "1 while edgeHub is connected", [], () => [
      [{}, status.hub.state === "connected" ? 1 : 0],
    ]);
    this.#gauge(
      "hub_acknowledgement_age_seconds",
      "Since edgeHub last acknowledged a message; absent before the first",
      [],
      () => since(status.lastAcknowledgedAt),
    );
    this.#gauge("outbox_messages", "Messages that wait for edgeHub", [], () => [[{}, status.outbox().depth]]);
    this.#gauge("outbox_bytes", "Bytes of the outbox on disk", [], () => [[{}, status.outbox().bytes]]);
    this.#gauge("outbox_oldest_age_seconds", "Age of the oldest message that waits; 0 when none does", [], () => {
      const { oldestAt } = status.outbox();
      return oldestAt === undefined ? [[{}, 0]] : since(oldestAt);
    });
    this.#gauge("outbox_troubled", "1 while messages are not safe on disk", [], () => [
      [{}, status.outbox().trouble === undefined ? 0 : 1],
    ]);
    this.#counter("outbox_evicted_total", "Messages given up for want of room or for their age", ["severity"], () =>
      severityNames.map((severity): Sample => [{ severity }, status.outbox().evicted[severity] ?? 0]),
    );
    this.#counter("outbox_set_aside_total", "Messages that edgeHub would not take or the disk damaged", [], () => [
      [{}, status.outbox().setAside],
    ]);
  }

  #process(status: Status, version: string): void {
    this.#gauge("build_info", "1; the version is in the labels", ["version", "node"], () => [
      [{ version: label(version), node: process.version }, 1],
    ]);
    this.#gauge("start_time_seconds", "Start of the module, Unix time", [], () => [[{}, status.startedAt / 1e3]]);
    this.#gauge("resident_memory_bytes", "Resident memory of the module", [], () => [[{}, process.memoryUsage.rss()]]);
    this.#counter("cpu_seconds_total", "Processor time of the module, user and system", [], () => {
      const { user, system } = process.cpuUsage();
      return [[{}, (user + system) / 1e6]];
    });
    this.#gauge("event_loop_lag_seconds", "Longest delay of the event loop in the last 30 to 60 s", [], () => [
      [{}, this.#lag.worst()],
    ]);
  }

  // Before each text, what is no longer told (a disabled alert) leaves; a metric without a sample has no zero either.
  #gauge(name: string, help: string, labelNames: readonly string[], read: Read): void {
    new Gauge({
      ...this.#named(name, help, labelNames),
      collect() {
        this.reset();
        this.remove({});
        for (const [labels, value] of read()) this.set(labels, value);
      },
    });
  }

  #counter(name: string, help: string, labelNames: readonly string[], read: Read): void {
    new Counter({
      ...this.#named(name, help, labelNames),
      collect() {
        this.reset();
        this.remove({});
        for (const [labels, value] of read()) this.inc(labels, value);
      },
    });
  }

  #named(name: string, help: string, labelNames: readonly string[]) {
    return { name: `vedette_${name}`, help, labelNames: [...labelNames], registers: [this.#registry] };
  }
}

function one(name: string, counts: Iterable<readonly [string, number]>): Sample[] {
  return [...counts].map(([value, n]): Sample => [{ [name]: value }, n]);
}

/** The detectors of one alert together: they are named by it, numbered from the second on. */
function byAlert(status: Status, read: (count: { found: number; faults: number; busyMs: number }) => number): Sample[] {
  const sums = new Map<string, number>();
  for (const [detector, count] of status.detectors()) {
    const alert = detector.split("#", 1)[0] as string;
    sums.set(alert, (sums.get(alert) ?? 0) + read(count));
  }
  return one("alert", sums);
}

/** A device id may hold what a text format or a terminal trips over. */
function label(text: string): string {
  return oneLine(text, 128);
}
