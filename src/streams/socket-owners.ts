/**
 * Which process holds a socket. The kernel offers no index, so the descriptors of processes are read until the inodes
 * asked for are found or the budget is spent: newest processes first, since new sockets are mostly theirs.
 *
 * Blind spot: without CAP_SYS_PTRACE only own processes answer; a socket inherited by several has the first found.
 */
import type { ProcessLookup } from "../ports.ts";
import { socketInodes } from "./docker-daemons.ts";

/** A look may cost this much: it shares its thread with the whole module. */
const budgetMs = 25;
const maxDescriptors = 4096;

export function socketOwners(
  lookup: ProcessLookup,
  proc: string,
  inodes: ReadonlySet<number>,
  clock: () => number = () => performance.now(),
): Map<number, number> {
  const owners = new Map<number, number>();
  if (inodes.size === 0) return owners;
  const end = clock() + budgetMs;
  for (const pid of [...lookup.pids()].reverse()) {
    for (const inode of socketInodes(proc, pid, maxDescriptors) ?? []) {
      if (inodes.has(inode) && !owners.has(inode)) owners.set(inode, pid);
    }
    if (owners.size === inodes.size || clock() > end) break;
  }
  return owners;
}
