import { z } from "zod";
import type { HubSilence } from "../events/fact.ts";
import { correlator, type Match } from "./detector.ts";
import { type Sender, Senders } from "./knowledge/senders.ts";

const hour = 3_600_000;

/**
 * This device, a module on it, or a device behind it sent nothing for 72 hours.
 *
 * Its own silence is told when the hub acknowledges again, with the reboots in between; hours by which the clock jumped
 * are taken off. A module or downstream device is known from its first message over the `telemetry` route, and told
 * once until it speaks again.
 * Blind spot: a device that never comes back can tell nothing; the hub's own side must miss its heartbeat.
 */
export const deviceSilent = correlator({
  alert: "device-silent",
  on: ["hub.silence", "message.seen", "clock.ticked"],
  settings: z.object({
    hours: z.number().min(1).max(8760).default(72).describe("Hours without a message after which one is silent."),
    watchSenders: z
      .boolean()
      .default(true)
      .describe("Also watch the modules and downstream devices that were seen on the telemetry route."),
    ignoredSenders: z
      .array(z.string())
      .default([])
      .describe("Senders that may fall silent: `device` or `device/module`."),
  }),
  memory: (_settings, saved) => new Senders(saved),
  step(fact, senders, { hours, watchSenders, ignoredSenders }) {
    if (fact.kind === "hub.silence") return own(fact, hours);
    senders.tick(fact.at);
    if (!watchSenders) return undefined;
    if (fact.kind === "message.seen") {
      senders.heard(fact.deviceId, fact.moduleId, fact.at);
      return undefined;
    }
    return senders
      .takeSilent(hours * hour)
      .filter((sender) => !ignoredSenders.includes(sender.deviceId) && !ignoredSenders.includes(nameOf(sender)))
      .map((sender) => other(sender, fact.at, hours));
  },
  snapshot: (senders) => senders.snapshot(),
});

function own({ from, to, reboots, clockStepMs }: HubSilence, hours: number): Match | undefined {
  // A clock set forward makes a silence look longer, one set back hides some of it.
  const silentMs = to - from - clockStepMs;
  if (silentMs < hours * hour) return undefined;
  return {
    subject: "this device",
    reason: `nothing reached the hub for ${Math.floor(silentMs / hour)} hours`,
    confidence: "high",
    firstSeen: from,
    evidence: { data: { from, to, silentHours: Math.floor(silentMs / hour), reboots, clockStepMs } },
  };
}

function other(sender: Sender, at: number, hours: number): Match {
  const { deviceId, moduleId } = sender;
  return {
    subject: `sender ${nameOf(sender)}`,
    reason: `${nameOf(sender)} sent no message for ${hours} hours`,
    confidence: "medium",
    firstSeen: sender.at,
    evidence: { data: { deviceId, moduleId, lastMessageAt: sender.at, noticedAt: at } },
  };
}

function nameOf({ deviceId, moduleId }: Sender): string {
  return moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`;
}
