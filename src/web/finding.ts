/**
 * A past alert as the local view shows it, read from the OCSF message as it was sent. The history is a file: nothing of
 * its shape is taken for granted, and every text is cut to a length that a reader can use.
 */
import { type AlertId, alertIds, type SeverityName, severityNames } from "../alerts/catalogue.ts";
import { clip } from "../alerts/visible.ts";
import type { Row } from "./words.ts";

export interface PastAlert {
  /** Increasing; the cursor of the next page. */
  readonly number: number;
  readonly id: string;
  readonly alert: unknown;
}

export interface EvidenceRow {
  readonly row: Row;
  readonly text: string;
  /** To be set in a fixed width: what a machine reads. */
  readonly code?: boolean;
}

export interface ShownFinding {
  /** Of its newest message. */
  readonly number: number;
  /** The same for all messages of one finding. */
  readonly uid: string;
  readonly alertId: AlertId | undefined;
  readonly severity: SeverityName;
  readonly title: string;
  readonly reason: string;
  readonly meaning: string;
  readonly remediation: string;
  /** Epoch ms of the event, and of the opening of the finding. */
  readonly time: number;
  readonly opened: number;
  readonly count: number;
  readonly test: boolean;
  readonly rows: readonly EvidenceRow[];
}

type Json = Readonly<Record<string, unknown>>;

const long = 1200;
const short = 300;
const maxParents = 8;
/** Beyond it a Date cannot be made (ECMA-262, 21.4.1.1). */
const maxTime = 8.64e15;

/** One finding for each `finding_info.uid`, as its newest message tells it, newest first. */
export function findingsOf(newestFirst: readonly PastAlert[]): readonly ShownFinding[] {
  const seen = new Set<string>();
  return newestFirst.flatMap((past) => {
    const finding = findingOf(past);
    if (seen.has(finding.uid)) return [];
    seen.add(finding.uid);
    return [finding];
  });
}

/** Never throws, whatever stands in the history. */
export function findingOf({ number, id, alert }: PastAlert): ShownFinding {
  const message = object(alert);
  const info = object(message.finding_info);
  const evidence = object(list(message.evidences)[0]);
  const time = timeOf(message.time) ?? 0;
  const severity = String(message.severity).toLowerCase();
  const named = text(object(info.analytic).uid, short);
  return {
    number,
    uid: text(info.uid, short) ?? id,
    alertId: alertIds.find((alertId) => alertId === named),
    severity: severityNames.find((name) => name === severity) ?? "medium",
    title: text(info.title, short) ?? named ?? "?",
    reason: text(object(evidence.data).reason, short) ?? text(message.message, short) ?? "",
    meaning: text(info.desc, long) ?? "",
    remediation: text(object(message.remediation).desc, long) ?? "",
    time,
    opened: timeOf(info.created_time) ?? time,
    count: whole(message.count) ?? 1,
    test: list(object(message.metadata).labels).includes("test"),
    rows: [...rowsOf(evidence), ...techniques(info)],
  };
}

function rowsOf(evidence: Json): EvidenceRow[] {
  const process = object(evidence.process);
  const container = object(evidence.container);
  const image = object(container.image);
  const module = list(container.tags)
    .map(object)
    .find(({ name }) => name === "module")?.value;
  return [
    row("command", text(process.cmd_line, long), true),
    row("program", text(process.path, short), true),
    row("directory", text(process.working_directory, short), true),
    row("pid", whole(process.pid)?.toString()),
    row("user", userOf(process.user)),
    row("login", userOf(object(evidence.actor).user)),
    row("parents", parentsOf(process), true),
    row("container", text(container.name, short) ?? text(container.uid, short), true),
    row("image", text(image.name, short) ?? text(image.uid, short), true),
    row("module", text(module, short), true),
    row("from", endpointOf(evidence.src_endpoint), true),
    row("to", endpointOf(evidence.dst_endpoint), true),
    row("file", text(object(evidence.file).path, short), true),
    row("account", userOf(evidence.user)),
    row("url", text(object(evidence.url).url_string, short), true),
  ].flat();
}

function row(name: Row, value: string | undefined, code = false): EvidenceRow[] {
  return value === undefined || value === "" ? [] : [{ row: name, text: value, code }];
}

/** `root (0)` */
function userOf(value: unknown): string | undefined {
  const { name, uid } = object(value);
  const parts = [text(name, 64), text(uid, 32)].filter((part) => part !== undefined);
  return parts.length === 2 ? `${parts[0]} (${parts[1]})` : parts[0];
}

/** The ancestors, eldest first, the parent last. */
function parentsOf(process: Json): string | undefined {
  const ancestry = list(process.ancestry).slice(0, maxParents).map(object);
  const named = ancestry.map(({ name, pid }) => `${text(name, 64) ?? "?"} (${whole(pid) ?? "?"})`);
  return named.length > 0 ? named.reverse().join(" → ") : undefined;
}

/** `203.0.113.9:22`, an IPv6 address in brackets. */
function endpointOf(value: unknown): string | undefined {
  const { ip, hostname, name, port } = object(value);
  const host = text(ip, 64) ?? text(hostname, short) ?? text(name, short);
  const at = whole(port);
  if (host === undefined || at === undefined) return host;
  return host.includes(":") ? `[${host}]:${at}` : `${host}:${at}`;
}

function techniques(info: Json): EvidenceRow[] {
  const named = list(info.attacks)
    .slice(0, 4)
    .map((attack) => {
      const { technique, sub_technique, tactic } = object(attack);
      const { uid, name } = object(sub_technique ?? technique);
      return [text(uid, 32), text(name, 100), text(object(tactic).name, 64)].filter(Boolean).join(", ");
    });
  return row("technique", named.filter((each) => each !== "").join("; "));
}

function object(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown, limit: number): string | undefined {
  return typeof value === "string" && value !== "" ? clip(value, limit) : undefined;
}

function whole(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function timeOf(value: unknown): number | undefined {
  const at = whole(value);
  return at !== undefined && at <= maxTime ? at : undefined;
}
