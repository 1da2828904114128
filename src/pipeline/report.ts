import type { Json } from "../config/canonical.ts";
import type { Configuration, Judged } from "../config/configuration.ts";
import { moduleSections, schemaVersion } from "../config/schema.ts";
import { clipBytes, fitted, numbered, reportedName } from "./reported-patch.ts";
import type { Status } from "./status.ts";

/** How the last twin was taken, for the reported properties. */
export interface TwinOutcome {
  readonly version: number;
  readonly judged: Judged;
}

const maxText = 300;
const maxProblems = 16;
const maxRejected = 32;
const maxLists = 32;
const maxExceptions = 64;
const maxClassic = 40;
/** Of the hub's 32 KiB; the rest is for names of earlier versions that are still there. */
const maxBytes = 24 * 1024;
/** What can be done without, least needed first. */
const optional = ["exceptions", "classic", "threatLists", "observed", "lost", "problems", "rejected", "sources"];
const clip = (text: string) => clipBytes(text, maxText);

/** The whole reported document, within the hub's limits whatever names and texts stand in it. */
export function reported(
  outcome: TwinOutcome | undefined,
  status: Status,
  configuration: Configuration,
  version: string,
  now: number,
): Json {
  const document = {
    schemaVersion,
    moduleVersion: clip(version),
    ...(outcome && reportedConfiguration(outcome)),
    ...reportedStatus(status, configuration, now),
  };
  return fitted(document, maxBytes, optional);
}

/** What the twin's reported properties say about the configuration. */
function reportedConfiguration({ version, judged }: TwinOutcome): Json {
  const { problems, rejected, classic } = judged;
  const texts = problems.map(({ path, expected, got }) => clip(`${path}: expected ${expected}, got ${got}`));
  return {
    lastDesiredVersion: version,
    lastDesiredStatus: {
      code: problems.length === 0 ? 200 : 400,
      description: problems.length === 0 ? "all sections applied" : `${problems.length} problems`,
    },
    configurationHash: judged.hash,
    sections: sectionStates(rejected),
    rejected: Object.fromEntries(
      Object.entries(rejected)
        .slice(0, maxRejected)
        .map(([path, state]) => [reportedName(path.replaceAll(".", "/")), `${state} in force`]),
    ),
    problems: numbered(texts, maxProblems),
    classic: Object.fromEntries(
      Object.entries(classic)
        .slice(0, maxClassic)
        .map(([setting, text]) => [reportedName(setting), clip(text)]),
    ),
  };
}

/** One word for every section; for the sections with parts, how many of them were refused. */
function sectionStates(rejected: Judged["rejected"]): Json {
  const paths = Object.keys(rejected);
  return Object.fromEntries(
    [...Object.keys(moduleSections), "alerts"].map((name) => {
      const own = paths.filter((path) => path === "(root)" || path === name);
      const inner = paths.filter((path) => path.startsWith(`${name}.`));
      if (own.length > 0) return [name, "rejected"];
      return [name, inner.length > 0 ? `applied without ${inner.length} of its parts` : "applied"];
    }),
  );
}

/** What the reported properties say about the module's health and counts. */
function reportedStatus(status: Status, configuration: Configuration, now: number): Json {
  const { withheld, hub } = status;
  return {
    sources: Object.fromEntries(
      [...status.sourcesNow].map(([source, { state, reason, remedy }]) => [
        reportedName(source),
        { state, reason: clip(reason), ...(remedy && { remedy: clip(remedy) }) },
      ]),
    ),
    threatLists: Object.fromEntries([...status.lists].slice(0, maxLists).map(listOf)),
    alertsToday: { high: 0, medium: 0, low: 0, informational: 0, ...status.alertsToday(now) },
    observed: Object.fromEntries(status.observed),
    exceptions: exceptionsOf(status, configuration, now),
    suppressed: {
      observed: withheld.observed,
      belowConfidence: withheld["below-confidence"],
      excepted: withheld.excepted,
      repeated: withheld.repeated,
      heldBack: withheld.limited,
    },
    lost: Object.fromEntries([...status.lost].map(([source, n]) => [reportedName(source), n])),
    detectorFaults: [...status.detectors().values()].reduce((n, { faults }) => n + faults, 0),
    outbox: outboxOf(status),
    observeMode: configuration.observe,
    hub: { state: hub.state },
    lastAcknowledgedAt: iso(status.lastAcknowledgedAt),
    startedAt: iso(status.startedAt),
  };
}

function listOf([name, { state, size, at, reason }]: [
  string,
  Status["lists"] extends Map<string, infer R> ? R : never,
]) {
  return [reportedName(name), { state, size, at: iso(at), ...(reason !== undefined && { reason: clip(reason) }) }];
}

/** Every configured exception: how many findings it swallowed since the start, and whether it has expired. */
function exceptionsOf(status: Status, configuration: Configuration, now: number): Json {
  const applied = status.exceptionsApplied();
  const all = Object.entries(configuration.alerts).flatMap(([alert, { exceptions }]) =>
    Object.entries(exceptions).map(([name, { expires }]) => ({ alert, name, expires })),
  );
  const byAlert: Record<string, Json> = {};
  for (const { alert, name, expires } of all.slice(0, maxExceptions)) {
    byAlert[alert] ??= {};
    byAlert[alert][reportedName(name)] = {
      applied: applied.get(`${alert}/${name}`) ?? 0,
      ...(expires !== undefined && Date.parse(expires) <= now && { expired: true }),
    };
  }
  return byAlert;
}

function outboxOf(status: Status): Json {
  const { depth, bytes, evicted, setAside, trouble } = status.outbox();
  return {
    depth,
    bytes,
    evicted: Object.values(evicted).reduce((n, x) => n + x, 0),
    setAside,
    ...(trouble !== undefined && { trouble: clip(trouble) }),
  };
}

function iso(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
