import { z } from "zod";
import { matcher } from "./detector.ts";
import { byActor, deleted } from "./knowledge/account-match.ts";
import { belowPackageManager } from "./knowledge/ancestry.ts";

/**
 * A local account was deleted. Told by the difference of /etc/passwd, or by audit.
 *
 * Blind spot: an account that is only locked, or whose shell is taken away, still exists.
 */
export const localUserDeleted = matcher({
  alert: "local-user-deleted",
  on: ["account.deleted"],
  settings: z.object({}),
  match: ({ user, uid, actor }) => ({
    ...deleted(user, byActor(user, actor, { uid })),
    confidence: actor?.process && belowPackageManager(actor.process) ? "low" : "high",
  }),
});
