import { z } from "zod";
import { matcher } from "./detector.ts";
import { byActor, left } from "./knowledge/account-match.ts";
import { ignoredGroups } from "./knowledge/shared-settings.ts";

/**
 * An account is no longer member of a group. Told by the difference of /etc/group, or by audit.
 *
 * Blind spot: groups of a directory (LDAP, AD) are not in the file; audit then tells the command only.
 */
export const userRemovedFromGroup = matcher({
  alert: "user-removed-from-group",
  on: ["group.left"],
  settings: z.object({
    ignoredGroups,
  }),
  match({ user, group, actor }, { ignoredGroups }) {
    if (group !== undefined && ignoredGroups.includes(group)) return undefined;
    return { ...left(user, group, byActor(user, actor, { group })), confidence: "high" };
  },
});
