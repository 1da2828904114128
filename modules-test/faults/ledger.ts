/** What was done, what arrived at `$upstream`, and the difference. */
import type { Observable, Subscription } from "rxjs";
import type { UpstreamMessage } from "../rig/message.ts";

export interface Count {
  readonly deeds: number;
  /** Deeds of which at least one alert arrived. */
  readonly arrived: number;
  readonly lost: number;
  /** Deliveries of a message that had arrived before, by its id: at-least-once. */
  readonly duplicated: number;
  /** Deeds that were told under more than one id: a defect, nobody can recognise these. */
  readonly retold: number;
}

/** A deed's name stands in its alert as a whole word: a user, a container or a file is called so. */
const deedName = /\bdeed[a-z]{0,8}\d{1,9}\b/;

export class Ledger {
  readonly #done = new Map<string, number>();
  readonly #ids = new Set<string>();
  readonly #idsOfDeed = new Map<string, Set<string>>();
  readonly #ofModule = new Map<string, number>();
  readonly #subscription: Subscription;
  #duplicated = 0;
  #number = 0;
  #lastAt = 0;

  constructor(upstream: Observable<UpstreamMessage>) {
    this.#subscription = upstream.subscribe((message) => this.#take(message));
  }

  /** A name for the next deed. It counts as done from now on. */
  name(kind = ""): string {
    const name = `deed${kind}${++this.#number}`;
    this.#done.set(name, performance.now());
    return name;
  }

  /** The deed could not be done after all, e.g. because the daemon that does it is down. */
  undo(name: string): void {
    this.#done.delete(name);
  }

  missing(): readonly string[] {
    return [...this.#done.keys()].filter((name) => !this.#idsOfDeed.has(name));
  }

  /** `performance.now()` of the last first arrival of a deed. */
  get lastAt(): number {
    return this.#lastAt;
  }

  /** Messages about the module itself and about the host, by alert: what came beside the deeds. */
  get others(): ReadonlyMap<string, number> {
    return this.#ofModule;
  }

  count(): Count {
    const deeds = this.#done.size;
    const lost = this.missing().length;
    const retold = [...this.#idsOfDeed.values()].filter(({ size }) => size > 1).length;
    return { deeds, arrived: deeds - lost, lost, duplicated: this.#duplicated, retold };
  }

  close(): void {
    this.#subscription.unsubscribe();
  }

  #take({ id, output, body, properties }: UpstreamMessage): void {
    if (output !== "alerts") return;
    if (this.#ids.has(id)) {
      this.#duplicated++;
      return;
    }
    this.#ids.add(id);
    const deed = deedName.exec(String((JSON.parse(body) as { message?: unknown }).message))?.[0];
    if (deed === undefined || !this.#done.has(deed)) {
      const alert = properties.alertId ?? "?";
      this.#ofModule.set(alert, (this.#ofModule.get(alert) ?? 0) + 1);
      return;
    }
    const ids = this.#idsOfDeed.get(deed);
    if (ids) {
      // A closing count of a window of repeats is another message of the same finding.
      if (properties.activity !== "update") ids.add(id);
      return;
    }
    this.#idsOfDeed.set(deed, new Set([id]));
    this.#lastAt = performance.now();
  }
}
