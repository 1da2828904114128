/**
 * Which detectors have something to say to a start: remembered, since a machine runs the same commands over and over.
 *
 * A matcher that did not match will not match the same start again, and a correlator whose `concerns` said no would do
 * nothing with it, unless its memory `awaits` it, which is asked each time. "The same" is: equal in everything that those
 * judges read (see watched-fact.ts), which is noted while they judge. What has matched, and every correlator without
 * `concerns`, is always shown the fact.
 */
import type { Context, Judge } from "../detectors/detector.ts";
import type { Container, FileIdentity, Process, ProcessStarted } from "../events/fact.ts";
import { Generations } from "../operators/generations.ts";
import { contentOf } from "./process-table.ts";
import { Reading, read } from "./watched-fact.ts";

/** Commands remembered in a generation, and characters of their keys; a longer command line is judged anew each time. */
const MAX_COMMANDS = 4096;
const MAX_CHARACTERS = 1 << 20;
const MAX_KEY = 2048;
/** Surroundings (ancestors, container, file) in which one command is remembered. */
const MAX_SURROUNDINGS = 64;

interface Remembered<S> {
  /** All that was read when this command was judged, in any surroundings. */
  mask: number;
  readonly concerned: Map<string, readonly S[]>;
}

export class Starts<S extends { readonly judge: Judge }> {
  readonly #reading = new Reading();
  readonly #world: Context;
  /** What judges are given to ask, so that their questions are noted. */
  readonly context: Context;
  #seats: readonly S[] = [];
  readonly #awaiting = new Map<S, S>();
  readonly #commands = new Generations<Remembered<S>>(MAX_COMMANDS, MAX_CHARACTERS);

  constructor(world: Context) {
    this.#world = world;
    this.context = this.#reading.context(world);
  }

  /** Other detectors or other settings: what is remembered of the old ones is worth nothing. */
  seat(seats: readonly S[]): void {
    this.#seats = seats;
    this.#commands.clear();
    this.#awaiting.clear();
    for (const seat of seats) if (seat.judge.awaits) this.#awaiting.set(seat, awaiting(seat));
  }

  /** Those who must judge this start, in the order of the detectors. */
  concerned(fact: ProcessStarted): readonly S[] {
    const key = commandKey(fact);
    if (key.length > MAX_KEY) return this.#seats;
    const known = this.#commands.get(key);
    if (known) {
      if ((known.mask & read.passing) !== 0) return this.#seats;
      const seats = known.concerned.get(surroundings(fact, known.mask, this.#world));
      if (seats) return seats;
    }
    return this.#learn(fact, key, known);
  }

  #learn(fact: ProcessStarted, key: string, known: Remembered<S> | undefined): readonly S[] {
    const watched = this.#reading.watch(fact);
    const seats = this.#seats.flatMap((seat) => (says(seat.judge, watched) ? seat : (this.#awaiting.get(seat) ?? [])));
    const { mask } = this.#reading;
    const command = known ?? { mask: 0, concerned: new Map<string, readonly S[]>() };
    if ((command.mask | mask) !== command.mask || command.concerned.size >= MAX_SURROUNDINGS) command.concerned.clear();
    command.mask |= mask;
    command.concerned.set(surroundings(fact, command.mask, this.#world), seats);
    if (!known && isUnambiguous(fact.process)) this.#commands.set(key, command);
    return seats;
  }
}

/** The same seat, shown only what its memory waits for. */
function awaiting<S extends { readonly judge: Judge }>(seat: S): S {
  const { judge } = seat;
  return { ...seat, judge: { judge: (fact) => (judge.awaits?.(fact) ? judge.judge(fact) : undefined) } };
}

/** A judge that fails is shown the fact again, where its fault is counted. */
function says(judge: Judge, fact: ProcessStarted): boolean {
  try {
    if (judge.concerns) return judge.concerns(fact);
    if (!judge.pure) return true;
    const judgement = judge.judge(fact);
    return judgement !== undefined && !(Array.isArray(judgement) && judgement.length === 0);
  } catch {
    return true;
  }
}

function commandKey({ failed, process }: ProcessStarted): string {
  const { argv, exe, cwd, uid, user } = process;
  return `${argv.length} ${failed ? 1 : 0} ${uid} ${user}\0${cwd}\0${exe}\0${argv.join("\0")}`;
}

/** The kernel's strings end at NUL; a forged log could use one to make two commands look equal. */
function isUnambiguous({ argv, exe, cwd = "", user = "" }: Process): boolean {
  return ![exe, cwd, user, ...argv].some((text) => text.includes("\0"));
}

function surroundings({ process, file }: ProcessStarted, mask: number, world: Context): string {
  if (mask === 0) return "";
  let key = (mask & read.ancestors) === 0 ? "" : (process.ancestors ?? []).map(contentOf).join(" ");
  if ((mask & read.container) !== 0) key += containerKey(process.container);
  if ((mask & read.file) !== 0) key += fileKey(file);
  if ((mask & read.account) !== 0) key += `\0${process.tty}\0${process.loginUid}\0${process.euid}\0${process.comm}`;
  if ((mask & read.userName) !== 0 && process.uid !== undefined) key += `\0${world.userName(process.uid)}`;
  return key;
}

function containerKey(container: Container | undefined): string {
  return container ? `\0${JSON.stringify(container)}` : "\0";
}

function fileKey(file: FileIdentity | undefined): string {
  return file ? `\0${file.path}\0${file.inode}\0${file.device}\0${file.mode}` : "\0";
}
