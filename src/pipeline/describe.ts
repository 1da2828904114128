/** The stage between detection and the outbox: a finding becomes one OCSF Detection Finding, as text. */
import { type CatalogueEntry, catalogue } from "../alerts/catalogue.ts";
import { Cleaner, type Limits } from "../alerts/cleaner.ts";
import { findingUid } from "../alerts/finding-uid.ts";
import {
  type ActivityName,
  classUid,
  detectionFinding,
  type FindingParts,
  type OcsfDeviceParts,
  type OcsfEvidence,
  schemaName,
} from "../alerts/ocsf.ts";
import { type Language, texts } from "../alerts/text.ts";
import type { Finding } from "../detectors/detector.ts";
import type { OutgoingMessage } from "../ports.ts";
import { evidenceOf } from "./evidence.ts";
import { integer } from "./process-evidence.ts";

/** Where and how a finding is described. */
export interface DescribeContext {
  readonly device: OcsfDeviceParts;
  /** Of the title, meaning and remediation; evidence and reason stay as they are. */
  readonly language: Language;
  /** Of the product. */
  readonly version: string;
  /** Masks secrets in command lines and texts. */
  readonly redact: boolean;
  /** Default "create". */
  readonly activity?: ActivityName;
  /** Epoch ms of the event that opened the finding that this one updates or closes; default: this event. */
  readonly opened?: number;
  /** How many events stand behind the message; default the match's own count. */
  readonly count?: number;
  readonly firstSeen?: number;
  readonly lastSeen?: number;
  /** Raised by `raiseTestAlert`: labelled, so that nobody is woken. */
  readonly test?: boolean;
}

/**
 * Largest body, UTF-8 bytes. edgeHub takes 256 KiB with properties and acknowledges what is larger before it drops it
 * (edge.md, section 2), hence the distance.
 */
export const maxBodyBytes = 192 * 1024;

const stages: readonly Limits[] = [
  { commandLine: 8192, ancestorLine: 1024, ancestors: 16, line: 4096, data: 16_384, items: 64, depth: 5 },
  { commandLine: 2048, ancestorLine: 256, ancestors: 8, line: 512, data: 4096, items: 16, depth: 4 },
];

/** The message for one finding. Never throws, whatever the strings of the finding hold. */
export function describe(finding: Finding, context: DescribeContext): OutgoingMessage {
  const parts = partsOf(finding, context);
  const body = bodyOf(finding, context, parts);
  return {
    id: parts.messageUid,
    output: "alerts",
    severity: parts.severity,
    alertId: finding.alert,
    body,
    properties: {
      alertId: finding.alert,
      severity: parts.severity,
      activity: parts.activity,
      class_uid: String(classUid),
      schema: schemaName,
      ...(parts.test && { test: "true" }),
    },
  };
}

type Envelope = Omit<FindingParts, "evidences" | "message" | "truncated">;

/** What does not depend on the size of the evidence. */
function partsOf(finding: Finding, context: DescribeContext): Envelope {
  const entry: CatalogueEntry = catalogue[finding.alert];
  const text = texts[context.language][finding.alert];
  const activity = context.activity ?? "create";
  return {
    activity,
    alertId: finding.alert,
    severity: finding.severity ?? entry.severity,
    confidence: finding.confidence,
    attacks: entry.attacks,
    legacyName: entry.legacyName,
    group: entry.group,
    title: text.title,
    ruleName: texts.en[finding.alert].title,
    meaning: text.meaning,
    remediation: text.remediation,
    ...uidsOf(finding, context, activity),
    ...timesOf(finding, context),
    count: Math.max(1, integer(context.count ?? finding.count) ?? 1),
    test: context.test ?? false,
    version: context.version,
    language: context.language,
    device: deviceOf(context.device),
  };
}

function deviceOf(device: OcsfDeviceParts): OcsfDeviceParts {
  const cleaner = new Cleaner(stages[1] as Limits, false);
  const named = (text: string) => cleaner.line(text) || "unknown";
  return {
    hostname: named(device.hostname),
    deviceId: named(device.deviceId),
    moduleId: named(device.moduleId),
    hub: cleaner.line(device.hub),
  };
}

/** The finding keeps its id through its updates; each message has its own. For a create the two are the same. */
function uidsOf(finding: Finding, context: DescribeContext, activity: ActivityName) {
  const { hub, deviceId, moduleId } = context.device;
  const identity = [hub, deviceId, moduleId, finding.alert, finding.subject, context.opened ?? finding.at] as const;
  const uid = context.test ? findingUid(...identity, "test") : findingUid(...identity);
  const message = findingUid(uid, activity, context.count ?? finding.count ?? 1, context.lastSeen ?? finding.at);
  return { findingUid: uid, messageUid: activity === "create" ? uid : message };
}

/** Epoch ms, whole and not negative; `fallback` for what is neither. */
function epoch(value: number | undefined, fallback: number): number {
  return Math.max(0, integer(value === undefined ? undefined : Math.trunc(value)) ?? fallback);
}

function timesOf(finding: Finding, context: DescribeContext) {
  const time = epoch(finding.at, 0);
  const opened = epoch(context.opened, time);
  return {
    time,
    opened,
    firstSeen: Math.min(time, opened, epoch(context.firstSeen, time), epoch(finding.firstSeen, time)),
    lastSeen: Math.max(time, epoch(context.lastSeen, time)),
  };
}

/** The text of the message: as much of the evidence as fits. */
function bodyOf(finding: Finding, context: DescribeContext, envelope: Envelope): string {
  for (const limits of stages) {
    const cleaner = new Cleaner(limits, context.redact);
    const body = assembled(finding, envelope, evidenceOf(finding, cleaner), cleaner);
    if (Buffer.byteLength(body) <= maxBodyBytes) return body;
  }
  // Below any possible excess: two lines of evidence, nothing else.
  const cleaner = new Cleaner(stages[1] as Limits, context.redact);
  cleaner.truncated = true;
  return assembled(finding, envelope, { data: { reason: cleaner.line(finding.reason) } }, cleaner);
}

function assembled(finding: Finding, envelope: Envelope, evidence: OcsfEvidence, cleaner: Cleaner): string {
  const prefix = envelope.test ? "[test] " : "";
  const message = `${prefix}${envelope.title}: ${cleaner.line(finding.subject, 512)}`;
  return JSON.stringify(
    detectionFinding({ ...envelope, message, evidences: [evidence], truncated: cleaner.truncated }),
  );
}
