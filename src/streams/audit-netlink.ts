/**
 * The kernel's audit without auditd: where no audit daemon is registered, Vedette registers itself, loads its own
 * rules, and takes everything back when it stops or an audit daemon comes (docs/decisions/audit-netlink.md).
 *
 * Blind spots: what happened while nobody was registered, which is told as the source's reason; processes that were
 * started before auditing was first enabled since boot are not audited themselves, only their children (kernel/auditsc.c
 * `audit_alloc`); this process's own system calls, which the kernel exempts as the daemon's.
 */
import { Observable } from "rxjs";
import type { Fact } from "../events/fact.ts";
import type { HostRoot, Stream } from "../ports.ts";
import { absence } from "./netlink/refusals.ts";
import { savedState } from "./netlink/saved-state.ts";
import { type Remembered, Session } from "./netlink/session.ts";
import { refuseForeignRoot } from "./netlink/this-machine.ts";

export interface AuditNetlinkOptions {
  readonly hostRoot: HostRoot;
  /** Bytes that the socket may hold, for tests; as many as the host allows where absent. */
  readonly receiveBuffer?: number;
  /** Epoch ms. */
  readonly now?: () => number;
}

export function auditNetlink(options: AuditNetlinkOptions): Stream {
  const remembered: Remembered = { openedBefore: false, roomUntil: 0, roomFor: "" };
  return {
    source: "audit-netlink",
    open: (position) =>
      new Observable<Fact>((subscriber) => {
        const session = new Session(options, remembered, subscriber);
        try {
          refuseForeignRoot(options.hostRoot);
          session.start(savedState(position));
        } catch (error) {
          subscriber.error(absence(error));
        }
        return () => session.stop();
      }),
  };
}
