/**
 * New processes from /proc, where audit cannot be read: a declared second best that needs no rights.
 *
 * Blind spot: a process that lives shorter than the pause between two looks (most of what a shell script runs) is
 * missed; what one process does to files and sockets is not seen at all; a rewritten argv is believed. The source
 * reports itself degraded for as long as it runs.
 */
import { concatMap, defer, from, type Observable, repeat, timer } from "rxjs";
import type { Fact } from "../events/fact.ts";
import { type HostRoot, type LivingProcess, type ProcessLookup, SourceAbsent, type Stream } from "../ports.ts";

export interface ProcessesOptions {
  readonly hostRoot: HostRoot;
  readonly lookup: ProcessLookup;
  /** Milliseconds between looks, default 250; stretched up to eightfold when a look is dear. */
  readonly interval?: number;
  readonly now?: () => number;
}

/** A process is met between fork and exec, so it is looked at again this many times. */
const looksAgain = 4;
const maxFresh = 512;
/** A look may take a fiftieth of the time. */
const share = 0.02;
const longest = 8;
/** USER_HZ: 100 on every Linux that Node runs on (time(7)). */
const ticksPerSecond = 100;

interface Fresh {
  readonly mark: string;
  readonly left: number;
}

export function processes(options: ProcessesOptions): Stream {
  const now = options.now ?? Date.now;
  const interval = options.interval ?? 250;
  return {
    source: "processes",
    open: (handover) =>
      defer(() => {
        const watch = new ProcessWatch(options.lookup, bootTime(options.hostRoot), now);
        let pause = interval;
        let first = true;
        const once = defer(() => {
          const started = performance.now();
          if (first && watch.begin(sinceOf(handover)) === 0) {
            throw new SourceAbsent("no process of the host is visible", "Set PidMode host, or bind the host's /proc.");
          }
          const facts = first ? [report(now(), interval), ...watch.look()] : watch.look();
          first = false;
          pause = Math.min(Math.max(interval, (performance.now() - started) / share), interval * longest);
          return from(facts);
        });
        return once.pipe(
          concatMap((fact): Observable<Fact> => from([fact])),
          repeat({ delay: () => timer(pause) }),
        );
      }),
  };
}

function report(at: number, interval: number): Fact {
  return {
    kind: "source.reported",
    at,
    source: "processes",
    state: "degraded",
    reason: `polled every ${interval} ms: shorter processes, and what processes do to files and sockets, are not seen`,
    remedy: "Install auditd with etc/audit/30-vedette.rules and give the module its log.",
  };
}

/** What stood in /proc at the last look, and what is still young. */
class ProcessWatch {
  readonly #lookup: ProcessLookup;
  readonly #boot: number | undefined;
  readonly #now: () => number;
  #known = new Set<number>();
  readonly #fresh = new Map<number, Fresh>();

  constructor(lookup: ProcessLookup, boot: number | undefined, now: () => number) {
    this.#lookup = lookup;
    this.#boot = boot;
    this.#now = now;
  }

  /**
   * Takes what runs already as known: it started before we looked; but not what started since another source ended
   * (epoch ms), which nobody may have told. Returns how many there are.
   */
  begin(since: number | undefined): number {
    const pids = [...this.#lookup.pids()];
    this.#known = new Set(since === undefined ? pids : pids.filter((pid) => !this.#startedSince(pid, since)));
    return pids.length;
  }

  #startedSince(pid: number, since: number): boolean {
    const living = this.#boot === undefined ? undefined : this.#lookup.lookup(pid);
    return living !== undefined && startedAt(this.#boot as number, living) >= since;
  }

  look(): Fact[] {
    const facts: Fact[] = [];
    const alive = new Set(this.#lookup.pids());
    for (const [pid, fresh] of this.#fresh) this.#again(pid, fresh, alive, facts);
    let lost = 0;
    for (const pid of alive) {
      if (this.#known.has(pid)) continue;
      if (this.#fresh.size >= maxFresh) {
        lost += 1;
        continue;
      }
      const living = this.#lookup.lookup(pid);
      if (!living) continue;
      this.#fresh.set(pid, { mark: mark(living), left: looksAgain });
      facts.push(this.#started(living, this.#startTime(living)));
    }
    this.#known = alive;
    if (lost > 0) {
      const reason = "more processes started than one look may tell";
      facts.push({ kind: "coverage.lost", at: this.#now(), source: "processes", lost, reason });
    }
    return facts;
  }

  /** The same pid with another program: it was met before its exec, or did another. */
  #again(pid: number, { mark: before, left }: Fresh, alive: ReadonlySet<number>, facts: Fact[]): void {
    const living = alive.has(pid) ? this.#lookup.lookup(pid) : undefined;
    if (!living) {
      this.#fresh.delete(pid);
      return;
    }
    const after = mark(living);
    if (after !== before) facts.push(this.#started(living, this.#now()));
    if (left <= 1) this.#fresh.delete(pid);
    else this.#fresh.set(pid, { mark: after, left: left - 1 });
  }

  #started({ pid, ppid, exe, argv, comm, cwd, uid, containerId }: LivingProcess, at: number): Fact {
    const container = containerId ? { id: containerId } : undefined;
    const process = { pid, ppid, exe, argv, comm, cwd, uid, ...(container && { container }) };
    return { kind: "process.started", at, process };
  }

  /** Never after now: the clock may have been set since boot. */
  #startTime({ startTicks }: LivingProcess): number {
    const now = this.#now();
    if (this.#boot === undefined) return now;
    const at = startedAt(this.#boot, { startTicks });
    return at > now || now - at > 60_000 ? now : at;
  }
}

/** Epoch ms. */
function startedAt(boot: number, { startTicks }: Pick<LivingProcess, "startTicks">): number {
  return Math.round(boot + (startTicks * 1000) / ticksPerSecond);
}

/** Where another source ended, when this one is opened in its place (`{ since }`, epoch ms). */
function sinceOf(handover: unknown): number | undefined {
  const { since } = (handover ?? {}) as { since?: unknown };
  return typeof since === "number" ? since : undefined;
}

function mark({ startTicks, exe, argv }: LivingProcess): string {
  return `${startTicks} ${exe} ${argv.join("\0").slice(0, 1024)}`;
}

/** Epoch milliseconds of boot: `btime` of /proc/stat. */
function bootTime(hostRoot: HostRoot): number | undefined {
  try {
    const found = /^btime (\d+)$/m.exec(hostRoot.readTextSync("/proc/stat"));
    return found ? Number(found[1]) * 1000 : undefined;
  } catch {
    return undefined;
  }
}
