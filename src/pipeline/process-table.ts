import type { Ancestor, Container, ContainerDetail, Process } from "../events/fact.ts";
import { BoundedMap } from "../operators/bounded.ts";
import type { LivingProcess, ProcessLookup } from "../ports.ts";

/** A process as the table remembers it. `containerId`: a 64-hex id, null = on the host, undefined = not known yet. */
interface Entry {
  readonly pid: number;
  readonly ppid: number;
  readonly exe: string;
  readonly argv: readonly string[];
  readonly uid: number | undefined;
  readonly containerId: string | null | undefined;
}

/** Deepest chain that a fact carries; a real one seldom passes 12. */
const maxAncestors = 16;
/** argv kept per ancestor: enough to tell a script's name, little enough for 16,384 entries. */
const maxAncestorArguments = 8;
const maxArgumentLength = 256;

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

  /** @param lookup absent in a replay, where only the log's own facts count. */
  constructor(lookup?: ProcessLookup, limit = 16_384) {
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
    const containerId = process.container?.id ?? this.#containerOf(process.pid, process.ppid);
    this.#entries.set(process.pid, {
      pid: process.pid,
      ppid: process.ppid,
      exe: process.exe,
      argv: shorten(process.argv),
      uid: process.uid,
      containerId,
    });
    return this.#complete(process, containerId);
  }

  /** Completes the process of any other fact: what the source left out is taken from the table. */
  seen(process: Process): Process {
    const known = this.#entries.get(process.pid) ?? this.#read(process.pid);
    if (!known) return this.#complete(process, process.container?.id ?? this.#containerOf(process.pid, process.ppid));
    const filled =
      process.argv.length > 0 ? process : { ...process, argv: sameProgram(process, known) ? known.argv : [] };
    return this.#complete(filled, process.container?.id ?? known.containerId);
  }

  #complete(process: Process, containerId: string | null | undefined): Process {
    const ancestors = this.#ancestors(process.ppid);
    if (!containerId) return { ...process, ancestors };
    return { ...process, ancestors, container: this.#containers.get(containerId) ?? { id: containerId } };
  }

  #ancestors(ppid: number): readonly Ancestor[] {
    const chain: Ancestor[] = [];
    let pid = ppid;
    while (pid > 0 && chain.length < maxAncestors) {
      const entry = this.#entries.peek(pid) ?? this.#read(pid);
      if (!entry) break;
      chain.push({ pid, exe: entry.exe, argv: entry.argv, uid: entry.uid });
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
    if (parent && parent.containerId === null && !isContainerRuntime(parent.exe)) return null;
    const living = this.#lookup?.lookup(pid);
    return living ? (living.containerId ?? null) : undefined;
  }

  #read(pid: number): Entry | undefined {
    const living = this.#lookup?.lookup(pid);
    if (!living) return undefined;
    const entry = fromLiving(living);
    this.#entries.set(pid, entry);
    return entry;
  }
}

function fromLiving(living: LivingProcess): Entry {
  return {
    pid: living.pid,
    ppid: living.ppid,
    exe: living.exe,
    argv: shorten(living.argv),
    uid: living.uid,
    containerId: living.containerId ?? null,
  };
}

function shorten(argv: readonly string[]): readonly string[] {
  return argv
    .slice(0, maxAncestorArguments)
    .map((a) => (a.length > maxArgumentLength ? a.slice(0, maxArgumentLength) : a));
}

/** Same pid and same executable: otherwise the pid was reused and the remembered arguments are another's. */
function sameProgram(process: Process, known: Entry): boolean {
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
