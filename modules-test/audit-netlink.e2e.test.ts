/** The kernel's audit without auditd, on the real kernel: taken, kept quiet, given back, and left to auditd. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { CoverageLost, Fact } from "../src/events/fact.ts";
import { auditNetlink } from "../src/streams/audit-netlink.ts";
import { openHostRoot } from "../src/streams/host-root.ts";
import { startAuditd } from "./rig/host/auditd.ts";
import { eventually, runChild } from "./rig/host/child.ts";
import { lockHost } from "./rig/host/host-lock.ts";
import { bundle, type Module, type ModuleOptions, startModule } from "./rig/host/module.ts";
import { lackingAny, strict } from "./rig/host/needs.ts";

const unmet = lackingAny(["root", "audit"]);
const projectRules = resolve(import.meta.dirname, "../etc/audit/30-vedette.rules");
const desired = { limits: { perMinute: 600, perDay: 100_000 }, repeats: { windowMinutes: 1 } };

/** Without the counters, which only grow. */
async function hostState(): Promise<string> {
  const text = await runChild("auditctl", ["-s"]);
  return text.replace(/^(?:lost|backlog|backlog_wait_time_actual) \d+\n/gm, "");
}

async function rules(): Promise<string[]> {
  const text = await runChild("auditctl", ["-l"]);
  return text.includes("No rules") ? [] : text.trim().split("\n").sort();
}

async function ownRules(): Promise<string[]> {
  return (await rules()).filter((rule) => / -k vedette$| key=vedette$/.test(rule));
}

async function daemon(): Promise<number> {
  return Number(/^pid (\d+)/m.exec(await hostState())?.[1]);
}

/** Audit records in the kernel's log. */
async function printed(): Promise<number> {
  return (await runChild("dmesg", [])).split("\n").filter((line) => /audit: type=1[0-9]{3} /.test(line)).length;
}

/** Runs a program whose name makes an alert, with a word that tells this deed from others. */
async function mine(word: string, program = "xmrig"): Promise<void> {
  await runChild("bash", ["-c", `exec -a /tmp/${word}/${program} sleep 0.1`]);
}

function alertsOf(module: Module, word: string): number {
  return module.findings.filter((f) => f.alert === "crypto-miner-process" && JSON.stringify(f.evidences).includes(word))
    .length;
}

describe.skipIf(unmet !== undefined && !strict)(`audit without auditd${unmet ? ` (${unmet})` : ""}`, () => {
  const stops: (() => Promise<unknown>)[] = [];
  let before: string;
  /** What a container that was killed has left, and only a path of its own could take out. */
  let left: string[];

  let lock: { stop(): Promise<void> } | undefined;

  beforeAll(async () => {
    if (unmet) throw new Error(`skips are forbidden: ${unmet}`);
    lock = await lockHost(600_000);
  }, 620_000);

  afterAll(async () => {
    await lock?.stop();
  });

  beforeEach(async () => {
    await eventually("no audit daemon runs", async () => (await daemon()) === 0, 60_000);
    await runChild("auditctl", ["-D"], { tolerant: true });
    before = await hostState();
    left = await rules();
  });

  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });

  async function start(options: ModuleOptions = {}): Promise<Module> {
    const module = await startModule({ desired, awaited: ["audit-netlink"], ...options });
    stops.push(() => module.stop());
    return module;
  }

  const says = (module: Module, text: string | RegExp, within = 15_000) =>
    eventually(`the module says ${text}`, () => module.output.match(text) !== null, within).catch((error) => {
      throw new Error(`${error.message}\n${module.output.slice(-3_000)}`);
    });

  test("is live at once, sees deeds, prints nothing to the kernel log, and leaves the host as it was", async () => {
    // The same rules as auditctl loads them, with their one key.
    const directory = mkdtempSync(join(tmpdir(), "rules-"));
    stops.push(async () => rmSync(directory, { recursive: true }));
    const file = join(directory, "rules");
    writeFileSync(file, readFileSync(projectRules, "utf8").replace(/-k vedette-\w+/g, "-k vedette"), { mode: 0o640 });
    await runChild("auditctl", ["-R", file], { tolerant: true });
    const byAuditctl = await rules();
    await runChild("auditctl", ["-D"]);
    expect(byAuditctl.length).toBeGreaterThan(60);
    const printedBefore = await printed();

    const module = await start();
    expect(await daemon()).toBe(module.pid);
    expect(module.output).toContain("audit-netlink: live");
    expect(await rules()).toEqual(byAuditctl);
    const running = await hostState();
    expect(running).toMatch(/^enabled 1$/m);
    expect(running).toMatch(/^backlog_wait_time 0$/m);

    await mine("first-deed");
    const found = await module.next("crypto-miner-process", (f) => JSON.stringify(f.evidences).includes("first-deed"));
    expect(found.at - found.time).toBeLessThan(5_000);
    expect(module.output).toMatch(/processes: live, resting: audit-netlink tells more/);

    await module.restart(async () => {
      expect(await hostState()).toBe(before);
      expect(await rules()).toEqual(left);
    });
    await says(module, /audit-netlink: live, what happened between .*Z and .*Z, while Vedette was not running/);
    // The kernel's own word on the registration may be printed, and nothing that the rules record.
    expect((await printed()) - printedBefore).toBeLessThan(8);
  });

  test("gives way to auditd, without a second alert, and comes back", async () => {
    const module = await start();
    // A module that has just started is busy; the test after this one does not wait.
    await sleep(5_000);
    const auditd = await startAuditd();
    stops.push(() => auditd.stop());
    expect(auditd.own).toBe(true);
    expect(await daemon()).toBe(auditd.pid);
    await says(module, /audit-netlink: absent, auditd/);
    await eventually("its rules are gone", async () => (await ownRules()).length === left.length, 15_000);
    await says(module, /audit-log: (?:live|degraded)/);
    await mine("second-deed");
    await module.next("crypto-miner-process", (f) => JSON.stringify(f.evidences).includes("second-deed"));
    await sleep(1_000);
    expect(alertsOf(module, "second-deed")).toBe(1);
    expect(module.findings.filter(({ alert }) => alert === "auditd-disabled")).toEqual([]);

    await auditd.stop();
    await eventually("Vedette is the daemon again", async () => (await daemon()) === module.pid, 75_000);
    await mine("third-deed", "minerd");
    await module.next("crypto-miner-process", (f) => JSON.stringify(f.evidences).includes("third-deed"));
  });

  test("lets auditd in at every start, at the latest when it is started again", { timeout: 300_000 }, async () => {
    const module = await start();
    for (let i = 0; i < 3; i++) {
      const auditd = await startAuditd();
      await auditd.stop();
      await eventually("Vedette is the daemon again", async () => (await daemon()) === module.pid, 75_000);
    }
  });

  test("cleans up after a predecessor that was killed, and puts back what that one found", async () => {
    const module = await start();
    // The state is stored every ten seconds.
    await eventually(
      "what was found is stored",
      () => readFileSync(join(module.dataDirectory, "state.json"), "utf8").includes("audit-netlink"),
      20_000,
    );
    process.kill(module.pid, "SIGKILL");
    await module.restart(async () => expect((await rules()).length).toBeGreaterThan(60));
    const loaded = await rules();
    expect(new Set(loaded).size).toBe(loaded.length);
    expect(await daemon()).toBe(module.pid);
    await module.restart(async () => {
      expect(await hostState()).toBe(before);
      expect(await rules()).toEqual(left);
    });
  });

  test("loads again what another takes out, within a minute", async () => {
    const module = await start({ desired: { ...desired, alerts: { "auditd-disabled": { reloadSeconds: 1 } } } });
    const loaded = await rules();
    await runChild("auditctl", ["-D"]);
    await module.next("auditd-disabled");
    await eventually("the rules are back", async () => (await rules()).length === loaded.length, 70_000);
  });

  test("tells how much it lost when it could not read in time", async () => {
    const facts: Fact[] = [];
    const stream = auditNetlink({ hostRoot: openHostRoot("/"), receiveBuffer: 2_048 });
    const subscription = stream.open().subscribe((fact) => facts.push(fact));
    stops.push(async () => subscription.unsubscribe());
    // Four records each: more than the kernel's backlog and the retries behind it hold.
    const connect = "socket(my $s, PF_INET, SOCK_DGRAM, 0); connect($s, pack_sockaddr_in(9, INADDR_LOOPBACK))";
    spawn("perl", ["-MSocket", "-e", `for (1..20000) { ${connect} }`], { stdio: "ignore" });
    // As a process that is stopped: nothing is read while the kernel's patience ends.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5_000);
    const lost = await eventually(
      "a loss is told",
      () => facts.find((fact): fact is CoverageLost => fact.kind === "coverage.lost"),
      15_000,
    );
    expect(lost).toMatchObject({ source: "audit-netlink", reason: expect.stringMatching(/ENOBUFS|backlog/) });
    expect(lost.lost).toBeGreaterThan(100);
  });

  test("says which right is missing, and polls /proc instead", async () => {
    const module = await startWithout("audit_control");
    await says(module, /audit-netlink: absent, no right to the kernel's audit: CAP_AUDIT_CONTROL is missing/);
    await says(module, /add CapAdd AUDIT_CONTROL/);
    await says(module, /processes: degraded/);
    expect(await hostState()).toBe(before);
  });

  /** The bundle as a child that may never have the capability. */
  async function startWithout(capability: string): Promise<{ readonly output: string } & Module> {
    const data = mkdtempSync(join(tmpdir(), "vedette-data-"));
    const drop = [`--bounding-set=-${capability}`, `--inh-caps=-${capability}`];
    const child = spawn("setpriv", [...drop, process.execPath, bundle, "run", "--data", data], {
      env: { PATH: process.env.PATH, DOCKER_HOST: "unix:///nowhere.sock" },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
    stops.push(async () => {
      child.kill("SIGTERM");
      await new Promise((ended) => child.once("exit", ended));
      rmSync(data, { recursive: true, force: true });
    });
    return {
      get output() {
        return output;
      },
    } as { readonly output: string } & Module;
  }
});
