/** PATH and CWD records (kernel/auditsc.c `audit_log_name`). */
import { posix } from "node:path";
import type { FileIdentity } from "../../events/fact.ts";
import { Fields } from "./fields.ts";
import type { Piece } from "./record.ts";
import { shared } from "./shared.ts";

export type NameType = "NORMAL" | "PARENT" | "CREATE" | "DELETE" | "UNKNOWN";

export interface PathRecord {
  readonly item: number;
  /** As given to the system call: may be relative; undefined when the kernel does not know it. */
  readonly name: string | undefined;
  readonly inode: number | undefined;
  readonly device: string | undefined;
  readonly mode: number | undefined;
  readonly nameType: NameType;
}

/** PATH_MAX of Linux. */
const MAX_PATH = 4_096;
const nameTypes: readonly string[] = ["NORMAL", "PARENT", "CREATE", "DELETE"] satisfies NameType[];

export function pathRecord(piece: Piece): PathRecord {
  const fields = new Fields(piece);
  const item = fields.number(" item=") ?? -1;
  const name = fields.string(" name=")?.slice(0, MAX_PATH);
  const inode = fields.number(" inode=");
  const rawDevice = fields.raw(" dev=");
  const device = rawDevice === undefined ? undefined : shared(rawDevice);
  const mode = Number.parseInt(fields.raw(" mode=") ?? "", 8);
  // Kernels before 3.15 wrote objtype=.
  const nameType = fields.raw(" nametype=") ?? fields.raw(" objtype=") ?? "UNKNOWN";
  return {
    item,
    name,
    inode,
    device: device === "00:00" && inode === undefined ? undefined : device,
    mode: Number.isNaN(mode) ? undefined : mode,
    nameType: nameTypes.includes(nameType) ? (nameType as NameType) : "UNKNOWN",
  };
}

export function directoryOf(cwd: Piece | undefined): string | undefined {
  return cwd && new Fields(cwd).shared(" cwd=");
}

/** Absolute and normalised; undefined for a relative name below an unknown directory. */
export function absolute(name: string, directory: string | undefined): string | undefined {
  if (name.startsWith("/")) return normalised(name);
  return directory?.startsWith("/") ? normalised(`${directory}/${name}`) : undefined;
}

function normalised(path: string): string {
  if (!path.includes("//") && !path.includes("/.") && !path.endsWith("/")) return path;
  const short = posix.normalize(path).replace(/^\/\//, "/");
  return short.length > 1 && short.endsWith("/") ? short.slice(0, -1) : short;
}

export function identity(path: string, { inode, device, mode }: PathRecord): FileIdentity {
  return { path, inode, device, mode };
}
