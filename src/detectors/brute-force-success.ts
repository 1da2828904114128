import ipaddr from "ipaddr.js";
import { z } from "zod";
import type { Endpoint, LoginSucceeded } from "../events/fact.ts";
import { ipv6Prefix } from "./brute-force-failed.ts";
import { correlator } from "./detector.ts";
import { attemptsWithin, Failures, sourceKey } from "./knowledge/failures.ts";

/**
 * A password was accepted from an address that had just failed many times.
 *
 * Blind spots: the success comes from another address than the attempts; the attempts were slower than the window.
 * A person behind a shared address (NAT) who logs in while a neighbour guesses looks the same.
 */
export const bruteForceSuccess = correlator({
  alert: "brute-force-success",
  on: ["login.failed", "login.succeeded"],
  settings: z.object({
    attempts: z
      .number()
      .int()
      .min(2)
      .max(1000)
      .default(8)
      .describe("Failed logins of one address within `windowSeconds` before the success that raise the alert."),
    windowSeconds: z
      .number()
      .int()
      .min(10)
      .max(86_400)
      .default(600)
      .describe("The window before the success, in seconds."),
    ipv6Prefix: ipv6Prefix(),
  }),
  memory: (_settings, saved) => new Failures(saved),
  step(login, memory, { attempts, windowSeconds, ipv6Prefix }) {
    const key = login.source && sourceKey(login.source, ipv6Prefix);
    if (key === undefined) return undefined;
    const windowMs = windowSeconds * 1000;
    if (login.kind === "login.failed") {
      memory.add(key, login, windowMs);
      return undefined;
    }
    const failing = guessed(login) ? memory.get(key) : undefined;
    if (!failing) return undefined;
    const { count, first } = attemptsWithin(failing, login.at, windowMs);
    if (count < attempts) return undefined;
    memory.forget(key);
    const local = isPrivate(login.source);
    return {
      subject: `source ${key}, user ${login.user ?? "unknown"}`,
      reason: `${login.service} accepted ${login.user ?? "a user"} from ${key} after ${count} failed logins`,
      confidence: "high",
      severity: local ? "medium" : undefined,
      count: count + 1,
      firstSeen: first,
      evidence: {
        source: login.source,
        user: login.user,
        data: { service: login.service, method: login.method, failedAttempts: count, usersTried: [...failing.users] },
      },
    };
  },
  snapshot: (memory) => memory.snapshot(),
});

/** A key or a ticket cannot be guessed. `unknown` is what audit says of them; PAM's password it knows. */
function guessed({ method }: LoginSucceeded): boolean {
  return method === "password" || method === "keyboard-interactive";
}

/** Private, loopback or link-local: more likely the owner than the internet. */
function isPrivate(source: Endpoint | undefined): boolean {
  if (source?.ip === undefined || !ipaddr.isValid(source.ip)) return false;
  const range = ipaddr.parse(source.ip).range();
  return range === "private" || range === "loopback" || range === "linkLocal" || range === "uniqueLocal";
}
