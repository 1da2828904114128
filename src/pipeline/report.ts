import type { Configuration, Judged } from "../config/configuration.ts";
import { schemaVersion } from "../config/schema.ts";
import type { Status } from "./status.ts";

type Json = Record<string, unknown>;

/** How the last twin was taken, for the reported properties. */
export interface TwinOutcome {
  readonly version: number;
  readonly judged: Judged;
  /** Keys of a classic agent's twin that mean nothing here. */
  readonly unmapped?: readonly string[];
}

const maxText = 300;
const maxProblems = 16;
const clip = (text: string) => (text.length > maxText ? `${text.slice(0, maxText - 1)}…` : text);
/** Names in reported properties must not hold dots, `$`, `#` or white space (edgeHub, ReportedPropertiesValidator.cs). */
const name = (text: string) => text.replace(/[.$#\s]/g, "_").slice(0, 128);

/** What the twin's reported properties say about the configuration. `null` clears what an earlier report named. */
export function reportedConfiguration(outcome: TwinOutcome, version: string): Json {
  const { judged } = outcome;
  const problems = judged.problems.slice(0, maxProblems);
  return {
    schemaVersion,
    moduleVersion: version,
    lastDesiredVersion: outcome.version,
    lastDesiredStatus: {
      code: judged.problems.length === 0 ? 200 : 400,
      description: judged.problems.length === 0 ? "all sections applied" : `${judged.problems.length} problems`,
    },
    configurationHash: judged.hash,
    rejectedSections: numbered(judged.rejected.slice(0, maxProblems)),
    problems: numbered(problems.map(({ path, expected, got }) => clip(`${path}: expected ${expected}, got ${got}`))),
    unmapped: numbered((outcome.unmapped ?? []).slice(0, maxProblems).map(clip)),
  };
}

/** A list as a map with fixed places, since arrays do not merge; places no longer used are cleared. */
function numbered(texts: readonly string[]): Json {
  return Object.fromEntries(Array.from({ length: maxProblems }, (_, i) => [`n${i + 1}`, texts[i] ?? null]));
}

/** What the reported properties say about the module's health and counts. */
export function reportedStatus(status: Status, configuration: Configuration): Json {
  const { withheld, today, hub } = status;
  return {
    sources: Object.fromEntries(
      [...status.sourcesNow].map(([source, { state, reason }]) => [name(source), { state, reason: clip(reason) }]),
    ),
    alertsToday: { low: 0, medium: 0, high: 0, ...today.bySeverity },
    observed: withheld.observed,
    belowConfidence: withheld["below-confidence"],
    repeated: withheld.repeated,
    heldBack: withheld.limited,
    exceptionsApplied: Object.fromEntries(
      [...status.exceptionsApplied()].slice(0, 64).map(([key, n]) => [name(key.replace("/", "__")), n]),
    ),
    lost: Object.fromEntries([...status.lost].map(([source, n]) => [name(source), n])),
    detectorFaults: [...status.detectors().values()].reduce((n, { faults }) => n + faults, 0),
    outbox: outboxOf(status),
    observeMode: configuration.observe,
    hub: { state: hub.state },
    lastAcknowledgedAt: iso(status.lastAcknowledgedAt),
    startedAt: iso(status.startedAt),
  };
}

function outboxOf(status: Status): Json {
  const { depth, bytes, evicted, setAside } = status.outbox();
  return { depth, bytes, evicted: Object.values(evicted).reduce((n, x) => n + x, 0), setAside };
}

function iso(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
