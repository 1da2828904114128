/**
 * Programs that one shell starts together. A person's prompt never logs its line; what is left of `curl u | sh` are two
 * children of one parent within a moment.
 */
import type { ProcessStarted } from "../../events/fact.ts";
import { BoundedMap } from "../../operators/bounded.ts";
import { type Command, commandLine } from "./command.ts";

export interface Sibling {
  readonly at: number;
  readonly command: Command;
  readonly started: ProcessStarted;
}

/** Children kept for one parent, and parents kept; the oldest leave first. */
const PER_PARENT = 16;
const PARENTS = 512;

export class Siblings {
  readonly #byParent = new BoundedMap<number, Sibling[]>(PARENTS);
  readonly #windowMs: number;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Adds a start and answers all children of its parent within the window, itself last. */
  add(started: ProcessStarted): readonly Sibling[] {
    const { ppid } = started.process;
    const command = commandLine(started.process).commands[0];
    if (ppid <= 1 || !command) return [];
    const before = this.#byParent.get(ppid) ?? [];
    const kept = before.filter(({ at }) => Math.abs(started.at - at) <= this.#windowMs).slice(1 - PER_PARENT);
    kept.push({ at: started.at, command, started });
    this.#byParent.set(ppid, kept);
    return kept;
  }
}
