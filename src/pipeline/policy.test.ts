import { describe, expect, test } from "vitest";
import { catalogue } from "../alerts/catalogue.ts";
import { ConfigurationReader } from "../config/configuration.ts";
import type { Context, Evidence, Finding } from "../detectors/detector.ts";
import { detectors } from "../detectors/index.ts";
import { matchesPattern, Policy } from "./policy.ts";

const reader = new ConfigurationReader(detectors);
const none = () => undefined;
const context: Context = {
  threats: { address: none, domain: none, url: none, image: none },
  userName: (uid) => (uid === 1000 ? "operator" : undefined),
};
const at = Date.parse("2026-11-24T12:00:00Z");

const evidence: Evidence = {
  process: {
    pid: 9,
    ppid: 8,
    exe: "/usr/bin/gcc",
    argv: ["gcc", "-o", "driver.ko", "driver.c"],
    uid: 1000,
    ancestors: [
      { pid: 8, exe: "/usr/bin/make", argv: ["make"] },
      { pid: 7, exe: "/usr/sbin/dkms", argv: ["dkms", "autoinstall"] },
    ],
    container: {
      id: "a".repeat(64),
      image: "registry.example:5000/site/builder:1.2",
      imageId: "sha256:aa",
      module: "builder",
    },
  },
  file: { path: "/usr/src/fieldbus/driver.c" },
  destination: { ip: "192.0.2.17", port: 443 },
};

function judge(exception: object | undefined, more: Partial<Finding> = {}, section: object = {}, root: object = {}) {
  const exceptions = exception === undefined ? {} : { rule: exception };
  const twin = { ...root, alerts: { "suspicious-compilation": { ...section, exceptions } } };
  const { configuration, problems } = reader.read(twin);
  expect(problems).toEqual([]);
  const policy = new Policy((alert) => catalogue[alert].severity, context);
  const finding: Finding = {
    alert: "suspicious-compilation",
    at,
    subject: "x",
    reason: "y",
    confidence: "medium",
    evidence,
    ...more,
  };
  return { verdict: policy.judge(finding, configuration), policy };
}

describe("an exception", () => {
  test.each([
    ["user by its name where only the uid is known", { user: "operator" }],
    ["user by uid", { user: "uid:1000" }],
    ["executable", { process: "/usr/bin/gcc" }],
    ["executable by prefix", { process: "/usr/bin/*" }],
    ["whole command line", { commandLine: "gcc -o driver.ko driver.c" }],
    ["part of the command line", { commandLine: "*driver.ko*" }],
    ["any ancestor", { ancestor: "/usr/sbin/dkms" }],
    ["image with its tag", { image: "registry.example:5000/site/builder:1.2" }],
    ["image without its tag", { image: "registry.example:5000/site/builder" }],
    ["digest", { digest: "sha256:aa" }],
    ["module", { module: "builder" }],
    ["file", { file: "*.c" }],
    ["address", { address: "192.0.2.17" }],
    ["range", { address: "192.0.2.0/28", expires: "2027-01-01T00:00:00Z" }],
    ["all fields at once", { user: "operator", process: "/usr/bin/gcc", module: "builder", address: "192.0.2.0/24" }],
  ])("matches by %s", (what, exception) => {
    // 192.0.2.17 is the first address behind 192.0.2.0/28.
    const matches = what !== "range";
    expect(judge(exception).verdict.outcome).toBe(matches ? "excepted" : "send");
  });

  test.each([
    ["another user", { user: "root" }],
    ["a longer executable", { process: "/usr/bin/gc" }],
    ["a part without a wildcard", { commandLine: "driver.ko" }],
    ["the process itself as its ancestor", { ancestor: "/usr/bin/gcc" }],
    ["the repository's beginning", { image: "registry.example:5000/site/build" }],
    ["one field of two", { user: "operator", module: "other" }],
    ["a neighbouring range", { address: "192.0.3.0/24" }],
    ["the other family", { address: "2001:db8::/32" }],
  ])("does not match by %s", (_what, exception) => {
    expect(judge(exception).verdict.outcome).toBe("send");
  });

  test("does not match by a field that the finding does not have", () => {
    for (const exception of [
      { user: "*r*" },
      { module: "b*" },
      { file: "/*" },
      { address: "0.0.0.0/1" },
      { digest: "sha256:*" },
    ])
      expect(judge(exception, { evidence: { data: {} } }).verdict.outcome).toBe("send");
  });

  test("ends at its expiry, judged by the finding's own time", () => {
    const until = (expires: string) => judge({ user: "operator", expires }).verdict.outcome;
    expect(until("2026-11-24T12:00:00.001Z")).toBe("excepted");
    expect(until("2026-11-24T12:00:00Z")).toBe("send");
    expect(until("2026-11-24T21:00:01+09:00")).toBe("excepted");
  });

  test("counts what it swallowed, by alert and name", () => {
    const { policy } = judge({ user: "operator" });
    expect([...policy.applied()]).toEqual([["suspicious-compilation/rule", 1]]);
  });

  test("finds a repository digest of the container that was started", () => {
    const container = {
      id: "b".repeat(64),
      privileged: true,
      repoDigests: ["registry.example/x@sha256:bb"],
    } as unknown as Evidence["container"];
    expect(judge({ digest: "sha256:bb" }, { evidence: { container } }).verdict.outcome).toBe("excepted");
  });

  test("finds the module whose messages are counted", () => {
    expect(judge({ module: "press" }, { evidence: { data: { moduleId: "press" } } }).verdict.outcome).toBe("excepted");
  });
});

describe("an alert's section", () => {
  test("sends at the floor of confidence and not below it", () => {
    expect(judge(undefined, { confidence: "medium" }).verdict.outcome).toBe("send");
    expect(judge(undefined, { confidence: "low" }).verdict.outcome).toBe("below-confidence");
    expect(judge(undefined, { confidence: "low" }, { minConfidence: "low" }).verdict.outcome).toBe("send");
    expect(judge(undefined, { confidence: "medium" }, { minConfidence: "high" }).verdict.outcome).toBe(
      "below-confidence",
    );
  });

  test("sends with the operator's severity, else the finding's, else the catalogue's", () => {
    const severity = (more: Partial<Finding>, section: object) => {
      const { verdict } = judge(undefined, more, section);
      return verdict.outcome === "send" ? verdict.severity : undefined;
    };
    expect(severity({}, {})).toBe("medium");
    expect(severity({ severity: "low" }, {})).toBe("low");
    expect(severity({ severity: "low" }, { severity: "high" })).toBe("high");
  });

  test("in observe mode, alone or with the whole module, sends nothing", () => {
    expect(judge(undefined, {}, { observe: true }).verdict.outcome).toBe("observed");
    expect(judge(undefined, {}, {}, { observe: true }).verdict.outcome).toBe("observed");
  });

  test("in observe mode still counts what an exception would have swallowed as such", () => {
    expect(judge({ user: "operator" }, {}, { observe: true }).verdict.outcome).toBe("excepted");
  });
});

test.each([
  ["/opt/*", "/opt/a", true],
  ["/opt/*", "/opts", false],
  ["*.sh", "x.sh", true],
  ["*.sh", "x.sh ", false],
  ["*a*", "bab", true],
  ["*a*", "bbb", false],
  ["a.c", "abc", false],
])("the pattern %s on %s: %s", (pattern, value, expected) => {
  expect(matchesPattern(pattern, value)).toBe(expected);
});
