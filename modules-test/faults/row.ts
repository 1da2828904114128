/** One row of the fault matrix. */
import type { Need } from "../rig/host/needs.ts";
import type { Rig, RigOptions } from "../rig/rig.ts";
import type { JsonObject } from "../rig/twin.ts";
import type { Ledger } from "./ledger.ts";
import type { LogHost } from "./log-host.ts";
import type { Patient, PatientOptions } from "./patient.ts";
import type { Chance } from "./random.ts";

/** Where a fault happens: device, hub, module, and deeds that go on all the time. */
export interface Scene {
  readonly rig: Rig;
  readonly host: LogHost;
  readonly module: Patient;
  readonly ledger: Ledger;
  readonly chance: Chance;
  /** The short half: see `seconds`. */
  readonly quick: boolean;
  /** Of `--minutes`, for the rows that take as long as one likes. */
  readonly minutes: number;
  /** Waits `full` seconds, or `quick` in the quick half. */
  seconds(full: number, quick?: number): Promise<void>;
  /** Stops the steady deeds for a moment and goes on with them. */
  pause(): void;
  resume(): void;
  /** A remark for the table's end, e.g. what was measured beside the count. */
  note(text: string): void;
  /** Something that must hold in this row beside the count; a row with a broken one fails. */
  demand(holds: boolean, text: string): void;
  /** To be run at the end of the row, last one first. */
  cleanUp(act: () => void | Promise<void>): void;
}

export interface Row {
  readonly name: string;
  /** Also in the quick half. */
  readonly quick?: boolean;
  readonly needs?: readonly (Need | "faketime")[];
  /** "host": takes a part of it that belongs to one suite at a time; "processor": would slow down every other row. */
  readonly alone?: "host" | "processor";
  readonly rig?: RigOptions;
  /** Made before the module starts, e.g. a small file system for its data. */
  patient?(scene: Omit<Scene, "module">): Partial<PatientOptions> | Promise<Partial<PatientOptions>>;
  readonly desired?: JsonObject;
  /** Deeds a second; default 4, in turn a login and a command. 0: the row does its own. */
  readonly rate?: number;
  /** Replaces the deeds: does one, named by the ledger. */
  deed?(scene: Scene, turn: number): void | Promise<void>;
  /** Sources awaited before the fault; default audit-log and auth-log. */
  readonly awaited?: readonly string[];
  /** Does the fault, with the deeds going on. When it settles, the fault is over. */
  inflict(scene: Scene): Promise<void>;
  /** The exit code is not judged: with time that passes too fast, the seconds for an orderly end are none. */
  readonly anyEnd?: boolean;
  /** How long all that was done may take to arrive after the fault, s; default 120. */
  readonly patience?: number;
}
