/**
 * Being the kernel's audit daemon for a while: what is set on the host at the beginning, kept up meanwhile, and put
 * back at the end.
 *
 * Why the daemon and not only a listener of the multicast group: with no daemon registered the kernel prints the
 * records to its log (kernel/audit.c `kauditd_hold_skb`), and what a slow listener misses is lost, where a slow daemon
 * only makes the backlog grow (docs/decisions/audit-netlink.md).
 */
import { ownRuleKey } from "../../parsers/audit/own-rule-key.ts";
import { HEADER_BYTES, message, NLMSG_ERROR } from "./abi.ts";
import { Clearing } from "./clearing.ts";
import type { AuditControl } from "./control.ts";
import { Refused } from "./errors.ts";
import { identityOf, keyOf } from "./rule-data.ts";
import type { AuditSocket } from "./socket.ts";
import { type AuditStatus, encodeChange } from "./status.ts";

/** What is put back at the end. */
export interface Found {
  readonly enabled: number;
  readonly backlogLimit: number;
  readonly backlogWaitTime?: number;
}

/**
 * Records that may wait in the kernel, some 1 KiB each: a package upgrade, or the module busy for a second. The kernel's
 * own 64 are too few for one (etc/audit/vedette-limits.rules).
 */
const BACKLOG = 8_192;
/** The acknowledgement of a registration may come behind records. */
const REGISTER_MS = 1_000;
const MAX_BEFORE = 4_096;
const DRAIN_MS = 40;

/** What happened to the rules in one reconciliation. */
export interface Reconciled {
  readonly added: number;
  readonly removed: number;
  /** Codes of those that the kernel refused. */
  readonly refused: readonly string[];
}

export class Tenure {
  readonly found: Found;
  readonly #control: AuditControl;
  /** Also those that were refused: taking out what is not there does no harm. */
  #loaded: readonly Buffer[] = [];

  /**
   * @param saved what a predecessor found that could not put it back: it counts while its rules are still loaded
   * @throws Refused EEXIST when a daemon is registered that still answers
   */
  constructor(control: AuditControl, socket: AuditSocket, before: AuditStatus, saved: Found | undefined) {
    this.#control = control;
    this.found = (control.rules().some(isOwn) && saved) || foundIn(before);
    const { backlogLimit } = before;
    control.set({
      // 0 is no limit.
      ...(backlogLimit > 0 && backlogLimit < BACKLOG && { backlogLimit: BACKLOG }),
      // A full backlog must never make a process wait, least of all the control loop of a machine.
      ...(before.backlogWaitTime !== undefined && { backlogWaitTime: 0 }),
    });
    try {
      register(socket);
      if (before.enabled === 0) control.set({ enabled: 1 });
    } catch (error) {
      this.restore(socket);
      throw error;
    }
  }

  /** Loads what is not loaded, removes what of ours is not wanted. */
  reconcile(wanted: readonly Buffer[]): Reconciled {
    const loaded = new Map(
      this.#control
        .rules()
        .filter(isOwn)
        .map((rule) => [identityOf(rule), rule]),
    );
    const refused: string[] = [];
    let added = 0;
    for (const rule of wanted) {
      if (loaded.delete(identityOf(rule))) continue;
      if (this.#try(() => this.#control.add(rule), refused)) added += 1;
    }
    const stale = [...loaded.values()];
    this.#control.remove(stale);
    this.#loaded = wanted;
    return { added, removed: stale.length, refused };
  }

  /** Everything as it was found. Never throws. Some 12 ms for each rule, which the kernel waits for. */
  restore(socket: AuditSocket): void {
    // Off first: then taking the rules out leaves no records.
    if (this.found.enabled === 0) this.#try(() => this.#control.set({ enabled: 0 }));
    this.#try(() => this.#control.remove(this.#loaded));
    if (this.found.enabled !== 0) drain(socket);
    this.#putBack();
    this.resign();
  }

  /** Makes the place free for another daemon. Never throws. */
  resign(): void {
    this.#try(() => this.#control.set({ pid: 0 }));
  }

  /** Takes the rules out while another daemon takes over; owns the control from then on. Never throws. */
  clear(): Clearing {
    return new Clearing(this.#control, this.#loaded, () => this.#putBack());
  }

  #putBack(): void {
    const { backlogLimit, backlogWaitTime } = this.found;
    this.#try(() => this.#control.set({ backlogLimit, ...(backlogWaitTime !== undefined && { backlogWaitTime }) }));
  }

  #try(act: () => void, refused: string[] = []): boolean {
    try {
      act();
      return true;
    } catch (error) {
      refused.push(error instanceof Refused ? error.code : String(error));
      return false;
    }
  }
}

function isOwn(rule: Buffer): boolean {
  return keyOf(rule) === ownRuleKey;
}

function foundIn({ enabled, backlogLimit, backlogWaitTime }: AuditStatus): Found {
  return { enabled, backlogLimit, backlogWaitTime };
}

/** Takes the records of taking the rules out, which the kernel would print once nobody is registered. */
function drain(socket: AuditSocket): void {
  const end = performance.now() + DRAIN_MS;
  socket.waitAtMost(DRAIN_MS / 4);
  while (performance.now() < end) if (!socket.receive()) return;
}

/** The kernel sends the records to the socket that asked. What it sends meanwhile is of before our rules. */
function register(socket: AuditSocket): void {
  socket.waitAtMost(REGISTER_MS);
  const sequence = socket.send(message.set, encodeChange({ pid: process.pid }));
  for (let i = 0; i < MAX_BEFORE; i++) {
    const datagram = socket.receive();
    if (datagram === undefined) break;
    if (datagram.length < HEADER_BYTES + 4 || datagram.readUInt16LE(4) !== NLMSG_ERROR) continue;
    if (datagram.readUInt32LE(8) !== sequence) continue;
    const errno = -datagram.readInt32LE(HEADER_BYTES);
    if (errno !== 0) throw new Refused("audit", errno);
    return;
  }
  throw new Error("the kernel's audit did not acknowledge the registration");
}
