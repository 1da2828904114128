/**
 * The kernel resolves the path of a watch in the mount namespace of whoever loads it. So in a container a path of the
 * host is given as it is reached from there; the kernel keeps the inode and reports what the accessing process named.
 *
 * `/proc/1/root` first: it reaches everything, and the same rule can be taken out from the host itself (`auditctl -D`
 * resolves the path of an `exe` once more). It needs CAP_SYS_PTRACE and no AppArmor profile that forbids it; what it
 * does not reach may be bound below the host root.
 */
import { type Stats, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { HostRoot } from "../../ports.ts";
import { resolvedInside } from "../host-root.ts";

export interface Reached {
  /** Path on this machine. */
  readonly path: string;
  readonly isDirectory: boolean;
}

/** `missing`: the host does not have it; `unreachable`: it may, but it cannot be seen from here. */
export type Reach = Reached | "missing" | "unreachable";

const INIT_ROOT = "/proc/1/root";

export class HostPaths {
  readonly #prefix: string;
  /** Device of this container's own root; undefined where every path is the host's. */
  readonly #foreign: number | undefined;

  constructor({ root }: HostRoot) {
    const standalone = root === "/";
    const whole = standalone || stat(`${INIT_ROOT}/etc`) !== undefined;
    this.#prefix = standalone ? "" : whole ? INIT_ROOT : root;
    this.#foreign = whole ? undefined : stat("/")?.dev;
  }

  /** A file or directory; a file that is not there yet, where its directory is. */
  reach(path: string): Reach {
    const found = this.#look(path);
    if (found) return this.#isForeign(found.stats) ? "unreachable" : place(found);
    const parent = this.#look(dirname(path));
    if (parent?.stats.isDirectory() && !this.#isForeign(parent.stats)) {
      return { path: join(parent.path, basename(path)), isDirectory: false };
    }
    return this.#isForeign(this.#nearest(dirname(path))) ? "unreachable" : "missing";
  }

  /** Where a path leads. The kernel would follow a symlink to an absolute path into this container's own root. */
  #look(path: string): { readonly path: string; readonly stats: Stats } | undefined {
    try {
      const here = this.#prefix === "" ? path : resolvedInside(this.#prefix, path);
      return { path: here, stats: statSync(here) };
    } catch {
      return undefined;
    }
  }

  /** The mount points that binds made in the image's own file system are not the host's directories. */
  #isForeign(found: Stats | undefined): boolean {
    return this.#foreign !== undefined && (found === undefined || found.dev === this.#foreign);
  }

  #nearest(path: string): Stats | undefined {
    return this.#look(path)?.stats ?? (path === "/" ? undefined : this.#nearest(dirname(path)));
  }
}

function place({ path, stats }: { readonly path: string; readonly stats: Stats }): Reached {
  return { path, isDirectory: stats.isDirectory() };
}

function stat(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
