import { parseArgs } from "node:util";
import { catchError, filter, firstValueFrom, merge, of, takeUntil, timer, toArray } from "rxjs";
import { sourcesHere } from "../compose.ts";
import type { SourceName, SourceReported } from "../events/fact.ts";
import { SourceAbsent, type Stream } from "../ports.ts";
import { dataLine } from "./data-line.ts";
import { sourceLine } from "./source-line.ts";
import { Terminal } from "./terminal.ts";

/** How long a source may take to say how it is. */
const patienceMs = 4_000;

/**
 * `vedette doctor`: opens every source for a moment, says what it sees, and what to do about the rest; and how the data
 * folder is. Exit 0 when no source is absent or degraded and the folder takes alerts, else 1.
 */
export async function doctor(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      "host-root": { type: "string", default: process.env.VEDETTE_HOST_ROOT ?? "/" },
      data: { type: "string", default: process.env.VEDETTE_DATA ?? "data" },
      json: { type: "boolean", default: false },
    },
  });
  const reports = await look(sourcesHere(values["host-root"], process.env.DOCKER_HOST));
  const out = new Terminal(process.stdout, process.env);
  for (const report of reports.values())
    console.log(values.json ? JSON.stringify(report) : sourceLine(report, out, process.stdout.columns));
  const data = await dataLine(values.data);
  if (!values.json) console.log(`\n${hubLine(process.env)}\n${data.text}`);
  return !data.troubled && [...reports.values()].every(({ state }) => state === "live") ? 0 : 1;
}

/** The last report of each source within the time allowed. */
async function look(streams: readonly Stream[]): Promise<ReadonlyMap<SourceName, SourceReported>> {
  const reports = await firstValueFrom(
    merge(
      ...streams.map((stream) =>
        stream.open().pipe(
          catchError((error: unknown) => of(reported(stream, error))),
          takeUntil(timer(patienceMs)),
        ),
      ),
    ).pipe(
      filter((fact) => fact.kind === "source.reported"),
      toArray(),
    ),
  );
  const silent = streams.map(({ source }) => [source, quiet(source)] as const);
  return new Map([...silent, ...reports.map((report) => [report.source, report] as const)]);
}

function reported({ source }: Stream, error: unknown): SourceReported {
  const reason = error instanceof Error ? error.message : String(error);
  const remedy = error instanceof SourceAbsent ? error.remedy : undefined;
  return { kind: "source.reported", at: Date.now(), source, state: remedy ? "absent" : "degraded", reason, remedy };
}

function quiet(source: SourceName): SourceReported {
  return {
    kind: "source.reported",
    at: Date.now(),
    source,
    state: "degraded",
    reason: `said nothing within ${patienceMs / 1000} s`,
  };
}

function hubLine(environment: NodeJS.ProcessEnv): string {
  if (environment.EdgeHubConnectionString) return "Hub: by EdgeHubConnectionString (iotedgehubdev).";
  if (environment.IOTEDGE_WORKLOADURI) return `Hub: by the workload API at ${environment.IOTEDGE_WORKLOADURI}.`;
  return "Hub: none in the environment; `vedette run` starts standalone with an embedded edgeHub.";
}
