import { z } from "zod";
import { matcher } from "./detector.ts";
import { isLocal } from "./local-login-success.ts";

/**
 * A login at the device itself (console, serial line, local display) was refused.
 *
 * Blind spot: a display manager whose PAM stack does not use pam_unix or audit logs no failure.
 */
export const localLoginFailed = matcher({
  alert: "local-login-failed",
  on: ["login.failed"],
  settings: z.object({}),
  match(failed) {
    if (!isLocal(failed)) return undefined;
    const place = failed.terminal?.replace(/^\/dev\//, "") ?? failed.service;
    // people type passwords where a name is asked for: a name that no account has is not repeated
    const user = failed.unknownUser ? undefined : failed.user;
    return {
      subject: `user ${user ?? "unknown"} on ${place}`,
      reason: `login as ${user ?? "an unknown user"} failed at the device on ${place}`,
      confidence: "high",
      count: failed.attempts,
      evidence: { user, data: { service: failed.service, terminal: failed.terminal } },
    };
  },
});
