/**
 * The host's time zone, in which syslog writes its stamps. The container's own zone is UTC, whatever the host has.
 */
import { readlinkSync } from "node:fs";
import { BoundedMap } from "../operators/bounded.ts";
import type { HostRoot } from "../ports.ts";

const HOUR = 3_600_000;

/** IANA name from the link /etc/localtime (systemd) or from /etc/timezone (Debian); undefined where neither tells. */
export function hostTimeZone(host: HostRoot): string | undefined {
  return [linked(host), written(host)].find((name) => name !== undefined && formatter(name) !== undefined);
}

function linked(host: HostRoot): string | undefined {
  try {
    return /\/zoneinfo\/(?:posix\/|right\/)?([A-Za-z0-9_+\-/]{1,64})$/.exec(
      readlinkSync(host.path("/etc/localtime")),
    )?.[1];
  } catch {
    return undefined; // a copy instead of a link, or no file
  }
}

function written(host: HostRoot): string | undefined {
  try {
    return host.readTextSync("/etc/timezone", 256).trim();
  } catch {
    return undefined;
  }
}

function formatter(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    const numeric = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" } as const;
    return new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", second: "numeric", ...numeric });
  } catch {
    return undefined; // not a zone that this Node knows
  }
}

/**
 * Minutes east of UTC for a local wall time (epoch ms as if it were UTC). In the hour that daylight saving repeats the
 * later reading wins. An unknown zone is UTC.
 */
export function zoneOffset(timeZone: string): (wall: number) => number {
  const format = formatter(timeZone);
  const known = new BoundedMap<number, number>(64);
  if (!format) return () => 0;
  return (wall) => {
    const quarter = Math.floor(wall / (HOUR / 4));
    const cached = known.get(quarter);
    if (cached !== undefined) return cached;
    const guess = offsetAt(format, wall);
    const offset = offsetAt(format, wall - guess * 60_000);
    known.set(quarter, offset);
    return offset;
  };
}

function offsetAt(format: Intl.DateTimeFormat, instant: number): number {
  const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Math.round(
    (Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000) / 60_000,
  );
}
