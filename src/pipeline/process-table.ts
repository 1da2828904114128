import type { Ancestor, Container, ContainerDetail, Process } from "../events/fact.ts";
import { BoundedMap } from "../operators/bounded.ts";
import { Generations } from "../operators/generations.ts";
import type { LivingProcess, ProcessLookup } from "../ports.ts";

/** A process as the table remembers it. `containerId`: a 64-hex id, null = on the host, undefined = not known yet. */
interface Entry {
  readonly ppid: number;
  readonly containerId: string | null | undefined;
  /** Shared by the chains of all its children. */
  readonly self: Known;
}

/** Contents told apart at a time; one forgotten gets another number, so that equal numbers always mean equal contents. */
const contents = new Generations<number>(8192, 1 << 20);
let numbered = 0;

class Known implements Ancestor {
  readonly pid: number;
  readonly exe: string;
  readonly argv: readonly string[];
  readonly uid: number | undefined;
  #content = 0;

  constructor(pid: number, exe: string, argv: readonly string[], uid: number | undefined) {
    this.pid = pid;
    this.exe = exe;
    this.argv = shorten(argv);
    this.uid = uid;
  }

  get content(): number {
    if (this.#content === 0) this.#content = numberOf(this);
    return this.#content;
  }
}

/** A number for what an ancestor is, without its pid: equal numbers, equal program, arguments and uid. */
export function contentOf(ancestor: Ancestor): number {
  return ancestor instanceof Known ? ancestor.content : numberOf(ancestor);
}

function numberOf({ exe, argv, uid }: Ancestor): number {
  const key = JSON.stringify([uid, exe, ...argv]);
  const known = contents.get(key);
  if (known !== undefined) return known;
  contents.set(key, ++numbered);
  return numbered;
}

/** Deepest chain that a fact carries; a real one seldom passes 12. */
const maxAncestors = 16;
/** argv kept per ancestor: enough to tell a script's name, little enough for 16,384 entries. */
const maxAncestorArguments = 8;
const maxArgumentLength = 256;
const goneMs = 1_000;

/**
 * pid -> process, for the chain of ancestors and the container of every fact. Fed by the facts themselves, seeded and
 * completed from /proc where there is one.
 *
 * Blind spot: a process that forks without exec and ends before we look breaks the chain above its children; a pid
 * that was reused by such a fork is taken for its predecessor.
 */
export class ProcessTable {
  readonly #entries: BoundedMap<number, Entry>;
  readonly #containers = new BoundedMap<string, Container>(4096);
  readonly #lookup: ProcessLookup | undefined;
  /** Pids that /proc did not know, and when: a burst of children asks for the same parent again and again. */
  readonly #gone = new BoundedMap<number, number>(512);

  /**
   * @param lookup absent in a replay, where only the log's own facts count
   * @param limit processes remembered; with a lookup, one that is forgotten and lives is read again
   */
  constructor(lookup?: ProcessLookup, limit = lookup ? 4096 : 16_384) {
    this.#lookup = lookup;
    this.#entries = new BoundedMap(limit);
  }

  /** Reads every living process once, so that ancestors older than us are known. */
  seed(): void {
    for (const pid of this.#lookup?.pids() ?? []) this.#read(pid);
  }

  /** A container's names, for the facts of its processes. */
  containerStarted(detail: ContainerDetail): void {
    const { id, name, image, imageId, module } = detail;
    this.#containers.set(id, { id, name, image, imageId, module });
  }

  /** Takes an exec into the table and returns the process with its ancestors and container. */
  started(process: Process): Process {
    const { pid, ppid, exe, argv, uid } = process;
    const containerId = process.container?.id ?? this.#containerOf(pid, ppid);
    this.#gone.delete(pid);
    this.#entries.set(pid, { ppid, containerId, self: new Known(pid, exe, argv, uid) });
    return this.#complete(process, process.argv, containerId);
  }

  /** Completes the process of any other fact: what the source left out is taken from the table. */
  seen(process: Process): Process {
    const known = this.#entries.get(process.pid) ?? this.#read(process.pid);
    if (!known) {
      const containerId = process.container?.id ?? this.#containerOf(process.pid, process.ppid);
      return this.#complete(process, process.argv, containerId);
    }
    const argv = process.argv.length > 0 || !sameProgram(process, known.self) ? process.argv : known.self.argv;
    return this.#complete(process, argv, process.container?.id ?? known.containerId);
  }

  /** One literal, for one shape in V8 and no copy by spread. */
  #complete(process: Process, argv: readonly string[], containerId: string | null | undefined): Process {
    const { pid, ppid, exe, comm, cwd, uid, euid, loginUid, user, tty, session } = process;
    const ancestors = this.#ancestors(ppid);
    const container = containerId ? (this.#containers.get(containerId) ?? { id: containerId }) : undefined;
    return { pid, ppid, exe, argv, comm, cwd, uid, euid, loginUid, user, tty, session, container, ancestors };
  }

  #ancestors(ppid: number): readonly Ancestor[] {
    const chain: Ancestor[] = [];
    let pid = ppid;
    while (pid > 0 && chain.length < maxAncestors) {
      const entry = this.#entries.peek(pid) ?? this.#read(pid);
      if (!entry) break;
      chain.push(entry.self);
      if (entry.ppid === pid || chain.some((a) => a.pid === entry.ppid)) break;
      pid = entry.ppid;
    }
    return chain;
  }

  /**
   * A child shares its parent's container, except below a container runtime, which starts it on the host and moves it:
   * there, and where the parent is not known, the process's own cgroup decides.
   */
  #containerOf(pid: number, ppid: number): string | null | undefined {
    const parent = this.#entries.peek(ppid) ?? this.#read(ppid);
    if (parent?.containerId) return parent.containerId;
    if (parent && parent.containerId === null && !isContainerRuntime(parent.self.exe)) return null;
    const living = this.#living(pid);
    return living ? (living.containerId ?? null) : undefined;
  }

  #read(pid: number): Entry | undefined {
    const living = this.#living(pid);
    if (!living) return undefined;
    const entry = fromLiving(living);
    this.#entries.set(pid, entry);
    return entry;
  }

  /** What /proc tells; "not there" holds for a second, within which no pid comes back unless by an exec, which tells itself. */
  #living(pid: number): LivingProcess | undefined {
    if (!this.#lookup) return undefined;
    const now = performance.now();
    if (now - (this.#gone.peek(pid) ?? Number.NEGATIVE_INFINITY) < goneMs) return undefined;
    const living = this.#lookup.lookup(pid);
    if (!living) this.#gone.set(pid, now);
    return living;
  }
}

function fromLiving({ pid, ppid, exe, argv, uid, containerId }: LivingProcess): Entry {
  return { ppid, containerId: containerId ?? null, self: new Known(pid, exe, argv, uid) };
}

/** The same list where it is short enough, as most are. */
function shorten(argv: readonly string[]): readonly string[] {
  if (argv.length <= maxAncestorArguments && argv.every((a) => a.length <= maxArgumentLength)) return argv;
  return argv
    .slice(0, maxAncestorArguments)
    .map((a) => (a.length > maxArgumentLength ? a.slice(0, maxArgumentLength) : a));
}

/** Same pid and same executable: otherwise the pid was reused and the remembered arguments are another's. */
function sameProgram(process: Process, known: Known): boolean {
  return process.exe === "" || known.exe === "" || process.exe === known.exe;
}

/** Programs below which a container's first process is born on the host and moved into its cgroup. */
function isContainerRuntime(exe: string): boolean {
  const name = exe.slice(exe.lastIndexOf("/") + 1);
  return (
    exe === "" ||
    name.startsWith("containerd-shim") ||
    name === "runc" ||
    name === "crun" ||
    name === "youki" ||
    name === "conmon" ||
    name === "docker-init" ||
    name.startsWith("kata-")
  );
}
