/**
 * The kernel resolves the path of a watch in the mount namespace of whoever loads it. So in a container a path of the
 * host is given as it is reached from there; the kernel keeps the inode and reports what the accessing process named.
 *
 * `/proc/1/root` first: it reaches everything, and the same rule can be taken out from the host itself (`auditctl -D`
 * resolves the path of an `exe` once more). It needs CAP_SYS_PTRACE and no AppArmor profile that forbids it; what it
 * does not reach may be bound below the host root.
 */
import { type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import type { HostRoot } from "../../ports.ts";

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

  /** A file or directory; of one that is not there, whether its directory is. */
  reach(path: string): Reach {
    const here = this.#prefix + path;
    const found = stat(here);
    if (found) return this.#isForeign(found) ? "unreachable" : { path: here, isDirectory: found.isDirectory() };
    const parent = stat(dirname(here));
    if (parent?.isDirectory() && !this.#isForeign(parent)) return { path: here, isDirectory: false };
    return this.#isForeign(this.#nearest(dirname(here))) ? "unreachable" : "missing";
  }

  /** The mount points that binds made in the image's own file system are not the host's directories. */
  #isForeign(found: Stats | undefined): boolean {
    return this.#foreign !== undefined && (found === undefined || found.dev === this.#foreign);
  }

  #nearest(path: string): Stats | undefined {
    return stat(path) ?? (path === "/" ? undefined : this.#nearest(dirname(path)));
  }
}

function stat(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
