/** Processes, files and users as OCSF 1.8.0 objects. */
import { posix } from "node:path";
import type { Cleaner } from "../alerts/cleaner.ts";
import type { OcsfEvidence, OcsfFile, OcsfProcess, OcsfProcessEntity, OcsfUser } from "../alerts/ocsf.ts";
import type { Ancestor, FileIdentity, Process } from "../events/fact.ts";

/** A safe integer, or undefined: OCSF has no place for NaN, and Kusto none for fractions in a long. */
export function integer(value: number | undefined): number | undefined {
  return value !== undefined && Number.isSafeInteger(value) ? value : undefined;
}

/** File types of the mode's format bits (inode(7), S_IFMT) as OCSF `file.type_id`. */
const fileTypes: Readonly<Record<number, readonly [number, string]>> = {
  32768: [1, "Regular File"],
  16384: [2, "Folder"],
  8192: [3, "Character Device"],
  24576: [4, "Block Device"],
  49152: [5, "Local Socket"],
  4096: [6, "Named Pipe"],
  40960: [7, "Symbolic Link"],
};

/** A file by its path; its type where the mode tells. */
export function fileOf(file: FileIdentity, cleaner: Cleaner): OcsfFile {
  const [type_id, type] = fileTypes[(file.mode ?? 0) & 0o170000] ?? [0, "Unknown"];
  const path = cleaner.line(file.path);
  return {
    name: cleaner.line(posix.basename(file.path)) || path || "unknown",
    path,
    type_id,
    type,
    ...(file.inode !== undefined && { uid: cleaner.line(`${file.device ?? ""}:${file.inode}`) }),
  };
}

function userOf(name: string | undefined, uid: number | undefined, cleaner: Cleaner): OcsfUser | undefined {
  if (name === undefined && uid === undefined) return undefined;
  return {
    ...(name !== undefined && { name: cleaner.line(name) }),
    ...(uid !== undefined && { uid: String(uid) }),
  };
}

function entityOf(process: Ancestor | Process, cleaner: Cleaner, limit: number): OcsfProcessEntity {
  const path = process.exe || process.argv[0] || "";
  const comm = "comm" in process ? process.comm : undefined;
  return {
    pid: integer(process.pid) ?? 0,
    name: cleaner.line(comm || posix.basename(path) || "unknown"),
    ...(process.exe !== "" && { path: cleaner.line(process.exe) }),
    ...(process.argv.length > 0 && { cmd_line: cleaner.commandLine(process.argv, limit) }),
  };
}

function parentOf(process: Process, cleaner: Cleaner): OcsfProcess | undefined {
  const parent = process.ancestors?.[0];
  if (parent) {
    const user = userOf(undefined, parent.uid, cleaner);
    return { ...entityOf(parent, cleaner, cleaner.limits.ancestorLine), ...(user && { user }) };
  }
  return process.ppid > 0 && integer(process.ppid) !== undefined ? { pid: process.ppid } : undefined;
}

/** The process with its user, session, parent and ancestry. */
export function processOf(process: Process, cleaner: Cleaner): OcsfProcess {
  const parent = parentOf(process, cleaner);
  const ancestry = cleaner
    .list(process.ancestors ?? [], cleaner.limits.ancestors)
    .map((ancestor) => entityOf(ancestor, cleaner, cleaner.limits.ancestorLine));
  const user = userOf(process.user, process.uid, cleaner);
  const auid = integer(process.loginUid);
  const euid = integer(process.euid);
  return {
    ...entityOf(process, cleaner, cleaner.limits.commandLine),
    ...(process.exe !== "" && {
      file: { ...fileOf({ path: process.exe }, cleaner), type_id: 1, type: "Regular File" },
    }),
    ...(process.cwd !== undefined && { working_directory: cleaner.line(process.cwd) }),
    ...(user && { user }),
    ...(auid !== undefined && { auid }),
    ...(euid !== undefined && { euid }),
    ...sessionOf(process, cleaner),
    ...(parent && { parent_process: parent }),
    ...(ancestry.length > 0 && { ancestry }),
  };
}

function sessionOf({ session, tty }: Process, cleaner: Cleaner): Pick<OcsfProcess, "session"> {
  if (session === undefined && tty === undefined) return {};
  return {
    session: {
      ...(session !== undefined && { uid: String(session) }),
      ...(tty !== undefined && { terminal: cleaner.line(tty) }),
    },
  };
}

/** Who logged in, where it is known: stays the same through su and sudo. */
export function actorOf(process: Process, cleaner: Cleaner): OcsfEvidence["actor"] {
  if (process.loginUid === undefined) return undefined;
  const user = userOf(process.loginUid === process.uid ? process.user : undefined, process.loginUid, cleaner);
  return user && { user };
}
