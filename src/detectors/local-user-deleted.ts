import { z } from "zod";
import type { Process } from "../events/fact.ts";
import { BoundedMap } from "../operators/bounded.ts";
import { correlator, type Match } from "./detector.ts";
import { byActor, deleted } from "./knowledge/account-match.ts";
import { belowPackageManager } from "./knowledge/ancestry.ts";

/** How long before its audit record a userdel may have been started. */
const REMOVAL_MS = 30_000;

/**
 * A local account was deleted. Told by the difference of /etc/passwd, or by audit. A package that takes the account of
 * its own service with it is graded low.
 *
 * Blind spot: an account that is only locked, or whose shell is taken away, still exists.
 */
export const localUserDeleted = correlator({
  alert: "local-user-deleted",
  on: ["account.deleted", "process.started"],
  settings: z.object({}),
  /** Accounts that a package is just removing, and since when. */
  memory: () => new BoundedMap<string, number>(64),
  concerns: (fact) => fact.kind !== "process.started" || deletes(fact.process),
  step(fact, removing): Match | undefined {
    if (fact.kind === "process.started") {
      if (deletes(fact.process) && belowPackageManager(fact.process))
        removing.set(fact.process.argv.at(-1) ?? "", fact.at);
      return undefined;
    }
    const { user, uid, actor } = fact;
    const since = removing.peek(user);
    const packaged = since !== undefined && Math.abs(fact.at - since) <= REMOVAL_MS;
    return { ...deleted(user, byActor(user, actor, { uid })), confidence: packaged ? "low" : "high" };
  },
});

function deletes({ exe }: Process): boolean {
  return exe.endsWith("/userdel") || exe.endsWith("/deluser");
}
