import { z } from "zod";
import { correlator, type Match } from "./detector.ts";

interface Window {
  start: number | undefined;
  /** The last fact of any kind: a gap means that nobody counted. */
  last: number;
  count: number;
  told: boolean;
}

/** The clock ticks every 10 s; after a longer silence the window was not watched from end to end. */
const longestGap = 120_000;

/**
 * The number of messages that modules and devices sent over the `telemetry` route in a window is outside the range
 * that the operator allows. Too many is told at once, too few when a window that was watched to its end is over.
 *
 * Blind spot: only what the route brings is counted, and windows follow each other, so a burst over a border counts
 * for two.
 */
export const customMessageCount = correlator({
  alert: "custom-message-count",
  on: ["message.seen", "clock.ticked"],
  settings: z.object({
    min: z.number().int().min(0).default(0).describe("Fewest messages per window."),
    max: z.number().int().min(0).default(10_000).describe("Most messages per window."),
    windowSeconds: z.number().int().min(60).max(604_800).default(3600).describe("Length of the window, in seconds."),
    deviceId: z.string().optional().describe("Count the messages of this device only."),
    moduleId: z.string().optional().describe("Count the messages of this module only."),
  }),
  memory: (_settings, saved): Window => restored(saved),
  step(fact, window, settings) {
    const windowMs = settings.windowSeconds * 1000;
    const matches: Match[] = [];
    const away = window.start !== undefined && Math.abs(fact.at - window.last) > longestGap;
    if (window.start === undefined || away || fact.at < window.start) restart(window, fact.at);
    else if (fact.at - window.start >= windowMs) {
      if (window.count < settings.min) matches.push(outside(window, settings));
      restart(window, fact.at);
    }
    window.last = fact.at;
    if (fact.kind === "clock.ticked") return matches;
    const { deviceId, moduleId } = settings;
    if (deviceId !== undefined && fact.deviceId !== deviceId) return matches;
    if (moduleId !== undefined && fact.moduleId !== moduleId) return matches;
    window.count += 1;
    if (window.count > settings.max && !window.told) {
      window.told = true;
      matches.push(outside(window, settings));
    }
    return matches;
  },
  snapshot: ({ start, last, count, told }) => ({ start, last, count, told }),
});

function restart(window: Window, at: number): void {
  Object.assign(window, { start: at, last: at, count: 0, told: false });
}

function outside({ count, start }: Window, settings: { min: number; max: number; windowSeconds: number }): Match {
  const { min, max, windowSeconds } = settings;
  return {
    subject: count > max ? "too many messages" : "too few messages",
    reason: `${count} messages in ${windowSeconds} s, allowed are ${min} to ${max}`,
    confidence: "high",
    firstSeen: start,
    evidence: { data: { messages: count, min, max, windowSeconds } },
  };
}

function restored(saved: unknown): Window {
  const { start, last, count, told } = (saved ?? {}) as Partial<Record<keyof Window, unknown>>;
  if (![start, last, count].every((value) => typeof value === "number" && Number.isFinite(value))) {
    return { start: undefined, last: 0, count: 0, told: false };
  }
  return { start: start as number, last: last as number, count: count as number, told: told === true };
}
