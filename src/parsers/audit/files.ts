/**
 * File system calls -> `file.changed` and `file.opened`. Failed calls changed nothing and make no fact.
 *
 * Blind spot: a name below a directory that is known only by descriptor and was not seen before is given below `/?`:
 * its base name is true, its place unknown. Paths of a process in a container are those inside the container.
 */
import type { FileChanged, FileOpened, FileOperation } from "../../events/fact.ts";
import { isWorkingDirectory } from "./exec.ts";
import { Fields } from "./fields.ts";
import { KnownPaths } from "./known-paths.ts";
import { absolute, directoryOf, identity, type NameType, type PathRecord, pathRecord } from "./paths.ts";
import type { DoneCall } from "./process.ts";

/** include/uapi/asm-generic/fcntl.h; the same on x86, arm and riscv. */
const flag = { accessMode: 0o3, create: 0o100, truncate: 0o1000, pathOnly: 0o10000000 } as const;
const FILE_TYPE = 0o170000;
const DIRECTORY = 0o040000;
const PERMISSIONS = 0o7777;
/** Stands for a directory that is not known; no path of a Linux system begins so. */
const UNKNOWN_DIRECTORY = "/?";

interface Located extends PathRecord {
  readonly path: string;
}

export class Files {
  readonly #known = new KnownPaths();

  fact(done: DoneCall): FileChanged | FileOpened | undefined {
    if (!done.succeeded) return undefined;
    const cwd = directoryOf(done.event.cwd);
    const records = done.event.paths.map(pathRecord);
    const place = new Place(done, cwd, records, this.#known);
    const fact = this.#judge(done, place, cwd);
    place.learn();
    return fact;
  }

  #judge(done: DoneCall, place: Place, cwd: string | undefined): FileChanged | FileOpened | undefined {
    switch (done.call.action) {
      case "open":
        return this.#opened(done, place, cwd, done.fields.hex(done.call.value ?? " a1="));
      case "openat2":
        return this.#opened(done, place, cwd, openHow(done));
      case "creat":
        return this.#opened(done, place, cwd, 0o1 | flag.create | flag.truncate);
      case "rename":
        return this.#moved(done, place, cwd);
      case "link":
        return this.#linked(done, place, cwd);
      case "delete":
        return changed(done, "delete", place.only("DELETE"), cwd);
      case "make":
        return changed(done, "create", place.only("CREATE"), cwd);
      case "chmod":
        return this.#moded(done, place, cwd);
      case "chown":
        return changed(done, "chown", place.target(), cwd);
      case "truncate":
        return changed(done, "truncate", place.target(), cwd);
      default:
        return undefined;
    }
  }

  #opened(done: DoneCall, place: Place, cwd: string | undefined, flags: number): FileChanged | FileOpened | undefined {
    if ((flags & flag.pathOnly) !== 0) return undefined;
    const file = place.only("CREATE") ?? place.target();
    if (!file) return undefined;
    if (file.nameType === "CREATE") return changed(done, "create", file, cwd);
    if ((flags & flag.truncate) !== 0) return changed(done, "truncate", file, cwd);
    if ((flags & flag.accessMode) !== 0) return changed(done, "write", file, cwd);
    if (((file.mode ?? 0) & FILE_TYPE) === DIRECTORY) return undefined;
    const process = done.process([], cwd);
    return { kind: "file.opened", at: done.event.at, file: identity(file.path, file), process };
  }

  /** Of a rename over an existing file two names are DELETEd: the old one has the inode of the CREATEd. */
  #moved(done: DoneCall, place: Place, cwd: string | undefined): FileChanged | undefined {
    const to = place.only("CREATE");
    const from = place.all("DELETE").find(({ inode }) => inode === to?.inode) ?? place.only("DELETE");
    return to && from && changed(done, "rename", to, cwd, from.path);
  }

  /** Of a symbolic link the target is text, relative to the link's own directory. */
  #linked(done: DoneCall, place: Place, cwd: string | undefined): FileChanged | undefined {
    const link = place.only("CREATE");
    if (!link) return undefined;
    const hard = place.all("NORMAL")[0];
    const soft = hard ? undefined : place.first("UNKNOWN")?.name;
    const directory = link.path.slice(0, link.path.lastIndexOf("/")) || "/";
    return changed(done, "link", link, cwd, hard?.path ?? (soft === undefined ? undefined : absolute(soft, directory)));
  }

  /** PATH tells the mode before the call. */
  #moded(done: DoneCall, place: Place, cwd: string | undefined): FileChanged | undefined {
    const file = place.target();
    const wanted = done.fields.hex(done.call.value ?? " a1=") & PERMISSIONS;
    return file && changed(done, "chmod", { ...file, mode: ((file.mode ?? 0) & ~PERMISSIONS) | wanted }, cwd);
  }
}

/** Where the names of one event lie. */
class Place {
  readonly #done: DoneCall;
  readonly #cwd: string | undefined;
  readonly #records: readonly PathRecord[];
  readonly #known: KnownPaths;

  constructor(done: DoneCall, cwd: string | undefined, records: readonly PathRecord[], known: KnownPaths) {
    this.#done = done;
    this.#cwd = cwd;
    this.#records = records;
    this.#known = known;
  }

  first(type: NameType): PathRecord | undefined {
    return this.#records.find(({ nameType }) => nameType === type);
  }

  only(type: NameType): Located | undefined {
    return this.all(type).at(-1);
  }

  all(type: NameType): Located[] {
    return this.#records.filter(({ nameType }) => nameType === type).flatMap((record) => this.#locate(record) ?? []);
  }

  /** The file itself: the last that is no PARENT. */
  target(): Located | undefined {
    const record = this.#records.findLast(({ nameType }) => nameType !== "PARENT");
    return record && this.#locate(record);
  }

  #locate(record: PathRecord): Located | undefined {
    const { call } = this.#done;
    const { name } = record;
    if (call.descriptor || name === undefined) {
      const path = this.#known.of(record) ?? (name === undefined ? undefined : unknown(name));
      return path === undefined ? undefined : { ...record, path };
    }
    const path = absolute(name, this.#directory(record)) ?? this.#known.of(record) ?? unknown(name);
    return { ...record, path };
  }

  /** The directory that a relative name of this record is relative to. */
  #directory(record: PathRecord): string | undefined {
    const { call, fields } = this.#done;
    const isNew = record.nameType === "CREATE" && call.newDirectory !== undefined;
    const argument = isNew ? call.newDirectory : call.directory;
    if (argument === undefined || isWorkingDirectory(fields.raw(argument))) return this.#cwd;
    // The parent's name is not to be trusted, its inode is; it has only the last part of a longer relative name.
    const parents = this.#records.filter(({ nameType }) => nameType === "PARENT");
    const parent = isNew ? parents.at(-1) : parents[0];
    return parent && !record.name?.includes("/") ? this.#known.of(parent) : undefined;
  }

  /** Remembers directories and files of calls whose names are certain. */
  learn(): void {
    const { call, fields } = this.#done;
    const certain =
      !call.descriptor &&
      isWorkingDirectory(call.directory && fields.raw(call.directory)) &&
      isWorkingDirectory(call.newDirectory && fields.raw(call.newDirectory));
    for (const record of this.#records) {
      if (record.nameType === "DELETE" && call.action === "delete") this.#known.forget(record);
      else if (record.name !== undefined && record.nameType !== "DELETE" && record.nameType !== "UNKNOWN") {
        const path = certain || record.name.startsWith("/") ? absolute(record.name, this.#cwd) : undefined;
        const isTrue = certain || record.nameType !== "PARENT";
        if (path !== undefined && isTrue && !call.descriptor) this.#known.learn(record, path);
      }
    }
  }
}

function unknown(name: string): string {
  return `${UNKNOWN_DIRECTORY}/${name.slice(name.lastIndexOf("/") + 1)}`;
}

/** OPENAT2 (Linux 5.16): `oflag=0100000 mode=0 resolve=0x0`, octal; without it the call is taken as a reading. */
function openHow({ event }: DoneCall): number {
  if (!event.openat2) return 0;
  const flags = Number.parseInt(new Fields(event.openat2).raw(" oflag=") ?? "", 8);
  return Number.isNaN(flags) ? 0 : flags;
}

function changed(
  done: DoneCall,
  operation: FileOperation,
  file: Located | undefined,
  cwd: string | undefined,
  from?: string,
): FileChanged | undefined {
  if (!file) return undefined;
  const { event } = done;
  const process = done.process([], cwd);
  return { kind: "file.changed", at: event.at, operation, file: identity(file.path, file), from, process };
}
