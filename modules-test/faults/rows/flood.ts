/** More comes than can be judged: memory stays bounded, what is skipped is counted and told once, and it ends. */
import { appendFileSync, readFileSync, rmSync, statSync } from "node:fs";
import { get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { LogHost } from "../log-host.ts";
import type { Row, Scene } from "../row.ts";
import { paper } from "./engine.ts";

const mebibyte = 1 << 20;
/** Of the module's resident memory, whatever comes; the image's own limit is above it. */
const mostMemory = 256 * mebibyte;
/** auditd.conf(5): max_log_file and num_logs as Debian ships them. */
const rotateAt = 8 * mebibyte;

/** Executions of one program, ready to be written again and again with new times and serials. */
class Flood {
  readonly #block: Buffer;
  readonly #stamps: number[] = [];
  readonly #size: number;
  #serial = 100_000_000;

  constructor(host: LogHost, size: number) {
    this.#size = size;
    const records = host
      .execution("/usr/bin/true", "true")
      .join("")
      .replaceAll(/audit\([\d.]+:\d+\)/g, "audit(0000000000.000:000000000)");
    const text = records.repeat(size);
    this.#block = Buffer.from(text);
    for (let at = text.indexOf("audit("); at >= 0; at = text.indexOf("audit(", at + 1)) this.#stamps.push(at + 6);
  }

  /** The block with the present time; every execution has the next serial. */
  next(): Buffer {
    const at = Date.now();
    const time = `${Math.floor(at / 1000)}.${String(at % 1000).padStart(3, "0")}:`;
    const each = this.#stamps.length / this.#size;
    for (const [i, offset] of this.#stamps.entries()) {
      this.#block.write(time + String(this.#serial + Math.floor(i / each)), offset, "latin1");
    }
    this.#serial += this.#size;
    return this.#block;
  }
}

/** `perSecond` executions for `seconds`; returns how many were written and in how many seconds. */
async function flood(scene: Scene, perSecond: number, seconds: number, afterEach: () => void) {
  const slices = 20;
  const stream = new Flood(scene.host, perSecond / slices);
  const began = performance.now();
  for (let slice = 1; slice <= seconds * slices; slice++) {
    appendFileSync(scene.host.path("audit"), stream.next());
    afterEach();
    await sleep(Math.max(1, began + (slice * 1000) / slices - performance.now()));
  }
  return { written: perSecond * seconds, took: (performance.now() - began) / 1000 };
}

async function tell(scene: Scene, { written, took }: { written: number; took: number }): Promise<void> {
  const memory = scene.module.peak;
  scene.note(`${written} execs in ${took.toFixed(0)} s, VmHWM ${Math.round(memory / mebibyte)} MiB`);
  scene.demand(memory < mostMemory, `VmHWM ${memory} is above ${mostMemory}`);
}

/** Every value of a metric, by its labels; undefined when it is not served. */
async function metric(port: number, name: string): Promise<number | undefined> {
  const text = await new Promise<string>((settle) => {
    get({ host: "127.0.0.1", port, path: "/metrics" }, (response) => {
      let body = "";
      response.on("data", (chunk) => {
        body += chunk;
      });
      response.on("end", () => settle(body));
    }).on("error", () => settle(""));
  });
  const lines = text
    .split("\n")
    .filter((line) => line.startsWith(`vedette_${name}{`) || line.startsWith(`vedette_${name} `));
  return lines.length === 0 ? undefined : lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

const auditPort = 19_611;
const churnPort = 19_612;
const served = (port: number) => ({
  repeats: { windowMinutes: 60 },
  web: { metrics: true, port, bind: "127.0.0.1" },
});

export const floodRows: readonly Row[] = [
  {
    name: "audit flood, 50,000 execs/s for 30 s",
    alone: "processor",
    patience: 300,
    async inflict(scene) {
      await tell(scene, await flood(scene, 50_000, scene.quick ? 3 : 30, () => undefined));
    },
  },
  {
    // auditd throws the oldest file away; what was in it is lost, and only that: so deeds are logins here.
    name: "audit flood, rotated away before it is read",
    alone: "processor",
    patience: 300,
    desired: served(auditPort),
    rate: 2,
    deed: ({ host, ledger }) => host.logIn(ledger.name()),
    async inflict(scene) {
      const { host, ledger, demand, note, module } = scene;
      const path = host.path("audit");
      const rotate = () => {
        if (statSync(path).size < rotateAt) return;
        // num_logs = 5: with the present one.
        rmSync(`${path}.4`, { force: true });
        host.rotate("audit");
      };
      const done = await flood(scene, 50_000, scene.quick ? 3 : 30, rotate);
      await tell(scene, done);
      // It has recovered when a new deed in the flooded log arrives.
      const last = ledger.name();
      host.deleteUser(last);
      for (let i = 0; i < 600 && ledger.missing().includes(last); i++) await sleep(100);
      demand(!ledger.missing().includes(last), "the flooded log is followed again");
      await sleep(1_000);
      const alerts = ledger.others.get("coverage-lost") ?? 0;
      const lost = (await metric(auditPort, "coverage_lost_total")) ?? 0;
      note(`${lost} events counted as lost, ${alerts} coverage-lost`);
      demand(alerts === 1, `one coverage-lost alert, not ${alerts}`);
      demand(lost > 1, `the metric counts what was lost: ${lost}`);
      demand(lost <= done.written * 1.01, `no more is counted as lost than was written: ${lost}`);
      demand(readFileSync(`/proc/${module.pid}/status`).length > 0, "the module lives");
    },
  },
  {
    name: "container churn, 100 starts/s",
    alone: "processor",
    patience: 180,
    patient: paper.patient,
    awaited: ["docker-events", "audit-log", "auth-log"],
    desired: { ...served(churnPort), limits: { perMinute: 600, perDay: 100_000 } },
    async inflict(scene) {
      const { note, demand, module, ledger } = scene;
      const engine = paper.of(scene);
      const seconds = scene.quick ? 3 : 30;
      const began = performance.now();
      for (let n = 0; n < seconds * 100; n++) {
        // Half of them are gone before anybody can ask.
        engine.run(`churn${n % 50}`, n % 2 === 0 ? 5 : 2_000);
        await sleep(Math.max(0, began + (n + 1) * 10 - performance.now()));
      }
      await sleep(12_000);
      const lost = (await metric(churnPort, "coverage_lost_total")) ?? 0;
      const alerts = ledger.others.get("coverage-lost") ?? 0;
      note(
        `${seconds * 100} starts, VmHWM ${Math.round(module.peak / mebibyte)} MiB, ${lost} counted as lost, ${alerts} coverage-lost`,
      );
      demand(module.peak < mostMemory, `VmHWM ${module.peak} is above ${mostMemory}`);
      demand(lost === 0 || alerts === 1, `one coverage-lost alert, not ${alerts}`);
      // By itself: a container that starts now is seen.
      engine.run(ledger.name("box"), 30_000);
    },
  },
];
