/**
 * Paths by device and inode, learned from records that tell them.
 *
 * Why: of a call with a directory descriptor (`unlinkat(5, "f1")`, all of `rm -r`) or with only a descriptor
 * (`fchmod`), the kernel does not log the directory. Worse, it prints the *working directory* as the name of the
 * PARENT (seen on Linux 6.18), beside the true inode. So the inode is asked here; else the directory is unknown.
 */
import { BoundedMap } from "../../operators/bounded.ts";
import type { PathRecord } from "./paths.ts";

/** Some hundred bytes each. */
const MAX_KNOWN = 2_048;

export class KnownPaths {
  readonly #paths = new BoundedMap<string, string>(MAX_KNOWN);

  learn({ device, inode }: PathRecord, path: string): void {
    if (device !== undefined && inode !== undefined) this.#paths.set(`${device}:${inode}`, path);
  }

  /** An inode that was freed may become any other file. */
  forget({ device, inode }: PathRecord): void {
    this.#paths.delete(`${device}:${inode}`);
  }

  of({ device, inode }: PathRecord): string | undefined {
    return device === undefined || inode === undefined ? undefined : this.#paths.get(`${device}:${inode}`);
  }
}
