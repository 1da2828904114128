import type { SeverityName } from "../alerts/catalogue.ts";
import type { Finding } from "../detectors/detector.ts";
import { BoundedMap } from "../operators/bounded.ts";
import { leanFinding } from "./lean-finding.ts";

/** An alert as it is told: the first finding of a subject, or the closing count of its window. */
export interface Told {
  readonly finding: Finding;
  readonly severity: SeverityName;
  /** "create": the first of its window; "update": the window closed and more had come. */
  readonly activity: "create" | "update";
  readonly count: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Time of the finding that opened the window: what the two messages of one window have in common. */
  readonly opened: number;
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

  get size(): number {
    return this.#windows.size;
  }

  /** Takes a finding; returns what is to be told now. */
  take(finding: Finding, severity: SeverityName, windowMs: number): readonly Told[] {
    const key = keyOf(finding);
    const count = finding.count ?? 1;
    const open = this.#windows.get(key);
    if (open && holds(open, finding.at, windowMs)) {
      open.count += count;
      open.lastSeen = Math.max(open.lastSeen, finding.at);
      open.firstSeen = Math.min(open.firstSeen, finding.firstSeen ?? finding.at);
      return [];
    }
    const [openedAt, lastSeen] = [finding.at, finding.at];
    const firstSeen = finding.firstSeen ?? finding.at;
    this.#windows.set(key, { finding: leanFinding(finding), severity, openedAt, firstSeen, lastSeen, count });
    const told: Told[] = open ? listed(closing(open)) : [];
    told.push({ finding, severity, activity: "create", count, firstSeen, lastSeen, opened: openedAt });
    return [...told, ...this.#takeEvicted()];
  }

  /**
   * Forgets the window of a finding whose message was held back: its next repeat is to be told as new, rather than be
   * folded into an alert that nobody received.
   */
  forget(finding: Finding): void {
    this.#windows.delete(keyOf(finding));
  }

  /** Closes the windows that ended before `now`; to be called about every 10 s. */
  close(now: number, windowMs: number): readonly Told[] {
    const told: Told[] = [];
    for (const [key, window] of [...this.#windows.entries()]) {
      if (holds(window, now, windowMs)) continue;
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

/** Subjects are cut in the memory of a window, so they are in its key. */
function keyOf({ alert, subject }: Finding): string {
  return `${alert}\0${subject.slice(0, 512)}`;
}

/**
 * A time before the opening is in the window too (records arrive out of order), but not one before it by more than the
 * window's length: then the clock was set back, and a window of the future would swallow its subject for years.
 */
function holds({ openedAt }: Window, at: number, windowMs: number): boolean {
  return Math.abs(at - openedAt) < windowMs;
}

function closing(window: Window): Told | undefined {
  const { finding, severity, count, firstSeen, lastSeen, openedAt } = window;
  if (count <= (finding.count ?? 1)) return undefined;
  return {
    finding: { ...finding, at: lastSeen },
    severity,
    activity: "update",
    count,
    firstSeen,
    lastSeen,
    opened: openedAt,
  };
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
    typeof w.finding.alert === "string" &&
    typeof w.finding.evidence === "object" &&
    typeof w.openedAt === "number" &&
    typeof w.count === "number" &&
    typeof w.firstSeen === "number" &&
    typeof w.lastSeen === "number" &&
    typeof w.severity === "string"
  );
}
