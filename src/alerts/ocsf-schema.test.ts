import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { detectionFinding, type FindingParts } from "./ocsf.ts";
import { detectionFindingSchema } from "./ocsf-schema.ts";

const parts: FindingParts = {
  activity: "create",
  alertId: "web-shell",
  severity: "high",
  confidence: "medium",
  attacks: [],
  group: "builtin",
  title: "t",
  ruleName: "t",
  meaning: "m",
  remediation: "r",
  message: "t: s",
  findingUid: "f",
  messageUid: "m",
  time: 1,
  firstSeen: 1,
  lastSeen: 1,
  opened: 1,
  count: 1,
  evidences: [{ data: { reason: "r" } }],
  truncated: false,
  test: false,
  version: "1",
  language: "en",
  device: { hostname: "h", deviceId: "d", moduleId: "m", hub: "" },
};

const sound = detectionFinding(parts);
const valid = (finding: unknown) => detectionFindingSchema.safeParse(JSON.parse(JSON.stringify(finding))).success;

test("the smallest finding is valid", () => {
  expect(valid(sound)).toBe(true);
});

describe("the yardstick refuses", () => {
  test.each([
    "activity_id",
    "category_uid",
    "class_uid",
    "finding_info",
    "metadata",
    "severity_id",
    "time",
    "type_uid",
  ])("a finding without %s", (name) => {
    expect(valid({ ...sound, [name]: undefined })).toBe(false);
  });

  test.each([
    ["a container as the only evidence", { evidences: [{ container: { uid: "c" } }] }],
    ["a container without uid or name", { evidences: [{ data: {}, container: {} }] }],
    ["an image without uid", { evidences: [{ data: {}, container: { uid: "c", image: { name: "i" } } }] }],
    ["a process without pid", { evidences: [{ process: { name: "sh" } }] }],
    ["a file without type_id", { evidences: [{ file: { name: "f" } }] }],
    ["an endpoint with a port only", { evidences: [{ dst_endpoint: { port: 1 } }] }],
    ["an address that is none", { evidences: [{ dst_endpoint: { ip: "nowhere" } }] }],
    ["an unknown attribute", { severity_name: "High" }],
    ["a severity outside the enum", { severity_id: 7 }],
    ["a fraction of a millisecond", { time: 1.5 }],
    ["a type that does not follow from class and activity", { type_uid: 200402 }],
    ["a remediation without text", { remediation: {} }],
    ["a device without a name", { device: { type_id: 7 } }],
    ["another version", { metadata: { ...sound.metadata, version: "1.7.0" } }],
    ["a finding without uid", { finding_info: { title: "t" } }],
    ["an attack without a name", { finding_info: { uid: "u", attacks: [{ version: "19.2" }] } }],
    ["an analytic without type_id", { finding_info: { uid: "u", analytic: { uid: "a" } } }],
  ])("%s", (_name, change) => {
    expect(valid({ ...sound, ...change })).toBe(false);
  });
});

test("the running module does not load the yardstick", () => {
  const src = join(import.meta.dirname, "..");
  const importers = readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .filter((name) => readFileSync(join(src, name), "utf8").includes("/ocsf-schema.ts"));
  expect(importers).toEqual([]);
});
