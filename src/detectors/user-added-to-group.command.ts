import { z } from "zod";
import { matcher } from "./detector.ts";
import { hostDeeds, joined } from "./knowledge/account-match.ts";
import { ignoredGroups } from "./knowledge/shared-settings.ts";

/**
 * A command that does what `user-added-to-group.ts` sees the result of; for hosts where only commands are seen.
 * The same subject folds both into one alert.
 *
 * Blind spot: whether the command succeeded is not known.
 */
export const userAddedToGroupCommand = matcher({
  alert: "user-added-to-group",
  on: ["process.started"],
  settings: z.object({
    ignoredGroups,
  }),
  match({ process, failed }, { ignoredGroups }) {
    return hostDeeds(process, failed)
      .flatMap((deeds) => deeds.joined)
      .filter(({ user, group }) => user !== "" && !ignoredGroups.includes(group))
      .map(({ user, group }) => joined(user, group || undefined, { user, process, data: { group } }));
  },
});
