import { z } from "zod";
import { matcher } from "./detector.ts";
import { hostDeeds, left } from "./knowledge/account-match.ts";
import { ignoredGroups } from "./knowledge/shared-settings.ts";

/**
 * A command that does what `user-removed-from-group.ts` sees the result of; for hosts where only commands are seen.
 * The same subject folds both into one alert.
 *
 * Blind spot: whether the command succeeded is not known.
 */
export const userRemovedFromGroupCommand = matcher({
  alert: "user-removed-from-group",
  on: ["process.started"],
  settings: z.object({
    ignoredGroups,
  }),
  match({ process, failed }, { ignoredGroups }) {
    return hostDeeds(process, failed)
      .flatMap((deeds) => deeds.left)
      .filter(({ user, group }) => user !== "" && !ignoredGroups.includes(group))
      .map(({ user, group }) => left(user, group || undefined, { user, process, data: { group } }));
  },
});
