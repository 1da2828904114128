/** Datagrams -> facts, through the parser that reads auditd's log. */
import type { Fact } from "../../events/fact.ts";
import { AuditParser } from "../../parsers/audit/audit-parser.ts";
import { ownRuleKey } from "../../parsers/audit/own-rule-key.ts";
import { RecordLines } from "./record-lines.ts";

/** No further record of a complete event comes after this pause; nor of an incomplete one after the longer. */
const IDLE_MS = 50;
const GIVE_UP_MS = 1_000;

export class FactsOfRecords {
  readonly #parser = new AuditParser();
  readonly #lines = new RecordLines((lines) => this.#parser.push(lines, this.#emit));
  readonly #give: (fact: Fact) => void;
  #idle: NodeJS.Timeout | undefined;
  /** Changes of our own rules that the kernel has still to tell. */
  #own = { "rule-added": 0, "rule-removed": 0 };

  constructor(give: (fact: Fact) => void) {
    this.#give = give;
  }

  add(datagram: Buffer): void {
    this.#lines.add(datagram);
  }

  /** Parses what was added. */
  give(): void {
    this.#lines.give();
    if (this.#parser.settled === this.#parser.consumed) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#pause(false), IDLE_MS).unref();
  }

  /** The kernel tells of changes that we made ourselves; where no process stands beside them, they look like others'. */
  expectOwnChanges(added: number, removed: number): void {
    this.#own = { "rule-added": added, "rule-removed": removed };
  }

  close(): void {
    clearTimeout(this.#idle);
    this.#lines.give();
    this.#parser.flush(this.#emit);
  }

  #pause(all: boolean): void {
    this.#parser.flush(this.#emit, all);
    if (all || this.#parser.settled === this.#parser.consumed) return;
    this.#idle = setTimeout(() => this.#pause(true), GIVE_UP_MS - IDLE_MS).unref();
  }

  readonly #emit = (fact: Fact): void => {
    if (this.#isOwnChange(fact)) return;
    // The parser is that of the log.
    this.#give(fact.kind === "coverage.lost" ? { ...fact, source: "audit-netlink" } : fact);
  };

  #isOwnChange(fact: Fact): boolean {
    if (fact.kind !== "audit.changed" || fact.key !== ownRuleKey) return false;
    if (fact.change !== "rule-added" && fact.change !== "rule-removed") return false;
    if (fact.process && fact.process.pid !== process.pid) return false;
    if (this.#own[fact.change] <= 0) return false;
    this.#own[fact.change] -= 1;
    return true;
  }
}
