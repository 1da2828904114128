import { z } from "zod";
import { matcher } from "./detector.ts";
import { byActor, joined } from "./knowledge/account-match.ts";
import { ignoredGroups } from "./knowledge/shared-settings.ts";

/**
 * An account became member of a group. Told by the difference of /etc/group, or by audit.
 *
 * Blind spot: groups of a directory (LDAP, AD) are not in the file; audit then tells the command only.
 */
export const userAddedToGroup = matcher({
  alert: "user-added-to-group",
  on: ["group.joined"],
  settings: z.object({
    ignoredGroups,
  }),
  match({ user, group, actor }, { ignoredGroups }) {
    if (group !== undefined && ignoredGroups.includes(group)) return undefined;
    return { ...joined(user, group, byActor(user, actor, { group })), confidence: "high" };
  },
});
