/** One closed event -> its facts: each family of records has its own file. */
import type { Fact } from "../../events/fact.ts";
import { accountFact } from "./accounts.ts";
import { configFacts, daemonFact } from "./audit-changes.ts";
import type { AuditEvent } from "./event.ts";
import { Executions } from "./exec.ts";
import { Files } from "./files.ts";
import { Logins } from "./logins.ts";
import { powerFact, serviceFact } from "./machine.ts";
import { DoneCall } from "./process.ts";
import { kind } from "./record-type.ts";
import { signalFacts } from "./signals.ts";
import { Sockets } from "./sockets.ts";

export class Facts {
  readonly #executions = new Executions();
  readonly #files = new Files();
  readonly #sockets = new Sockets();
  readonly #logins = new Logins();

  of(event: AuditEvent, emit: (fact: Fact) => void): void {
    if (event.single) {
      const fact = this.#single(event, event.single.type.kind);
      if (fact) emit(fact);
      return;
    }
    if (event.config) {
      for (const fact of configFacts(event)) emit(fact);
      return;
    }
    if (event.call) this.#call(event, emit);
  }

  #call(event: AuditEvent, emit: (fact: Fact) => void): void {
    const { call, syscall } = event;
    if (!call || !syscall) return;
    const done = new DoneCall(event, call, syscall);
    if (call.action === "signal") {
      for (const fact of signalFacts(done)) emit(fact);
      return;
    }
    const fact = this.#one(done);
    if (fact) emit(fact);
  }

  #one(done: DoneCall): Fact | undefined {
    switch (done.call.action) {
      case "exec":
        return this.#executions.fact(done);
      case "connect":
      case "bind":
      case "listen":
        return this.#sockets.fact(done);
      default:
        return this.#files.fact(done);
    }
  }

  #single({ at, single }: AuditEvent, of: number): Fact | undefined {
    if (!single) return undefined;
    const { type, piece } = single;
    switch (of) {
      case kind.userAuth:
      case kind.userStart:
      case kind.userLogin:
        return this.#logins.fact(at, type.name, piece);
      case kind.account:
        return accountFact(at, type.name, piece);
      case kind.service:
        return serviceFact(at, type.name, piece);
      case kind.daemon:
        return daemonFact(at, type.name, piece);
      case kind.power:
        return powerFact(at, type.name, piece);
      default:
        return undefined;
    }
  }
}
