/**
 * What OCSF 1.8.0 demands of a Detection Finding, as zod: required attributes, types, enums and "at least one of"
 * constraints. Source: github.com/ocsf/ocsf-schema, tag 1.8.0, `dictionary.json`, `events/findings/*.json`,
 * `objects/*.json`, profiles host, container and linux/linux_users. Strict: an attribute that Vedette does not write is
 * refused, so a misspelt one cannot slip through. For tests only: the running module does not import it.
 */
import { isIP } from "node:net";
import { z } from "zod";

/** At least one of the attributes is there: the schema's `constraints.at_least_one`. */
const atLeastOne =
  (...names: readonly string[]) =>
  (value: object) =>
    names.some((name) => Object.hasOwn(value, name));

const text = z.string();
const integer = z.int();
/** Epoch milliseconds (`timestamp_t`). */
const time = z.int().min(0);
const port = z.int().min(0).max(65_535);
const named = (shape: z.core.$ZodLooseShape = {}) =>
  z.strictObject({ name: text.optional(), uid: text.optional(), ...shape }).refine(atLeastOne("name", "uid"));

const user = named();
const file = z.strictObject({
  name: text.min(1),
  path: text.optional(),
  type_id: z.literal([0, 1, 2, 3, 4, 5, 6, 7, 8, 99]),
  type: text.optional(),
  uid: text.optional(),
});
const entityShape = {
  pid: integer.optional(),
  name: text.optional(),
  path: text.optional(),
  cmd_line: text.optional(),
};
const processShape = {
  ...entityShape,
  file: file.optional(),
  working_directory: text.optional(),
  user: user.optional(),
  auid: integer.optional(),
  euid: integer.optional(),
  session: z.strictObject({ uid: text.optional(), terminal: text.optional() }).optional(),
  ancestry: z.array(z.strictObject(entityShape).refine(atLeastOne("cmd_line", "name", "path", "pid"))).optional(),
};
const process = z
  .strictObject({
    ...processShape,
    parent_process: z
      .strictObject(processShape)
      .refine(atLeastOne("pid", "uid", "cpid"))
      .optional(),
  })
  .refine(atLeastOne("pid", "uid", "cpid"));

const container = named({
  image: z.strictObject({ uid: text.min(1), name: text.optional() }).optional(),
  tags: z.array(z.strictObject({ name: text, value: text })).optional(),
});
const endpoint = z
  .strictObject({
    ip: text.refine((ip) => isIP(ip) !== 0).optional(),
    port: port.optional(),
    hostname: text.optional(),
    name: text.optional(),
  })
  .refine(atLeastOne("ip", "uid", "name", "hostname", "svc_name", "domain"));

const evidence = z
  .strictObject({
    data: z.record(text, z.json()).optional(),
    process: process.optional(),
    actor: z
      .strictObject({ user: user.optional() })
      .refine(atLeastOne("process", "user", "session"))
      .optional(),
    container: container.optional(),
    src_endpoint: endpoint.optional(),
    dst_endpoint: endpoint.optional(),
    file: file.optional(),
    user: user.optional(),
    url: z.strictObject({ url_string: text, hostname: text.optional(), scheme: text.optional() }).optional(),
  })
  .refine(atLeastOne("actor", "data", "dst_endpoint", "file", "process", "src_endpoint", "url", "user"), {
    error: "an evidence needs more than a container",
  });

const attack = z
  .strictObject({
    version: text.optional(),
    tactic: named().optional(),
    technique: named().optional(),
    sub_technique: named().optional(),
  })
  .refine(atLeastOne("tactic", "technique", "sub_technique"));

const findingInfo = z.strictObject({
  uid: text.min(1),
  title: text.optional(),
  desc: text.optional(),
  analytic: named({
    type_id: z.literal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 99]),
    type: text.optional(),
    category: text.optional(),
    version: text.optional(),
  }).optional(),
  attacks: z.array(attack).optional(),
  types: z.array(text).optional(),
  created_time: time.optional(),
  modified_time: time.optional(),
  first_seen_time: time.optional(),
  last_seen_time: time.optional(),
});

const metadata = z.strictObject({
  version: z.literal("1.8.0"),
  uid: text.optional(),
  product: named({ vendor_name: text.optional(), version: text.optional(), lang: text.optional() }),
  profiles: z.array(text).optional(),
  tenant_uid: text.optional(),
  reporter: named({ hostname: text.optional() }).optional(),
  is_truncated: z.boolean().optional(),
  labels: z.array(text).optional(),
});

/** The class. */
export const detectionFindingSchema = z
  .strictObject({
    activity_id: z.literal([0, 1, 2, 3, 99]),
    activity_name: text.optional(),
    category_uid: z.literal(2),
    category_name: z.literal("Findings").optional(),
    class_uid: z.literal(2004),
    class_name: z.literal("Detection Finding").optional(),
    type_uid: integer,
    type_name: text.optional(),
    time,
    severity_id: z.literal([0, 1, 2, 3, 4, 5, 6, 99]),
    severity: text.optional(),
    confidence_id: z.literal([0, 1, 2, 3, 99]).optional(),
    confidence: text.optional(),
    status_id: z.literal([0, 1, 2, 3, 4, 5, 6, 99]).optional(),
    status: text.optional(),
    is_alert: z.boolean().optional(),
    message: text.optional(),
    count: integer.optional(),
    finding_info: findingInfo,
    remediation: z.strictObject({ desc: text }).optional(),
    evidences: z.array(evidence).optional(),
    device: z
      .strictObject({
        type_id: z.int().min(0).max(99),
        type: text.optional(),
        hostname: text.optional(),
        uid: text.optional(),
      })
      .refine(atLeastOne("hostname", "uid", "ip", "name"))
      .optional(),
    metadata,
  })
  .refine((finding) => finding.type_uid === finding.class_uid * 100 + finding.activity_id, {
    error: "type_uid is class_uid * 100 + activity_id",
  });
