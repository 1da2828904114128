import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { parseArgs } from "node:util";
import type { AlertId, SeverityName } from "../alerts/catalogue.ts";
import { type Language, languages, texts } from "../alerts/text.ts";
import { oneLine } from "../alerts/visible.ts";
import { ConfigurationReader } from "../config/configuration.ts";
import { detectors } from "../detectors/index.ts";
import type { Fact } from "../events/fact.ts";
import { parseThreatList } from "../parsers/threats/threat-list.ts";
import { ThreatLists } from "../parsers/threats/threat-lists.ts";
import { describe } from "../pipeline/describe.ts";
import type { Told } from "../pipeline/repeats.ts";
import { ReplayEngine } from "../pipeline/replay-engine.ts";
import { alertLines } from "./alert-line.ts";
import { Progress } from "./progress.ts";
import { replayAudit, replayAuth, replayContainers, sizeOf } from "./replay-sources.ts";
import { Terminal } from "./terminal.ts";
import { readTwinFile } from "./twin-file.ts";
import { UsageError } from "./usage.ts";

const many = { type: "string", multiple: true, default: [] as string[] } as const;

/** `vedette replay`: judges recorded logs. Exit 0 whatever was found; 1 when an input cannot be read. */
export async function replay(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      audit: many,
      auth: many,
      containers: many,
      indicators: many,
      config: { type: "string" },
      every: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      lang: { type: "string" },
    },
  });
  const inputs = [...values.audit, ...values.auth, ...values.containers];
  if (inputs.length === 0) throw new UsageError("replay: name at least one of --audit, --auth, --containers");
  if (inputs.filter((file) => file === "-").length > 1) throw new UsageError("replay: only one input can be stdin");
  const language = languageOf(values.lang);
  const twin = values.config === undefined ? {} : await readTwinFile(values.config);
  const { configuration, problems } = new ConfigurationReader(detectors).read(twin);
  for (const { path, expected, got } of problems)
    console.error(`vedette: ${oneLine(`${values.config}: ${path}: expected ${expected}, got ${got}`, 2000)}`);

  const progress = new Progress(inputs.map(sizeOf), process.stderr);
  const table = new Summary();
  const out = new Terminal(process.stdout, process.env);
  const tell = (told: Told) => {
    table.add(told);
    const message = describe(
      { ...told.finding, severity: told.severity },
      context(told, language ?? configuration.language, configuration.redact),
    );
    if (values.json) process.stdout.write(`${message.body}\n`);
    else progress.around(() => console.log(alertLines(message.body, out).join("\n")));
  };
  const engine = new ReplayEngine({
    detectors,
    configuration,
    context: { threats: await listsFrom(values.indicators), userName: () => undefined },
    every: values.every,
    tell,
    onFault: (detector, error) =>
      console.error(`vedette: detector ${detector} failed on one fact: ${oneLine(String(error), 2000)}`),
  });
  const emit = (fact: Fact) => engine.push(fact);
  for (const file of values.audit) await replayAudit(file, progress.file(file), emit);
  for (const file of values.auth) await replayAuth(file, progress.file(file), emit);
  for (const file of values.containers) await replayContainers(file, progress.file(file), emit);
  engine.end();
  progress.end();
  if (!values.json) console.log(table.lines(language ?? configuration.language, out).join("\n"));
  return 0;
}

function languageOf(given: string | undefined): Language | undefined {
  if (given === undefined) return undefined;
  const language = languages.find((l) => l === given);
  if (!language) throw new UsageError(`--lang is ${languages.join(" or ")}, not "${given}"`);
  return language;
}

/** A replay tells of the machine whose log it reads, which it does not know: the device is this tool. */
function context({ activity, count, firstSeen, lastSeen }: Told, language: Language, redact: boolean) {
  const device = { hostname: hostname(), deviceId: "replay", moduleId: "vedette", hub: "" };
  const version = process.env.VEDETTE_VERSION ?? "development";
  return { device, version, language, redact, activity, count, firstSeen, lastSeen };
}

async function listsFrom(files: readonly string[]): Promise<ThreatLists> {
  const lists = new ThreatLists();
  for (const file of files) {
    const { list, rejected, firstRejected } = parseThreatList(file, await readFile(file, "utf8"));
    lists.set(list);
    if (firstRejected) {
      console.error(
        `vedette: ${oneLine(file, 500)}: ${rejected} lines are no entry, first line ${firstRejected.line}: ${oneLine(firstRejected.text, 80)}`,
      );
    }
  }
  return lists;
}

interface Row {
  severity: SeverityName;
  count: number;
  first: number;
  last: number;
  readonly subjects: Map<string, number>;
}

const maxSubjects = 1000;

/** What an incident responder reads last: alert, count, first, last, subjects. */
class Summary {
  readonly #rows = new Map<AlertId, Row>();

  add({ finding, severity, activity, count, firstSeen, lastSeen }: Told): void {
    const row = this.#rows.get(finding.alert) ?? {
      severity,
      count: 0,
      first: firstSeen,
      last: lastSeen,
      subjects: new Map(),
    };
    // An update repeats the first of its window.
    row.count += activity === "create" ? count : count - (finding.count ?? 1);
    row.first = Math.min(row.first, firstSeen);
    row.last = Math.max(row.last, lastSeen);
    const seen = row.subjects.get(finding.subject) ?? 0;
    if (seen > 0 || row.subjects.size < maxSubjects) row.subjects.set(finding.subject, seen + 1);
    this.#rows.set(finding.alert, row);
  }

  lines(language: Language, out: Terminal): string[] {
    if (this.#rows.size === 0) return ["No alert."];
    const order: SeverityName[] = ["high", "medium", "low", "informational"];
    const rows = [...this.#rows].sort(
      ([, a], [, b]) => order.indexOf(a.severity) - order.indexOf(b.severity) || b.count - a.count,
    );
    const stamp = (at: number) => new Date(at).toISOString().slice(0, 19).replace("T", " ");
    const heading = `        ${"alert".padEnd(30)} ${"count".padStart(7)}  ${"first (UTC)".padEnd(19)}  ${"last (UTC)".padEnd(19)}  subjects`;
    return [
      "",
      out.bold(heading),
      ...rows.flatMap(([alert, row]) => {
        const top = [...row.subjects]
          .sort((a, b) => b[1] - a[1])
          .slice(0, 3)
          .map(([subject]) => oneLine(subject, 60));
        const more = row.subjects.size > 3 ? `, and ${row.subjects.size - 3} more` : "";
        return [
          `${out.severity(row.severity)}  ${alert.padEnd(30)} ${String(row.count).padStart(7)}  ${stamp(row.first)}  ${stamp(row.last)}  ${top.join(", ")}${more}`,
          out.dim(`        ${texts[language][alert].title}`),
        ];
      }),
    ];
  }
}
