/** The module under a fault: the built bundle as a process, which may be started, ended and killed at any moment. */
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Child, eventually, startChild } from "../rig/host/child.ts";
import { bundle } from "../rig/host/module.ts";
import type { Rig } from "../rig/rig.ts";
import type { JsonObject } from "../rig/twin.ts";

export interface PatientOptions {
  readonly hostRoot: string;
  /** Default: a new directory, removed at the end. */
  readonly dataDirectory?: string;
  readonly dockerHost?: string;
  /** The twin that it has before the hub tells it one. */
  readonly desired: JsonObject;
  /** Other than root. */
  readonly uid?: number;
  /** libfaketime: the clock may be moved; `rate`: also how fast all of its time passes. */
  readonly clock?: { readonly rate?: number };
  readonly env?: NodeJS.ProcessEnv;
}

/** Those of the image's ENTRYPOINT. */
const flags = ["--max-semi-space-size=1", "--max-old-space-size=96"];

/** Debian's package `faketime`, by multiarch directory. */
const fakeClocks = ["x86_64-linux-gnu", "aarch64-linux-gnu", "arm-linux-gnueabihf"].map(
  (triplet) => `/usr/lib/${triplet}/faketime/libfaketime.so.1`,
);

export function fakeClock(): string | undefined {
  return fakeClocks.find((path) => existsSync(path));
}

/** The workload socket is open to everyone on a real device (mode 0666), so that modules need not be root. */
function letIn(rig: Rig): void {
  const socket = (rig.environment.IOTEDGE_WORKLOADURI ?? "").replace("unix://", "");
  chmodSync(dirname(socket), 0o755);
  chmodSync(socket, 0o666);
}

export class Patient {
  readonly dataDirectory: string;
  readonly #rig: Rig;
  readonly #options: PatientOptions;
  readonly #own = mkdtempSync(join(tmpdir(), "patient-"));
  #child: Child | undefined;
  #earlier = "";
  #peak = 0;

  constructor(rig: Rig, options: PatientOptions) {
    this.#rig = rig;
    this.#options = options;
    this.dataDirectory = options.dataDirectory ?? join(this.#own, "data");
    if (options.uid !== undefined) {
      chownSync(this.#own, options.uid, options.uid);
      letIn(rig);
    }
    writeFileSync(this.#twinFile, JSON.stringify(options.desired), { mode: 0o644 });
    this.setClock(0);
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.ended === undefined;
  }

  /** The log of the present run. */
  get output(): string {
    return this.#child?.output ?? "";
  }

  /** The logs of all runs, the last 256 KiB. */
  get allOutput(): string {
    return this.#earlier + this.output;
  }

  /** Highest resident memory of any run, bytes (VmHWM of proc(5)). */
  get peak(): number {
    return Math.max(this.#peak, this.#highWater());
  }

  async start(): Promise<void> {
    const { hostRoot, dockerHost = "unix:///nowhere.sock", uid, env } = this.#options;
    this.#child = await startChild(
      process.execPath,
      [...flags, bundle, "run", "--data", this.dataDirectory, "--host-root", hostRoot, "--config", this.#twinFile],
      {
        env: {
          PATH: process.env.PATH,
          ...this.#rig.environment,
          RuntimeLogLevel: "info",
          DOCKER_HOST: dockerHost,
          ...this.#clockEnvironment(),
          ...env,
        },
        ...(uid !== undefined && { uid, gid: uid }),
      },
    );
  }

  /** Settles when the module says that it follows these sources. */
  async sees(...sources: readonly string[]): Promise<void> {
    for (const source of sources) {
      await eventually(
        `${source} sees`,
        () => {
          if (!this.running) throw new Error(`the module ended: ${this.output}`);
          return new RegExp(`${source}: (live|degraded)`).test(this.output);
        },
        60_000,
      ).catch((error) => Promise.reject(new Error(`${error.message}\n${this.output.slice(-4_000)}`)));
    }
  }

  /** SIGKILL. Settles when the process is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.ended !== undefined) return;
    this.#remember();
    process.kill(child.pid, "SIGKILL");
    await child.exit;
  }

  /** SIGTERM; the exit code or signal. */
  async stop(): Promise<number | string | undefined> {
    this.#remember();
    await this.#child?.stop(8_000);
    return this.#child?.ended;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Sets the module's clock this far from the real one, ms; it is followed within a moment. Needs `clock`. */
  setClock(offset: number): void {
    const sign = offset < 0 ? "-" : "+";
    const rate = this.#options.clock?.rate;
    const text = `${sign}${Math.abs(offset / 1000)}${rate === undefined ? "" : ` x${rate}`}\n`;
    writeFileSync(this.#clockFile, text, { mode: 0o644 });
  }

  async close(): Promise<void> {
    await this.#child?.stop(8_000);
    rmSync(this.#own, { recursive: true, force: true });
  }

  get #twinFile(): string {
    return join(this.#own, "twin.json");
  }

  get #clockFile(): string {
    return join(this.#own, "clock");
  }

  /** Of wall clocks alone, unless a rate is asked for; files keep their times, as they do when a clock is set. */
  #clockEnvironment(): NodeJS.ProcessEnv {
    const { clock } = this.#options;
    if (!clock) return {};
    return {
      LD_PRELOAD: fakeClock(),
      FAKETIME_TIMESTAMP_FILE: this.#clockFile,
      FAKETIME_CACHE_DURATION: "1",
      NO_FAKE_STAT: "1",
      ...(clock.rate === undefined && { FAKETIME_DONT_FAKE_MONOTONIC: "1", DONT_FAKE_MONOTONIC: "1" }),
    };
  }

  #remember(): void {
    this.#peak = this.peak;
    this.#earlier = (this.#earlier + this.output).slice(-262_144);
  }

  #highWater(): number {
    try {
      const status = readFileSync(`/proc/${this.#child?.pid}/status`, "utf8");
      return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
    } catch {
      return 0;
    }
  }
}
