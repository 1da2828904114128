import type { Fact, FactKind } from "../events/fact.ts";

/** What the correlators with a memory of seconds join: pipes, files fetched and run, connections of a shell. */
const kinds: ReadonlySet<FactKind> = new Set([
  "process.started",
  "file.changed",
  "socket.connected",
  "login.succeeded",
  "audit.changed",
  "service.stopped",
]);
const most = 256;
/** JSON characters stored: a state of this size costs a flash store little. */
const mostCharacters = 96 * 1024;
/** Joins in the detectors' own stored memory reach further; those without reach a minute at most. */
const windowMs = 60_000;

/**
 * The last facts, stored with the state. A correlator whose memory spans seconds keeps none on disk; after a restart it
 * is shown these again.
 *
 * Blind spot: in a burst of more than 256 facts between the two halves of a join, over which the module was killed.
 */
export class RecentFacts {
  #facts: Fact[] = [];

  add(fact: Fact): void {
    if (!kinds.has(fact.kind)) return;
    this.#facts.push(fact);
    if (this.#facts.length >= 2 * most) this.#facts = this.#facts.slice(-most);
  }

  /** JSON-safe, oldest first. */
  snapshot(): readonly Fact[] {
    const newest = this.#facts.at(-1)?.at ?? 0;
    const kept: Fact[] = [];
    let characters = 0;
    for (const fact of this.#facts.slice(-most).reverse()) {
      if (newest - fact.at > windowMs) continue;
      characters += JSON.stringify(fact).length;
      if (characters > mostCharacters) break;
      kept.push(fact);
    }
    return kept.reverse();
  }
}

/** The stored facts that can be shown to a detector; `saved` is unchecked. */
export function savedFacts(saved: unknown): readonly Fact[] {
  if (!Array.isArray(saved)) return [];
  return saved.slice(-most).filter((value): value is Fact => {
    const fact = (value ?? {}) as { kind?: unknown; at?: unknown; process?: unknown };
    return kinds.has(fact.kind as FactKind) && typeof fact.at === "number" && isProcess(fact.process);
  });
}

function isProcess(value: unknown): boolean {
  if (value === undefined) return true;
  const { pid, ppid, exe, argv } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return (
    typeof pid === "number" &&
    typeof ppid === "number" &&
    typeof exe === "string" &&
    Array.isArray(argv) &&
    argv.every((argument) => typeof argument === "string")
  );
}
