import { z } from "zod";
import { matcher } from "./detector.ts";
import { hiddenPath, inTemporaryDirectory } from "./knowledge/paths.ts";
import { expectedAccounts } from "./knowledge/shared-settings.ts";

/**
 * An account appeared in /etc/passwd that no ordinary tool makes: a second root, or one that lives in a hidden or
 * temporary directory. Sees what was written by an editor or an exploit, past all commands.
 *
 * Blind spot: an ordinary account written that way; without its command it looks like anybody's.
 */
export const suspiciousUseraddAccount = matcher({
  alert: "suspicious-useradd",
  on: ["account.created"],
  settings: z.object({
    expectedAccounts,
  }),
  match({ user, uid, home, shell, actor }, { expectedAccounts }) {
    if (expectedAccounts.includes(user)) return undefined;
    const why =
      uid === 0 && user !== "root"
        ? "has the user id of root"
        : home && (inTemporaryDirectory(home) || hiddenPath(home))
          ? `lives in ${home.slice(0, 120)}`
          : undefined;
    if (why === undefined) return undefined;
    return {
      subject: `user ${user}`,
      reason: `the new account ${user} ${why}`,
      confidence: "high",
      evidence: { user, process: actor?.process, data: { uid, home, shell, actor: actor?.user } },
    };
  },
});
