import type { HubSilence } from "../events/fact.ts";

/** The last acknowledgement, as kept on disk. */
export interface Acknowledged {
  /** Epoch ms by the host's clock. */
  readonly at: number;
  /** Seconds since boot at that moment. */
  readonly uptime: number;
  /** `/proc/sys/kernel/random/boot_id`: the same id means the same boot. */
  readonly bootId: string;
}

/**
 * The time between the last acknowledgement and this moment, with the clock's own steps told apart.
 *
 * On the same boot the uptime measures the gap and any difference to the wall clock is a step (a Raspberry Pi without
 * a clock battery starts in the past and jumps when NTP answers). Over a reboot only the wall clock is left; an end
 * before the start is a clock that went back, and no gap can be claimed.
 */
export function silenceBetween(last: Acknowledged, now: Acknowledged): HubSilence {
  const sameBoot = last.bootId !== "" && last.bootId === now.bootId;
  const wall = now.at - last.at;
  const elapsed = sameBoot ? (now.uptime - last.uptime) * 1000 : wall;
  const clockStepMs = Math.round(sameBoot ? wall - elapsed : Math.min(0, wall));
  return {
    kind: "hub.silence",
    at: now.at,
    from: Math.round(now.at - Math.max(0, elapsed)),
    to: now.at,
    reboots: sameBoot ? 0 : 1,
    clockStepMs,
  };
}

/** Checks what was read from disk. */
export function isAcknowledged(value: unknown): value is Acknowledged {
  const v = value as Partial<Acknowledged> | undefined;
  return typeof v?.at === "number" && typeof v.uptime === "number" && typeof v.bootId === "string";
}
