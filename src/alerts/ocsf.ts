/**
 * OCSF 1.8.0, class Detection Finding (2004): the shape of an alert on the wire. Names and numbers are those of the
 * official schema (github.com/ocsf/ocsf-schema, tag 1.8.0: events/findings/detection_finding.json and objects/*.json).
 * Only the attributes that Vedette writes are described; `ocsf-schema.ts` holds the rules they must obey.
 */
import type { AttackReference } from "./attack.ts";
import type { SeverityName } from "./catalogue.ts";

const ocsfVersion = "1.8.0";
/** Value of the application property `schema`. */
export const schemaName = `ocsf/${ocsfVersion}`;
export const classUid = 2004;

export const activities = {
  create: { id: 1, name: "Create" },
  update: { id: 2, name: "Update" },
  close: { id: 3, name: "Close" },
} as const;
export type ActivityName = keyof typeof activities;

const severities = {
  informational: { id: 1, name: "Informational" },
  low: { id: 2, name: "Low" },
  medium: { id: 3, name: "Medium" },
  high: { id: 4, name: "High" },
} as const satisfies Record<SeverityName, { id: number; name: string }>;

export const confidences = {
  low: { id: 1, name: "Low" },
  medium: { id: 2, name: "Medium" },
  high: { id: 3, name: "High" },
} as const;

/** `status_id`: a repeat does not change that nobody has looked at the finding yet. */
const statuses = { create: { id: 1, name: "New" }, update: { id: 1, name: "New" }, close: { id: 4, name: "Resolved" } };

export interface OcsfUser {
  readonly name?: string;
  readonly uid?: string;
}

export interface OcsfFile {
  readonly name: string;
  readonly path?: string;
  readonly type_id: number;
  readonly type: string;
  readonly uid?: string;
}

export interface OcsfProcessEntity {
  readonly pid: number;
  readonly name?: string;
  readonly path?: string;
  readonly cmd_line?: string;
}

export interface OcsfProcess extends OcsfProcessEntity {
  readonly file?: OcsfFile;
  readonly working_directory?: string;
  readonly user?: OcsfUser;
  readonly auid?: number;
  readonly euid?: number;
  readonly session?: { readonly uid?: string; readonly terminal?: string };
  readonly parent_process?: OcsfProcess;
  /** Nearest first; the first is the parent. */
  readonly ancestry?: readonly OcsfProcessEntity[];
}

export interface OcsfContainer {
  readonly uid: string;
  readonly name?: string;
  readonly image?: { readonly uid: string; readonly name?: string };
  readonly tags?: readonly { readonly name: string; readonly value: string }[];
}

export interface OcsfEndpoint {
  readonly ip?: string;
  readonly port?: number;
  readonly hostname?: string;
  readonly name?: string;
}

export interface OcsfUrl {
  readonly url_string: string;
  readonly hostname?: string;
  readonly scheme?: string;
}

/** `data` always holds the reason, which also satisfies the class: a container alone is not enough. */
export interface OcsfEvidence {
  readonly data: Readonly<Record<string, unknown>>;
  readonly process?: OcsfProcess;
  readonly actor?: { readonly user: OcsfUser };
  readonly container?: OcsfContainer;
  readonly src_endpoint?: OcsfEndpoint;
  readonly dst_endpoint?: OcsfEndpoint;
  readonly file?: OcsfFile;
  readonly user?: OcsfUser;
  readonly url?: OcsfUrl;
}

/** What the stage knows when it describes a finding; every string is safe and bounded already. */
export interface FindingParts {
  readonly activity: ActivityName;
  readonly alertId: string;
  readonly severity: SeverityName;
  readonly confidence: keyof typeof confidences;
  readonly attacks: readonly AttackReference[];
  readonly legacyName?: string;
  readonly group: string;
  readonly title: string;
  /** English title: names the rule alike on every device of a fleet, whatever its language. */
  readonly ruleName: string;
  readonly meaning: string;
  readonly remediation: string;
  readonly message: string;
  readonly findingUid: string;
  readonly messageUid: string;
  /** Epoch ms: the event, the first and the last of those behind the finding, and the opening of the finding. */
  readonly time: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly opened: number;
  readonly count: number;
  readonly evidences: readonly OcsfEvidence[];
  readonly truncated: boolean;
  readonly test: boolean;
  readonly version: string;
  readonly language: string;
  readonly device: OcsfDeviceParts;
}

export interface OcsfDeviceParts {
  readonly hostname: string;
  readonly deviceId: string;
  readonly moduleId: string;
  readonly hub: string;
}

function attacksOf(references: readonly AttackReference[]) {
  return references.map((reference) => ({
    version: reference.version,
    tactic: reference.tactic,
    technique: reference.technique,
    ...(reference.subTechnique && { sub_technique: reference.subTechnique }),
  }));
}

function findingInfo(parts: FindingParts) {
  return {
    uid: parts.findingUid,
    title: parts.title,
    desc: parts.meaning,
    analytic: {
      uid: parts.alertId,
      name: parts.ruleName,
      type_id: 1,
      type: "Rule",
      category: parts.group,
      version: parts.version,
    },
    ...(parts.attacks.length > 0 && { attacks: attacksOf(parts.attacks) }),
    ...(parts.legacyName !== undefined && { types: [parts.legacyName] }),
    created_time: parts.opened,
    ...(parts.activity !== "create" && { modified_time: parts.time }),
    first_seen_time: parts.firstSeen,
    last_seen_time: parts.lastSeen,
  };
}

function metadata(parts: FindingParts) {
  const { device } = parts;
  return {
    version: ocsfVersion,
    uid: parts.messageUid,
    product: { name: "Vedette", vendor_name: "Vedette", version: parts.version, lang: parts.language },
    profiles: ["host", "container", "linux/linux_users"],
    // The hub is the tenant in which device and module ids are unique.
    ...(device.hub !== "" && { tenant_uid: device.hub }),
    reporter: { name: device.moduleId, uid: `${device.deviceId}/${device.moduleId}`, hostname: device.hostname },
    ...(parts.truncated && { is_truncated: true }),
    ...(parts.test && { labels: ["test"] }),
  };
}

/** The class, assembled. A plain JSON-safe object. */
export function detectionFinding(parts: FindingParts) {
  const activity = activities[parts.activity];
  const status = statuses[parts.activity];
  const { device } = parts;
  return {
    activity_id: activity.id,
    activity_name: activity.name,
    category_uid: 2,
    category_name: "Findings",
    class_uid: classUid,
    class_name: "Detection Finding",
    type_uid: classUid * 100 + activity.id,
    type_name: `Detection Finding: ${activity.name}`,
    time: parts.time,
    severity_id: severities[parts.severity].id,
    severity: severities[parts.severity].name,
    confidence_id: confidences[parts.confidence].id,
    confidence: confidences[parts.confidence].name,
    status_id: status.id,
    status: status.name,
    is_alert: true,
    message: parts.message,
    count: parts.count,
    finding_info: findingInfo(parts),
    remediation: { desc: parts.remediation },
    evidences: parts.evidences,
    device: { type_id: 7, type: "IOT", hostname: device.hostname, uid: device.deviceId },
    metadata: metadata(parts),
  };
}

export type DetectionFinding = ReturnType<typeof detectionFinding>;
