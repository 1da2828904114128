import { z } from "zod";
import { correlator } from "./detector.ts";
import { attemptsWithin, type Failing, Failures, sourceKey } from "./knowledge/failures.ts";

const attempts = (text: string) => z.number().int().min(2).max(1000).describe(text);
const seconds = (text: string) => z.number().int().min(10).max(86_400).describe(text);

/**
 * Many failed logins from one address.
 *
 * Told when a threshold is reached, then once per `slowSeconds` while the address goes on, with the number of
 * attempts in the window.
 * Blind spots: a botnet that tries once from each address (no address reaches a threshold); a pace below both
 * thresholds; services that do not log the address.
 */
export const bruteForceFailed = correlator({
  alert: "brute-force-failed",
  on: ["login.failed"],
  settings: z.object({
    fastAttempts: attempts("Failed logins of one address within `fastSeconds` that raise the alert.").default(8),
    fastSeconds: seconds("The short window, in seconds.").default(120),
    slowAttempts: attempts("Failed logins of one address within `slowSeconds` that raise the alert.").default(10),
    slowSeconds: seconds("The long window, in seconds; also the pause between two alerts about one address.").default(
      600,
    ),
    ipv6Prefix: ipv6Prefix(),
  }),
  memory: (_settings, saved) => new Failures(saved),
  step(failed, memory, settings) {
    const key = failed.source && sourceKey(failed.source, settings.ipv6Prefix);
    if (key === undefined) return undefined;
    const slowMs = settings.slowSeconds * 1000;
    const failing = memory.add(key, failed, Math.max(slowMs, settings.fastSeconds * 1000));
    if (!failing || (failing.toldAt !== undefined && failed.at - failing.toldAt < slowMs)) return undefined;
    const seen = exceeded(failing, failed.at, settings);
    if (!seen) return undefined;
    failing.toldAt = failed.at;
    return {
      subject: `source ${key}`,
      reason: `${seen.count} failed logins from ${key} within ${Math.round((failed.at - seen.first) / 1000)} s`,
      confidence: "high",
      count: seen.count,
      firstSeen: seen.first,
      evidence: {
        source: failed.source,
        user: failed.user,
        data: { service: failed.service, attempts: seen.count, users: [...failing.users] },
      },
    };
  },
  snapshot: (memory) => memory.snapshot(),
});

/** Shared by both brute force alerts. */
export function ipv6Prefix() {
  return z
    .number()
    .int()
    .min(32)
    .max(128)
    .default(64)
    .describe("IPv6 addresses that share this many leading bits count as one source.");
}

function exceeded(
  failing: Failing,
  at: number,
  s: { fastAttempts: number; fastSeconds: number; slowAttempts: number; slowSeconds: number },
): { count: number; first: number } | undefined {
  const slow = attemptsWithin(failing, at, s.slowSeconds * 1000);
  if (slow.count >= s.slowAttempts) return slow;
  const fast = attemptsWithin(failing, at, s.fastSeconds * 1000);
  return fast.count >= s.fastAttempts ? fast : undefined;
}
