import { z } from "zod";
import { matcher } from "./detector.ts";

/**
 * A user who is not on the operator's list logged in, from anywhere.
 *
 * Blind spot: su and sudo change the user without a login.
 */
export const customLoginNotAllowed = matcher({
  alert: "custom-login-not-allowed",
  on: ["login.succeeded"],
  settings: z.object({
    allowedUsers: z
      .array(z.string())
      .default([])
      .describe("Users that may log in; every other login raises the alert."),
  }),
  match({ user, source, service, terminal, method }, { allowedUsers }) {
    if (user !== undefined && allowedUsers.includes(user)) return undefined;
    const from = source?.ip ?? source?.hostname ?? terminal ?? service;
    return {
      subject: `user ${user ?? "unknown"}`,
      reason: `${user ?? "an unknown user"} logged in from ${from} and is not on the list of allowed users`,
      confidence: "high",
      evidence: { user, source, data: { service, terminal, method } },
    };
  },
});
