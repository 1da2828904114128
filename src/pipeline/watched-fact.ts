/**
 * A start whose reading is watched: what a pure judge has read is all that its answer can depend on.
 *
 * Argv, program, directory, account and outcome are always taken as read; of the rest the mask tells. So a matcher
 * need not declare what it looks at, and a new one cannot declare it wrongly.
 */
import type { Context, Threats } from "../detectors/detector.ts";
import type { Ancestor, Process, ProcessStarted } from "../events/fact.ts";

/** Bits of what was read. */
export const read = {
  ancestors: 1,
  container: 2,
  file: 4,
  /** tty, login uid, effective uid and comm. */
  account: 8,
  /** The name that the host gives to the process's own uid. */
  userName: 16,
  /** Time, pids, session, threat lists: what no two facts share, or what changes by itself. */
  passing: 32,
} as const;

export class Reading {
  mask = 0;
  /** Uid of the process in question. */
  uid: number | undefined;

  /** The same start; own getters, so that a copy by spread reads, and notes, everything. */
  watch(fact: ProcessStarted): ProcessStarted {
    this.mask = 0;
    this.uid = fact.process.uid;
    const note = this.#note;
    return {
      kind: fact.kind,
      failed: fact.failed,
      process: this.#process(fact.process),
      get at() {
        note(read.passing);
        return fact.at;
      },
      get file() {
        note(read.file);
        return fact.file;
      },
    };
  }

  /** The world as detectors ask for it, noting each question. */
  context(world: Context): Context {
    const note = this.#note;
    return {
      threats: watchedThreats(world.threats, note),
      userName: (uid) => {
        note(uid === this.uid ? read.userName : read.passing);
        return world.userName(uid);
      },
    };
  }

  readonly #note = (bit: number): void => {
    this.mask |= bit;
  };

  #process(process: Process): Process {
    const note = this.#note;
    const { exe, argv, cwd, uid, user } = process;
    let above: readonly Ancestor[] | undefined;
    return {
      exe,
      argv,
      cwd,
      uid,
      user,
      get pid() {
        note(read.passing);
        return process.pid;
      },
      get ppid() {
        note(read.passing);
        return process.ppid;
      },
      get session() {
        note(read.passing);
        return process.session;
      },
      get comm() {
        note(read.account);
        return process.comm;
      },
      get euid() {
        note(read.account);
        return process.euid;
      },
      get loginUid() {
        note(read.account);
        return process.loginUid;
      },
      get tty() {
        note(read.account);
        return process.tty;
      },
      get container() {
        note(read.container);
        return process.container;
      },
      get ancestors() {
        note(read.ancestors);
        above ??= process.ancestors?.map((ancestor) => watchedAncestor(ancestor, note));
        return above;
      },
    };
  }
}

function watchedThreats(threats: Threats, note: (bit: number) => void): Threats {
  const asked = <T>(answer: T): T => {
    note(read.passing);
    return answer;
  };
  return {
    address: (ip) => asked(threats.address(ip)),
    domain: (name) => asked(threats.domain(name)),
    url: (url) => asked(threats.url(url)),
    image: (reference) => asked(threats.image(reference)),
  };
}

function watchedAncestor(ancestor: Ancestor, note: (bit: number) => void): Ancestor {
  return {
    exe: ancestor.exe,
    argv: ancestor.argv,
    uid: ancestor.uid,
    get pid() {
      note(read.passing);
      return ancestor.pid;
    },
  };
}
