/** Runs one row: scene, deeds, fault, and the count after everything had time to arrive. */
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../rig/host/child.ts";
import { lacking, type Need } from "../rig/host/needs.ts";
import { startRig } from "../rig/rig.ts";
import type { JsonObject } from "../rig/twin.ts";
import { type Count, Ledger } from "./ledger.ts";
import { LogHost } from "./log-host.ts";
import { fakeClock, Patient } from "./patient.ts";
import { chance } from "./random.ts";
import type { Row, Scene } from "./row.ts";

export interface RunOptions {
  readonly quick: boolean;
  readonly minutes: number;
  readonly seed: number;
}

export interface Outcome {
  readonly name: string;
  readonly count: Count;
  /** From the fault's end to the arrival of everything done before it. */
  readonly recoverySeconds: number;
  readonly notes: readonly string[];
  /** Why the row failed; empty when it did not. */
  readonly faults: readonly string[];
  /** Why it could not be run here. */
  readonly skipped?: string;
}

const nothing: Count = { deeds: 0, arrived: 0, lost: 0, duplicated: 0, retold: 0 };

/** Each deed is one message: nothing is folded, and the limits are as wide as the twin allows. */
const desired = {
  limits: { perMinute: 600, perDay: 100_000 },
  repeats: { windowMinutes: 1 },
  heartbeat: { intervalMinutes: 0 },
  web: { metrics: false },
  // In reach of the whole limit, and of the same queue as the logins.
  alerts: { "local-user-deleted": { severity: "high" } },
} as const satisfies JsonObject;

/** Never rejects: what goes wrong is in the outcome. */
export async function runRow(row: Row, options: RunOptions): Promise<Outcome> {
  const lack = row.needs?.map(lackOf).find((reason) => reason !== undefined);
  if (lack) return notRun(row.name, lack);
  const running = new Running(row, options);
  try {
    return await running.run();
  } catch (error) {
    return running.failed(error);
  } finally {
    await running.close();
  }
}

/** A row that could not be run here. */
export function notRun(name: string, skipped: string): Outcome {
  return { name, count: nothing, recoverySeconds: 0, notes: [], faults: [], skipped };
}

function lackOf(need: Need | "faketime"): string | undefined {
  if (need !== "faketime") return lacking(need);
  return fakeClock() ? undefined : "the package faketime is not installed";
}

class Running {
  readonly #row: Row;
  readonly #options: RunOptions;
  readonly #notes: string[] = [];
  readonly #faults: string[] = [];
  readonly #undo: (() => void | Promise<void>)[] = [];
  #scene: Scene | undefined;
  #deeds: Promise<void> | undefined;
  #paused = false;
  #ended = false;

  constructor(row: Row, options: RunOptions) {
    this.#row = row;
    this.#options = options;
  }

  async run(): Promise<Outcome> {
    const scene = await this.#prepare();
    const { module, ledger } = scene;
    this.#deeds = this.#row.rate === 0 ? undefined : this.#doDeeds(scene);
    await sleep(1_000);
    await this.#row.inflict(scene);
    const healed = performance.now();
    // Deeds of the time after the fault must arrive too.
    await sleep(1_000);
    this.#ended = true;
    await this.#deeds;
    const patience = (this.#row.patience ?? 120) * 1000;
    await eventually("arrival", () => ledger.missing().length === 0, patience).catch(() => undefined);
    // A late duplicate under another id would come now.
    await sleep(500);
    const count = ledger.count();
    this.#judge(scene, count);
    await this.#stopWell(module);
    const recoverySeconds = Math.max(0, (ledger.lastAt - healed - 1_000) / 1000);
    return { name: this.#row.name, count, recoverySeconds, notes: this.#notes, faults: this.#faults };
  }

  failed(error: unknown): Outcome {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const output = this.#scene?.module.allOutput.slice(-3_000) ?? "";
    const count = this.#scene?.ledger.count() ?? nothing;
    return { name: this.#row.name, count, recoverySeconds: 0, notes: this.#notes, faults: [`${text}\n${output}`] };
  }

  async close(): Promise<void> {
    this.#ended = true;
    await this.#deeds?.catch(() => undefined);
    for (const undo of this.#undo.reverse()) await Promise.resolve(undo()).catch((error) => console.error(error));
  }

  async #prepare(): Promise<Scene> {
    const { quick, minutes, seed } = this.#options;
    const row = this.#row;
    const rig = await startRig(row.rig);
    this.#undo.push(() => rig.close());
    const twin = { ...desired, ...row.desired };
    rig.setDesired(twin);
    const host = new LogHost();
    this.#undo.push(() => host.remove());
    const ledger = new Ledger(rig.upstream);
    const stage = {
      rig,
      host,
      ledger,
      quick,
      minutes,
      chance: chance(seed),
      seconds: (full: number, short = full) => sleep((quick ? short : full) * 1000).then(() => undefined),
      pause: () => this.#pause(true),
      resume: () => this.#pause(false),
      note: (text: string) => void this.#notes.push(text),
      demand: (holds: boolean, text: string) => void (holds || this.#faults.push(text)),
      cleanUp: (act: () => void | Promise<void>) => void this.#undo.push(act),
    };
    const module = new Patient(rig, { hostRoot: host.root, desired: twin, ...(await row.patient?.(stage)) });
    this.#undo.push(() => module.close());
    this.#scene = { ...stage, module };
    await module.start();
    await module.sees(...(row.awaited ?? ["audit-log", "auth-log"]));
    await eventually("the twin is taken", () => "lastDesiredVersion" in rig.reported, 60_000);
    return this.#scene;
  }

  #pause(paused: boolean): void {
    this.#paused = paused;
  }

  async #doDeeds(scene: Scene): Promise<void> {
    const pace = 1000 / (this.#row.rate ?? 4);
    for (let turn = 0; !this.#ended; turn++) {
      if (!this.#paused) await (this.#row.deed ?? doDeed)(scene, turn);
      await sleep(pace);
    }
  }

  #judge({ ledger, module }: Scene, count: Count): void {
    if (count.deeds === 0) this.#faults.push("no deed was done");
    if (count.lost > 0) {
      this.#faults.push(`lost: ${ledger.missing().slice(0, 20).join(" ")}\n${module.allOutput.slice(-3_000)}`);
    }
    if (count.retold > 0) this.#faults.push(`${count.retold} deeds were told under more than one id`);
    for (const alert of ["alerts-held-back", "coverage-lost"]) {
      const told = ledger.others.get(alert);
      if (told && !this.#notes.some((note) => note.includes(alert))) this.#notes.push(`${told} ${alert}`);
    }
  }

  async #stopWell(module: Patient): Promise<void> {
    if (!module.running) this.#faults.push(`the module had ended by itself:\n${module.output.slice(-3_000)}`);
    const code = await module.stop();
    if (code !== 0 && !this.#row.anyEnd)
      this.#faults.push(`the module ended with ${code}:\n${module.output.slice(-2_000)}`);
  }
}

/** In turn a login and a command, so that both logs are read under every fault. */
function doDeed({ host, ledger }: Scene, turn: number): void {
  if (turn % 2 === 0) host.logIn(ledger.name());
  else host.deleteUser(ledger.name());
}
