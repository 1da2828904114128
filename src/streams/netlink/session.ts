/** One opening of the audit netlink: from the registration to its end. */
import { machine } from "node:os";
import type { Subscriber } from "rxjs";
import type { Fact } from "../../events/fact.ts";
import { type HostRoot, SourceAbsent } from "../../ports.ts";
import { HEADER_BYTES, message } from "./abi.ts";
import { machineOf } from "./architecture.ts";
import { auditdStarting } from "./auditd-start.ts";
import type { Clearing } from "./clearing.ts";
import { AuditControl } from "./control.ts";
import { FactsOfRecords } from "./facts-of-records.ts";
import { HostPaths } from "./host-paths.ts";
import { Losses } from "./losses.ts";
import { ownRules } from "./own-rules.ts";
import { begin, type Parts } from "./parts.ts";
import { SYSCALL } from "./record-lines.ts";
import { absence } from "./refusals.ts";
import { ruleLines } from "./rule-lines.ts";
import type { SavedState } from "./saved-state.ts";
import { Sight } from "./sight.ts";

export interface SessionOptions {
  readonly hostRoot: HostRoot;
  readonly receiveBuffer?: number;
  readonly now?: () => number;
}

/** What is known from one opening to the next. */
export interface Remembered {
  /** A first attempt that finds auditd has missed nothing: audit-log reads what that one wrote. */
  openedBefore: boolean;
  /** Room is made for an audit daemon until then, epoch ms. */
  roomUntil: number;
  roomFor: string;
  /** Of the session before, which gave way. */
  clearing?: Clearing;
}

const SOURCE = "audit-netlink";
/** Below are answers and commands (AUDIT_FIRST_USER_MSG, include/uapi/linux/audit.h). */
const FIRST_RECORD = 1_100;
const CHECK_MS = 5_000;
/** In checks: directories that appear, and rules that others took out with theirs (`auditctl -D`). */
const RULES_EVERY = 6;
/** An audit daemon that was refused because of us is started again by systemd or by hand within this time. */
const ROOM_MS = 60_000;

export class Session {
  readonly #options: SessionOptions;
  readonly #remembered: Remembered;
  readonly #subscriber: Subscriber<Fact>;
  readonly #now: () => number;
  readonly #facts: FactsOfRecords;
  readonly #losses = new Losses();
  readonly #sight: Sight;
  readonly #paths: HostPaths;
  #parts: Parts | undefined;
  #timer: NodeJS.Timeout | undefined;
  #checks = 0;
  /** Why this session ends as soon as what has come is read. */
  #leaving: SourceAbsent | undefined;

  constructor(options: SessionOptions, remembered: Remembered, subscriber: Subscriber<Fact>) {
    this.#options = options;
    this.#remembered = remembered;
    this.#subscriber = subscriber;
    this.#now = options.now ?? Date.now;
    this.#sight = new Sight(this.#now);
    this.#facts = new FactsOfRecords((fact) => subscriber.next(fact));
    this.#paths = new HostPaths(options.hostRoot);
  }

  /** @throws SourceAbsent, Refused, NoForeignCalls; then nothing of it is left on the host */
  start(saved: SavedState | undefined): void {
    const { roomUntil, roomFor, openedBefore } = this.#remembered;
    this.#remembered.openedBefore = true;
    if (this.#now() < roomUntil) {
      // Once that daemon has come, the place is free as ever when it goes.
      if (this.#daemonIsThere()) this.#remembered.roomUntil = 0;
      throw new SourceAbsent(`room is made for ${roomFor}`, "start auditd again within a minute, or wait until then");
    }
    const { clearing } = this.#remembered;
    if (clearing && !clearing.over && (this.#daemonIsThere() || !clearing.cancel())) {
      throw new SourceAbsent("an audit daemon takes over", "none: audit-log reads what auditd writes");
    }
    if (saved && !openedBefore) this.#sight.missedSince(saved);
    const parts = begin(this.#options.receiveBuffer, saved?.found, {
      take: (datagram) => this.#take(datagram),
      taken: () => this.#taken(),
      failed: (error) => this.#fail(error),
    });
    this.#parts = parts;
    this.#losses.begin(parts.lost);
    process.once("exit", this.#onExit);
    this.#timer = setInterval(() => this.#check(parts), CHECK_MS).unref();
    this.#guarded(() => {
      this.#loadRules(parts);
      this.#advance(parts);
      parts.reading.start();
    });
  }

  #daemonIsThere(): boolean {
    const control = new AuditControl();
    try {
      return control.status().pid !== 0;
    } finally {
      control.close();
    }
  }

  /** Takes back what was set on the host. Synchronous (a second, for each rule waits in the kernel), and repeatable. */
  stop(): void {
    const parts = this.#release();
    parts?.tenure.restore(parts.socket);
    parts?.control.close();
    parts?.reading.stop(() => parts.socket.close());
  }

  readonly #onExit = (): void => this.stop();

  #release(): Parts | undefined {
    const parts = this.#parts;
    this.#parts = undefined;
    process.off("exit", this.#onExit);
    clearInterval(this.#timer);
    this.#facts.close();
    return parts;
  }

  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.stop();
    this.#subscriber.error(absence(error));
  }

  #take(datagram: Buffer): void {
    if (datagram.length < HEADER_BYTES) return;
    const type = datagram.readUInt16LE(4);
    if (type === message.replace) this.#makeRoom(datagram);
    if (type === message.replace || type < FIRST_RECORD) return;
    this.#losses.saw(datagram);
    this.#facts.add(datagram);
    const daemon = type === SYSCALL ? auditdStarting(datagram) : undefined;
    if (daemon !== undefined) {
      this.#leave(new SourceAbsent(`auditd starts (process ${daemon})`, "none: audit-log reads what auditd writes"));
    }
  }

  /** The kernel asks for another process whether we are alive, and has refused it by now. */
  #makeRoom(datagram: Buffer): void {
    const pid = datagram.length >= HEADER_BYTES + 4 ? datagram.readUInt32LE(HEADER_BYTES) : 0;
    this.#remembered.roomUntil = this.#now() + ROOM_MS;
    this.#remembered.roomFor = `an audit daemon (process ${pid}) that the kernel refused because of Vedette`;
    this.#leave(new SourceAbsent(`room is made for ${this.#remembered.roomFor}`, "start auditd again"));
  }

  /** The place is free at once; what the kernel has sent by then is still read. */
  #leave(why: SourceAbsent): void {
    if (this.#leaving) return;
    this.#leaving = why;
    this.#parts?.tenure.resign();
  }

  #taken(): void {
    this.#facts.give();
    if (this.#leaving) this.#depart(this.#leaving);
  }

  #depart(why: SourceAbsent): void {
    const parts = this.#release();
    parts?.reading.stop(() => parts.socket.close());
    this.#remembered.clearing = parts?.tenure.clear();
    this.#subscriber.error(why);
  }

  #check(parts: Parts): void {
    this.#guarded(() => {
      const status = parts.control.status();
      if (status.pid !== process.pid) {
        const by = status.pid === 0 ? "" : ` by process ${status.pid}`;
        return this.#depart(new SourceAbsent(`the kernel's audit was taken away${by}`, "none: it is tried again"));
      }
      if (status.enabled === 0) parts.control.set({ enabled: 1 });
      const lost = this.#losses.since(status.lost, parts.reading.overruns);
      if (lost) this.#subscriber.next({ kind: "coverage.lost", at: this.#now(), source: SOURCE, ...lost });
      this.#checks += 1;
      if (this.#checks % RULES_EVERY === 0) this.#loadRules(parts);
      this.#advance(parts);
    });
  }

  #loadRules({ tenure }: Parts): void {
    const numbers = machineOf(machine());
    if (!numbers) throw new SourceAbsent(`system call numbers of ${machine()} are not known`, "install auditd");
    const { loadable, unreachable } = ownRules(ruleLines, numbers, this.#paths);
    const { added, removed, refused } = tenure.reconcile(loadable);
    if (loadable.length > 0 && refused.length === loadable.length) {
      const reason = `the kernel took none of the audit rules (${[...new Set(refused)].join(", ")})`;
      throw new SourceAbsent(reason, "use a kernel with CONFIG_AUDITSYSCALL");
    }
    this.#facts.expectOwnChanges(added, removed);
    this.#sight.watchesAllBut(unreachable);
    const report = this.#sight.changed();
    if (report) this.#subscriber.next(report);
  }

  #advance({ tenure: { found } }: Parts): void {
    const at = this.#now();
    this.#subscriber.next({ kind: "source.advanced", at, source: SOURCE, position: { found, at } });
  }
}
