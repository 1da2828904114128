/**
 * Taking our rules out while an audit daemon takes over: not before it is registered, for until then the kernel prints
 * what it has to say about each of them, nor while augenrules loads its rules, for its `auditctl -D` fails, and with it
 * the whole loading, when a rule goes between its look and its removal; on another thread, for each waits some 12 ms in the kernel. Whether auditing is on
 * is the daemon's word then; how long processes wait is the host's.
 */
import type { AuditControl } from "./control.ts";

/** A daemon registers within milliseconds of its start, on a slow board with a cold cache within a second or two. */
const ASK_EVERY_MS = 200;
const ASK_AT_MOST = 15;
/** augenrules runs right after the daemon is up; its -D takes ours too. */
const RULES_LOADED_MS = 6_000;

export class Clearing {
  readonly #control: AuditControl;
  readonly #rules: readonly Buffer[];
  readonly #putBack: () => void;
  #asked = 0;
  #registeredAt: number | undefined;
  #state: "waiting" | "removing" | "done" = "waiting";
  #timer: NodeJS.Timeout;

  /** Owns the control from now on. `putBack` sets what the host had; called once, unless cancelled. */
  constructor(control: AuditControl, rules: readonly Buffer[], putBack: () => void) {
    this.#control = control;
    this.#rules = rules;
    this.#putBack = putBack;
    this.#timer = setInterval(() => this.#ask(), ASK_EVERY_MS).unref();
    process.once("exit", this.#now);
  }

  get over(): boolean {
    return this.#state === "done";
  }

  /** True when all is as if it had never begun, or is over; false while rules are being taken out. */
  cancel(): boolean {
    if (this.#state === "waiting") this.#end();
    return this.#state === "done";
  }

  #ask(): void {
    this.#asked += 1;
    try {
      if (this.#control.status().pid !== 0) this.#registeredAt ??= performance.now();
      const until = this.#registeredAt === undefined ? undefined : this.#registeredAt + RULES_LOADED_MS;
      if (until === undefined ? this.#asked < ASK_AT_MOST : performance.now() < until) return;
    } catch {
      // Then it will not answer the next time either.
    }
    clearInterval(this.#timer);
    this.#state = "removing";
    this.#control.removeLater(this.#rules, () => {
      this.#putBack();
      this.#end();
    });
  }

  /** The process ends meanwhile. */
  readonly #now = (): void => {
    this.#control.remove(this.#rules);
    this.#putBack();
  };

  #end(): void {
    this.#state = "done";
    clearInterval(this.#timer);
    process.off("exit", this.#now);
    this.#control.close();
  }
}
