import { z } from "zod";
import { correlator, type Match } from "./detector.ts";
import { isLocal } from "./local-login-success.ts";

interface Window {
  start: number | undefined;
  count: number;
  told: boolean;
}

/**
 * The number of failed local logins in a window is outside the range that the operator allows. Too many is told at
 * once, too few when the window ends.
 *
 * Blind spot: windows follow each other, so attempts on both sides of a border count for two windows.
 */
export const customFailedLocalLogins = correlator({
  alert: "custom-failed-local-logins",
  on: ["login.failed", "clock.ticked"],
  settings: z.object({
    min: z.number().int().min(0).default(0).describe("Fewest failed local logins per window."),
    max: z.number().int().min(0).default(5).describe("Most failed local logins per window."),
    windowSeconds: z.number().int().min(60).max(604_800).default(300).describe("Length of the window, in seconds."),
  }),
  memory: (_settings, saved): Window => restored(saved),
  step(fact, window, { min, max, windowSeconds }) {
    const windowMs = windowSeconds * 1000;
    window.start ??= fact.at;
    const matches: Match[] = [];
    if (fact.at - window.start >= windowMs) {
      if (window.count < min) matches.push(outside(window.count, { min, max, windowSeconds }, window.start));
      // the clock may have been away for several windows: those were not watched
      window.start += Math.floor((fact.at - window.start) / windowMs) * windowMs;
      window.count = 0;
      window.told = false;
    }
    if (fact.kind === "clock.ticked" || !isLocal(fact)) return matches;
    window.count += fact.attempts ?? 1;
    if (window.count > max && !window.told) {
      window.told = true;
      matches.push(outside(window.count, { min, max, windowSeconds }, window.start));
    }
    return matches;
  },
  snapshot: ({ start, count, told }) => ({ start, count, told }),
});

function restored(saved: unknown): Window {
  const { start, count, told } = (saved ?? {}) as Partial<Record<keyof Window, unknown>>;
  if (typeof start !== "number" || typeof count !== "number") return { start: undefined, count: 0, told: false };
  return { start, count, told: told === true };
}

function outside(count: number, range: { min: number; max: number; windowSeconds: number }, firstSeen: number): Match {
  const { min, max, windowSeconds } = range;
  return {
    subject: "failed local logins",
    reason: `${count} failed local logins in ${windowSeconds} s, allowed ${min} to ${max}`,
    confidence: "high",
    firstSeen,
    count: Math.max(count, 1),
    evidence: { data: { count, ...range } },
  };
}
