import { z } from "zod";
import { matcher } from "./detector.ts";
import { deleted, hostDeeds } from "./knowledge/account-match.ts";
import { belowPackageManager } from "./knowledge/ancestry.ts";

/**
 * A command that does what `local-user-deleted.ts` sees the result of (busybox' deluser writes no audit record).
 * The same subject folds both into one alert.
 *
 * Blind spot: whether the command succeeded is not known.
 */
export const localUserDeletedCommand = matcher({
  alert: "local-user-deleted",
  on: ["process.started"],
  settings: z.object({}),
  match: ({ process, failed }) => {
    const gone = hostDeeds(process, failed)
      .flatMap((deeds) => deeds.deleted)
      .filter((user) => user !== "");
    if (gone.length === 0) return undefined;
    // A package takes the account of its own service with it.
    const confidence = belowPackageManager(process) ? "low" : "medium";
    return gone.map((user) => ({ ...deleted(user, { user, process }), confidence }));
  },
});
