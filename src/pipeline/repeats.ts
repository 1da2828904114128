import type { SeverityName } from "../alerts/catalogue.ts";
import type { Finding } from "../detectors/detector.ts";
import { BoundedMap } from "../operators/bounded.ts";

/** An alert as it is told: the first finding of a subject, or the closing count of its window. */
export interface Told {
  readonly finding: Finding;
  readonly severity: SeverityName;
  /** "create": the first of its window; "update": the window closed and more had come. */
  readonly activity: "create" | "update";
  readonly count: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
}

interface Window {
  readonly finding: Finding;
  readonly severity: SeverityName;
  readonly openedAt: number;
  firstSeen: number;
  lastSeen: number;
  count: number;
}

/** Subjects remembered at once; the one idle longest is closed early. */
const maxWindows = 4096;

/**
 * Folds repeats: the same alert on the same subject within a window is one message at once and, when the window
 * closes, one update with the count. Time is the findings' own.
 */
export class Repeats {
  readonly #windows: BoundedMap<string, Window>;
  #evicted: Told[] = [];

  constructor(limit = maxWindows) {
    this.#windows = new BoundedMap(limit, (_key, window) => {
      const update = closing(window);
      if (update) this.#evicted.push(update);
    });
  }

  /** Takes a finding; returns what is to be told now. */
  take(finding: Finding, severity: SeverityName, windowMs: number): readonly Told[] {
    const key = `${finding.alert}\0${finding.subject}`;
    const count = finding.count ?? 1;
    const open = this.#windows.get(key);
    if (open && finding.at - open.openedAt < windowMs) {
      open.count += count;
      open.lastSeen = Math.max(open.lastSeen, finding.at);
      open.firstSeen = Math.min(open.firstSeen, finding.firstSeen ?? finding.at);
      return [];
    }
    const firstSeen = finding.firstSeen ?? finding.at;
    this.#windows.set(key, { finding, severity, openedAt: finding.at, firstSeen, lastSeen: finding.at, count });
    const told: Told[] = open ? listed(closing(open)) : [];
    told.push({ finding, severity, activity: "create", count, firstSeen, lastSeen: finding.at });
    return [...told, ...this.#takeEvicted()];
  }

  /** Closes the windows that ended before `now`; to be called about every 10 s. */
  close(now: number, windowMs: number): readonly Told[] {
    const told: Told[] = [];
    for (const [key, window] of [...this.#windows.entries()]) {
      if (now - window.openedAt < windowMs) continue;
      this.#windows.delete(key);
      told.push(...listed(closing(window)));
    }
    return told;
  }

  /** JSON-safe memory, so that a restart does not repeat what was told. */
  snapshot(): unknown {
    return [...this.#windows.entries()];
  }

  /** Takes a snapshot back; anything malformed is left out. */
  restore(saved: unknown): void {
    if (!Array.isArray(saved)) return;
    for (const pair of saved.slice(-maxWindows)) {
      if (!Array.isArray(pair) || typeof pair[0] !== "string" || !isWindow(pair[1])) continue;
      this.#windows.set(pair[0], pair[1]);
    }
  }

  #takeEvicted(): Told[] {
    const evicted = this.#evicted;
    this.#evicted = [];
    return evicted;
  }
}

function closing(window: Window): Told | undefined {
  const { finding, severity, count, firstSeen, lastSeen } = window;
  if (count <= (finding.count ?? 1)) return undefined;
  return { finding, severity, activity: "update", count, firstSeen, lastSeen };
}

function listed<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}

function isWindow(value: unknown): value is Window {
  const w = value as Partial<Window> | null;
  return (
    w !== null &&
    typeof w === "object" &&
    typeof w.finding?.subject === "string" &&
    typeof w.openedAt === "number" &&
    typeof w.count === "number" &&
    typeof w.firstSeen === "number" &&
    typeof w.lastSeen === "number" &&
    typeof w.severity === "string"
  );
}
