/** One opening of the audit netlink: from the registration to its end. */
import { machine } from "node:os";
import type { Subscriber } from "rxjs";
import type { Fact } from "../../events/fact.ts";
import { type HostRoot, SourceAbsent } from "../../ports.ts";
import { HEADER_BYTES, message } from "./abi.ts";
import { machineOf } from "./architecture.ts";
import { auditdStarting } from "./auditd-start.ts";
import { BATCH, BatchReader } from "./batch-reader.ts";
import { AuditControl } from "./control.ts";
import { FactsOfRecords } from "./facts-of-records.ts";
import { HostPaths } from "./host-paths.ts";
import { Losses } from "./losses.ts";
import { ownRules } from "./own-rules.ts";
import { refuseToBegin } from "./precondition.ts";
import { Readiness } from "./readiness.ts";
import { SYSCALL } from "./record-lines.ts";
import { absence } from "./refusals.ts";
import { ruleLines } from "./rule-lines.ts";
import type { SavedState } from "./saved-state.ts";
import { AuditSocket } from "./socket.ts";
import { Tenure } from "./tenure.ts";

export interface SessionOptions {
  readonly hostRoot: HostRoot;
  readonly receiveBuffer?: number;
  readonly now?: () => number;
}

/** What is known from one opening to the next. */
export interface Remembered {
  openedBefore: boolean;
  /** Room is made for an audit daemon until then, epoch ms. */
  roomUntil: number;
  roomFor: string;
}

/** Below are answers and commands (AUDIT_FIRST_USER_MSG, include/uapi/linux/audit.h). */
const FIRST_RECORD = 1_100;
const SOURCE = "audit-netlink";
/** Some 8,000 records; without CAP_NET_ADMIN the host's `rmem_max` (208 KiB by default), with the backlog behind it. */
const RECEIVE_BUFFER = 8 * 1024 * 1024;
/** Batches before others may run. */
const MAX_BATCHES = 8;
const CHECK_MS = 5_000;
/** Directories that appear, and rules that others took out with theirs (`auditctl -D`). */
const RULES_EVERY = 12;
/** For records that the kernel still has to send when the rules are gone. */
const DRAIN_MS = 2;
const MAX_DRAINED = 2_048;
/** An audit daemon that was refused because of us is started again by systemd or by hand within this time. */
const ROOM_MS = 60_000;
/** How long a gap stays in the source's reason. */
const GAP_TOLD_MS = 3_600_000;

export class Session {
  readonly #options: SessionOptions;
  readonly #remembered: Remembered;
  readonly #subscriber: Subscriber<Fact>;
  readonly #now: () => number;
  readonly #facts: FactsOfRecords;
  readonly #losses = new Losses();
  readonly #paths: HostPaths;
  #control: AuditControl | undefined;
  #socket: AuditSocket | undefined;
  #reader: BatchReader | undefined;
  #readiness: Readiness | undefined;
  #tenure: Tenure | undefined;
  #timer: NodeJS.Timeout | undefined;
  #checks = 0;
  #stopped = false;
  #told = "";
  #gap = "";
  #gapUntil = 0;

  constructor(options: SessionOptions, remembered: Remembered, subscriber: Subscriber<Fact>) {
    this.#options = options;
    this.#remembered = remembered;
    this.#subscriber = subscriber;
    this.#now = options.now ?? Date.now;
    this.#facts = new FactsOfRecords((fact) => subscriber.next(fact));
    this.#paths = new HostPaths(options.hostRoot);
  }

  /** @throws SourceAbsent, Refused, NoForeignCalls; `stop` then takes back what was done */
  start(saved: SavedState | undefined): void {
    const { roomUntil, roomFor } = this.#remembered;
    if (this.#now() < roomUntil) {
      throw new SourceAbsent(`room is made for ${roomFor}`, "start auditd again within a minute, or wait until then");
    }
    this.#control = new AuditControl();
    const before = this.#control.status();
    refuseToBegin(before);
    this.#socket = new AuditSocket();
    this.#socket.receiveBuffer(this.#options.receiveBuffer ?? RECEIVE_BUFFER);
    this.#reader = new BatchReader(this.#socket);
    this.#tenure = new Tenure(this.#control, this.#socket, before, saved?.found);
    process.once("exit", this.#onExit);
    this.#losses.begin(before.lost);
    this.#rememberGap(saved);
    this.#loadRules();
    this.#advance();
    this.#readiness = new Readiness(this.#socket.fd);
    this.#timer = setInterval(() => this.#guarded(() => this.#check()), CHECK_MS).unref();
    this.#guarded(this.#ready);
  }

  /** Takes back what was set on the host. Synchronous, and harmless when repeated. */
  stop(how: "restore" | "hand over"): void {
    if (this.#stopped) return;
    this.#stopped = true;
    process.off("exit", this.#onExit);
    clearInterval(this.#timer);
    this.#tenure?.end(how, this.#drain);
    this.#facts.close();
    this.#control?.close();
    const close = () => this.#socket?.close();
    if (this.#readiness) this.#readiness.close(close);
    else close();
  }

  readonly #onExit = (): void => this.stop("restore");

  /** What fails here fails the stream. */
  #guarded(act: () => void): void {
    if (this.#stopped) return;
    try {
      act();
    } catch (error) {
      this.#fail(error, "restore");
    }
  }

  #fail(error: unknown, how: "restore" | "hand over"): void {
    this.stop(how);
    this.#subscriber.error(absence(error));
  }

  readonly #ready = (): void => {
    let full = true;
    for (let i = 0; full && i < MAX_BATCHES && !this.#stopped; i++) {
      full = (this.#reader as BatchReader).read(this.#take) === BATCH;
    }
    this.#facts.give();
    if (this.#stopped) return;
    if (full) setImmediate(() => this.#guarded(this.#ready));
    else this.#readiness?.wait(() => this.#guarded(this.#ready));
  };

  readonly #take = (datagram: Buffer): void => {
    if (this.#stopped || datagram.length < HEADER_BYTES) return;
    const type = datagram.readUInt16LE(4);
    if (type === message.replace) this.#makeRoom(datagram);
    if (type === message.replace || type < FIRST_RECORD) return;
    this.#losses.saw(datagram);
    this.#facts.add(datagram);
    const daemon = type === SYSCALL ? auditdStarting(datagram) : undefined;
    if (daemon === undefined) return;
    const reason = `auditd starts (process ${daemon})`;
    this.#fail(new SourceAbsent(reason, "none: audit-log reads what auditd writes"), "hand over");
  };

  /** The kernel asks for another process whether we are alive, and has refused it by now. */
  #makeRoom(datagram: Buffer): void {
    const pid = datagram.length >= HEADER_BYTES + 4 ? datagram.readUInt32LE(HEADER_BYTES) : 0;
    this.#remembered.roomUntil = this.#now() + ROOM_MS;
    this.#remembered.roomFor = `an audit daemon (process ${pid}) that the kernel refused because of Vedette`;
    const reason = `room is made for ${this.#remembered.roomFor}`;
    this.#fail(new SourceAbsent(reason, "start auditd again"), "hand over");
  }

  readonly #drain = (): void => {
    this.#socket?.waitAtMost(DRAIN_MS);
    for (let i = 0; i < MAX_DRAINED; i++) {
      const datagram = this.#socket?.receive();
      if (!datagram) break;
      this.#facts.add(datagram);
    }
  };

  #check(): void {
    const status = (this.#control as AuditControl).status();
    if (status.pid !== process.pid) {
      const by = status.pid === 0 ? "" : ` by process ${status.pid}`;
      throw new SourceAbsent(`the kernel's audit was taken away${by}`, "none: it is tried again in seconds");
    }
    if (status.enabled === 0) this.#control?.set({ enabled: 1 });
    const lost = this.#losses.since(status.lost, (this.#reader as BatchReader).overruns);
    if (lost) this.#subscriber.next({ kind: "coverage.lost", at: this.#now(), source: SOURCE, ...lost });
    this.#checks += 1;
    if (this.#checks % RULES_EVERY === 0) this.#loadRules();
    this.#advance();
  }

  #loadRules(): void {
    const numbers = machineOf(machine());
    if (!numbers) throw new SourceAbsent(`system call numbers of ${machine()} are not known`, "install auditd");
    const { loadable, unreachable } = ownRules(ruleLines, numbers, this.#paths);
    const { added, removed } = (this.#tenure as Tenure).reconcile(loadable);
    this.#facts.expectOwnChanges(added, removed);
    this.#report(unreachable);
  }

  #report(unreachable: readonly string[]): void {
    const gap = this.#now() < this.#gapUntil ? this.#gap : "";
    const unseen = unreachable.length > 0 ? `not watched, for they cannot be reached: ${unreachable.join(", ")}` : "";
    const reason = [gap, unseen].filter((text) => text !== "").join("; ");
    if (reason === this.#told && this.#checks > 0) return;
    this.#told = reason;
    this.#subscriber.next({
      kind: "source.reported",
      at: this.#now(),
      source: SOURCE,
      state: unseen ? "degraded" : "live",
      reason,
      ...(unseen && { remedy: "add CapAdd SYS_PTRACE and PidMode host, or bind these paths below the host root" }),
    });
  }

  #rememberGap(saved: SavedState | undefined): void {
    if (!this.#remembered.openedBefore && saved) {
      const [from, to] = [saved.at, this.#now()].map((at) => new Date(at).toISOString().slice(0, 19));
      this.#gap = `what happened between ${from}Z and ${to}Z, while Vedette was not running, was not recorded`;
      this.#gapUntil = this.#now() + GAP_TOLD_MS;
    }
    this.#remembered.openedBefore = true;
  }

  #advance(): void {
    const { found } = this.#tenure as Tenure;
    const at = this.#now();
    this.#subscriber.next({ kind: "source.advanced", at, source: SOURCE, position: { found, at } });
  }
}
