/** Generates hostile inputs, gives each to the real parsers and the whole pipeline behind them, and judges the outcome. */
import fc from "fast-check";
import type { Fact } from "../../src/events/fact.ts";
import { audit } from "./audit.ts";
import { auth } from "./auth.ts";
import { commands } from "./command-line.ts";
import { outboxFiles, savedState } from "./disk.ts";
import { daemon, docker, inspected } from "./docker.ts";
import { accounts, lists, processes, sockets } from "./host-files.ts";
import { messages, methodCalls, twins } from "./hub-side.ts";
import { judgeLine, judgeMessage, judgePrototypes, Violation } from "./judge.ts";
import type { InputKind, Subject } from "./kind.ts";
import { HostileModule } from "./module.ts";

export interface HostileRun {
  readonly runs: number;
  readonly seed: number;
  /** Most CPU time of one input, ms; not judged where absent (a busy machine proves nothing in a unit test). */
  readonly mostMs?: number;
  onProgress?(done: number): void;
}

export interface KindResult {
  readonly name: string;
  inputs: number;
  cpuMs: number;
  slowestMs: number;
}

export interface HostileResult {
  readonly kinds: readonly KindResult[];
  readonly facts: number;
  readonly messages: number;
  readonly alerts: ReadonlySet<string>;
  readonly largestBody: number;
  readonly largestState: number;
  /** The smallest input found that breaks a property, as fast-check tells it. */
  readonly failure?: string;
}

/** The module is begun anew, from its own saved state, after so many inputs. */
const restartEvery = 5_000;
/** A second between inputs, so that windows open and close. */
const stepMs = 1_000;

/** Smaller inputs tried after one that failed: enough to be readable. */
const mostShrinks = 300;
const mostShrinkMs = 20_000;
/** By the wall clock, for what waits for ever: far above what a busy machine takes for one input. */
const patienceMs = 120_000;

class World implements Subject {
  facts = 0;
  messages = 0;
  largestBody = 0;
  largestState = 0;
  readonly alerts = new Set<string>();
  readonly #violations: Violation[] = [];
  #at = Date.parse("2026-11-24T10:00:00Z");
  #module: HostileModule;
  #state = "{}";

  constructor() {
    this.#module = new HostileModule(this);
  }

  now(): number {
    return this.#at;
  }

  state(): string {
    return this.#state;
  }

  take(fact: Fact): void {
    this.facts++;
    this.#module.take(fact);
  }

  printed(line: string): void {
    this.#judged(() => judgeLine(line));
  }

  sent(message: Parameters<Subject["sent"]>[0]): void {
    this.messages++;
    this.largestBody = Math.max(this.largestBody, message.body.length);
    if (message.alertId) this.alerts.add(message.alertId);
    this.#judged(() => judgeMessage(message));
  }

  violated(property: string, what: string): void {
    this.#violations.push(new Violation(property, what));
  }

  /** Feeds one input; throws what it violated. */
  async meet(kind: InputKind, input: unknown): Promise<void> {
    this.#at += stepMs;
    this.#violations.length = 0;
    await ended(Promise.resolve(kind.feed(this, input)), kind.name);
    this.#module.take({ kind: "clock.ticked", at: this.#at });
    judgePrototypes();
    const [first] = this.#violations;
    if (first) throw first;
  }

  async restart(): Promise<void> {
    this.#state = (await this.#module.close()) ?? this.#state;
    this.largestState = Math.max(this.largestState, this.#state.length);
    this.#module = new HostileModule(this, JSON.parse(this.#state));
  }

  end(): Promise<unknown> {
    return this.#module.close();
  }

  #judged(judge: () => void): void {
    try {
      judge();
    } catch (error) {
      this.#violations.push(error instanceof Violation ? error : new Violation("throw", String(error)));
    }
  }
}

/** All kinds, in one stream of inputs: what one leaves behind in the module's memory, the next meets. */
export async function hostileRun({ runs, seed, mostMs, onProgress }: HostileRun): Promise<HostileResult> {
  let world = new World();
  const kinds: readonly InputKind[] = [
    audit(() => world.now()),
    auth(() => world.now()),
    docker,
    inspected,
    daemon,
    accounts,
    sockets,
    processes,
    lists,
    twins,
    methodCalls,
    messages,
    savedState(() => world.state()),
    outboxFiles,
    commands,
  ];
  const results = kinds.map(({ name }): KindResult => ({ name, inputs: 0, cpuMs: 0, slowestMs: 0 }));
  const chosen = fc.oneof(
    ...kinds.map(({ share, arbitrary }, index) => ({
      weight: Math.round(share * 100),
      arbitrary: arbitrary.map((input: unknown) => ({ index, input })),
    })),
  );
  let done = 0;
  let failed = false;
  let shrunk = 0;
  let shrinkUntil = Number.POSITIVE_INFINITY;
  const fail = () => {
    if (!failed) shrinkUntil = performance.now() + mostShrinkMs;
    failed = true;
  };
  const property = fc.asyncProperty(chosen, async ({ index, input }) => {
    const kind = kinds[index] as InputKind;
    const result = results[index] as KindResult;
    if (failed) {
      // While fast-check looks for a smaller input, each is met by a module that knows nothing of the others.
      if (++shrunk > mostShrinks || performance.now() > shrinkUntil) return;
      world = new World();
    }
    const spent = await cpuOf(() => world.meet(kind, input)).catch((error: unknown) => {
      fail();
      throw error;
    });
    result.inputs++;
    result.cpuMs += spent;
    const limit = kind.mostMs ?? mostMs ?? Number.POSITIVE_INFINITY;
    const told = spent <= limit ? spent : await repeated(kind, input, spent);
    result.slowestMs = Math.max(result.slowestMs, told);
    if (mostMs !== undefined && told > limit) {
      fail();
      throw new Violation("hang", `${told.toFixed(0)} ms of CPU for one input`);
    }
    if (++done % restartEvery === 0) await world.restart();
    if (done % 1000 === 0) onProgress?.(done);
  });
  const details = await fc.check(property, { numRuns: runs, seed, interruptAfterTimeLimit: undefined });
  await world.end();
  const { facts, messages: told, alerts, largestBody, largestState } = world;
  return {
    ...{ kinds: results, facts, messages: told, alerts, largestBody, largestState },
    ...(details.failed && { failure: failureText(details) }),
  };
}

/** Rejects when an input is never done with: a promise that stays open takes no CPU time. */
async function ended(fed: Promise<void>, name: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Violation("hang", `${name}: not done after ${patienceMs / 1000} s`)),
      patienceMs,
    );
  });
  await Promise.race([fed, late]).finally(() => clearTimeout(timer));
}

async function cpuOf(act: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** A slow input is slow again, also for a module that has nothing else to do; the compiler and the collector are not. */
async function repeated(kind: InputKind, input: unknown, first: number): Promise<number> {
  let least = first;
  for (let attempt = 0; attempt < 3; attempt++) {
    const alone = new World();
    least = Math.min(least, await cpuOf(() => alone.meet(kind, input)));
    await alone.end();
  }
  return least;
}

function failureText<T>({ seed, counterexample, counterexamplePath, errorInstance }: fc.RunDetails<T>): string {
  const shown = (value: unknown) => {
    const bytes = (_: string, inner: unknown) =>
      (inner as { type?: unknown })?.type === "Buffer"
        ? Buffer.from((inner as { data: number[] }).data).toString("latin1")
        : inner;
    const text = JSON.stringify(value, bytes);
    return text.length > 4000 ? `${text.slice(0, 4000)}… (${text.length} characters)` : text;
  };
  const error = errorInstance as Error | null | undefined;
  return `${error?.stack ?? String(error)}\nseed ${seed}, path ${counterexamplePath}\n${shown(counterexample)}`;
}
