/** Failed logins per address: the memory of both brute force alerts. */
import { isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";
import type { Endpoint, LoginFailed } from "../../events/fact.ts";
import { BoundedMap } from "../../operators/bounded.ts";

/** One moment with this many attempts. */
type Moment = [at: number, attempts: number];

export interface Failing {
  readonly moments: Moment[];
  /** The last few names tried. */
  readonly users: string[];
  /** Last process and its time: several refusals of one process within a second are one attempt of its client. */
  pid?: number;
  /** When this address was last told about. */
  toldAt?: number;
}

const MOST_ADDRESSES = 4096;
/** Enough for any threshold the settings allow. */
const MOST_MOMENTS = 1000;
const MOST_USERS = 5;

/**
 * What attempts are counted by. A customer of an IPv6 provider owns a /64 at least (RFC 6177), so single addresses
 * there tell nothing. A name stands for itself.
 */
export function sourceKey({ ip, hostname }: Endpoint, ipv6Prefix: number): string | undefined {
  if (ip === undefined) return hostname;
  if (!isIPv6(ip) || ipv6Prefix >= 128) return ip;
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${ip}/${ipv6Prefix}`).toString()}/${ipv6Prefix}`;
}

export class Failures {
  readonly #byKey: BoundedMap<string, Failing>;

  /** `saved`: what `snapshot` gave, unchecked. */
  constructor(saved?: unknown) {
    this.#byKey = new BoundedMap(MOST_ADDRESSES);
    for (const entry of Array.isArray(saved) ? saved.slice(-MOST_ADDRESSES) : []) {
      if (!Array.isArray(entry) || typeof entry[0] !== "string") continue;
      const [key, moments, toldAt] = entry as [string, unknown, unknown];
      const valid = Array.isArray(moments) ? moments.filter(isMoment).slice(-MOST_MOMENTS) : [];
      this.#byKey.set(key, { moments: valid, users: [], toldAt: number(toldAt) });
    }
  }

  /** Counts a failure; undefined where it belongs to the attempt before. `keepMs`: the longest window asked for. */
  add(key: string, { at, attempts = 1, user, pid }: LoginFailed, keepMs: number): Failing | undefined {
    const failing = this.#byKey.get(key) ?? { moments: [], users: [] };
    this.#byKey.set(key, failing);
    const { moments, users } = failing;
    const last = moments.at(-1);
    if (last && attempts === 1 && pid !== undefined && pid === failing.pid && Math.abs(at - last[0]) < 1000)
      return undefined;
    failing.pid = pid;
    moments.push([at, attempts]);
    let old = 0;
    while (old < moments.length - MOST_MOMENTS || (moments[old]?.[0] ?? at) < at - keepMs) old++;
    if (old > 0) moments.splice(0, old);
    if (user !== undefined && !users.includes(user)) {
      users.push(user);
      if (users.length > MOST_USERS) users.shift();
    }
    return failing;
  }

  get(key: string): Failing | undefined {
    return this.#byKey.get(key);
  }

  forget(key: string): void {
    this.#byKey.delete(key);
  }

  snapshot(): unknown {
    return [...this.#byKey.entries()].map(([key, { moments, toldAt }]) => [key, moments, toldAt ?? null]);
  }
}

const number = (value: unknown) => (typeof value === "number" && Number.isFinite(value) ? value : undefined);

function isMoment(value: unknown): value is Moment {
  return Array.isArray(value) && value.length === 2 && value.every((part) => number(part) !== undefined);
}

/** Attempts in the window that ends at `at`, and the time of the first. */
export function attemptsWithin({ moments }: Failing, at: number, windowMs: number): { count: number; first: number } {
  let count = 0;
  let first = at;
  for (let index = moments.length - 1; index >= 0; index--) {
    const [moment, attempts] = moments[index] as Moment;
    if (moment < at - windowMs) break;
    count += attempts;
    first = Math.min(first, moment);
  }
  return { count, first };
}
