/**
 * What /proc tells of a living process (proc(5)). Synchronous: the answer is wanted before the process is gone.
 *
 * Blind spot: without CAP_SYS_PTRACE `exe` and `cwd` of other users' processes are unreadable and given as "" and
 * undefined; under `hidepid` such processes are not seen at all. `argv` and `comm` belong to the process itself, which
 * may rewrite them. A process whose arguments lie on a hanging FUSE mount makes the kernel wait while we read them.
 */
import { closeSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs";
import { containerIdOf } from "../parsers/cgroup.ts";
import type { HostRoot, LivingProcess, ProcessLookup } from "../ports.ts";

/** More than any honest command line; the kernel allows 2 MiB, an attacker may fill it. */
const maxArguments = 64 * 1024;
const maxWords = 4096;
const deleted = " (deleted)";
/** Inode of the initial pid namespace: PROC_PID_INIT_INO, include/linux/proc_ns.h. */
const initialPidNamespace = "pid:[4026531836]";

/** Opens `<root>/proc`; where only this container's own /proc exists but it shows the host's pids, that one. */
export function openProcessLookup(hostRoot: HostRoot): ProcessLookup {
  const proc = procDirectory(hostRoot);
  const buffer = Buffer.allocUnsafe(maxArguments);
  return {
    lookup: (pid) => (Number.isSafeInteger(pid) && pid > 0 ? read(`${proc}/${pid}`, pid, buffer) : undefined),
    pids: () => pidsIn(proc),
  };
}

/** The directory in which the host's processes are. */
export function procDirectory(hostRoot: HostRoot): string {
  const mounted = hostRoot.path("/proc");
  if (mounted === "/proc" || pidsIn(mounted).length > 0) return mounted;
  try {
    if (readlinkSync("/proc/self/ns/pid") === initialPidNamespace) return "/proc";
  } catch {
    // No procfs of our own either: the lookup answers nothing.
  }
  return mounted;
}

function pidsIn(proc: string): number[] {
  let names: string[];
  try {
    names = readdirSync(proc);
  } catch {
    return [];
  }
  const pids: number[] = [];
  for (const name of names) {
    const first = name.charCodeAt(0);
    if (first >= 0x31 && first <= 0x39) pids.push(Number(name));
  }
  return pids;
}

function read(dir: string, pid: number, buffer: Buffer): LivingProcess | undefined {
  const stat = statFields(text(`${dir}/stat`, buffer, 4096));
  if (!stat) return undefined;
  const exe = link(`${dir}/exe`);
  const gone = exe?.endsWith(deleted) ?? false;
  return {
    pid,
    ppid: stat.ppid,
    exe: gone ? (exe as string).slice(0, -deleted.length) : (exe ?? ""),
    ...(gone && { exeDeleted: true }),
    argv: splitArguments(text(`${dir}/cmdline`, buffer, maxArguments) ?? ""),
    comm: stat.comm,
    uid: realUid(text(`${dir}/status`, buffer, 4096) ?? ""),
    cwd: link(`${dir}/cwd`),
    startTicks: stat.startTicks,
    containerId: containerIdOf(text(`${dir}/cgroup`, buffer, 16 * 1024) ?? ""),
  };
}

/** `pid (comm) state ppid ...`: comm may hold spaces and parentheses, so the last `)` ends it. Field 22 is the start. */
export function statFields(stat: string | undefined): { comm: string; ppid: number; startTicks: number } | undefined {
  if (stat === undefined) return undefined;
  const close = stat.lastIndexOf(")");
  const fields = stat.slice(close + 2).split(" ");
  const ppid = Number(fields[1]);
  const startTicks = Number(fields[19]);
  if (close < 0 || !Number.isSafeInteger(ppid) || !Number.isSafeInteger(startTicks)) return undefined;
  return { comm: stat.slice(stat.indexOf("(") + 1, close), ppid, startTicks };
}

/** Arguments end with NUL. A process that overwrote its title may have none: then it is one word. */
function splitArguments(cmdline: string): string[] {
  if (cmdline === "") return [];
  const words = cmdline.split("\0", maxWords);
  // The terminator of the last argument is no empty argument; an overwritten title is padded with NULs.
  while (words.length > 1 && words.at(-1) === "") words.pop();
  return words;
}

/** `Uid:` real, effective, saved, filesystem. */
function realUid(status: string): number | undefined {
  const at = status.indexOf("\nUid:\t");
  if (at < 0) return undefined;
  const uid = Number.parseInt(status.slice(at + 6, at + 18), 10);
  return Number.isNaN(uid) ? undefined : uid;
}

/** At most `limit` bytes of a file of procfs, cut rather than refused; undefined when gone or not ours to read. */
function text(path: string, buffer: Buffer, limit: number): string | undefined {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    let length = 0;
    while (length < limit) {
      const got = readSync(fd, buffer, length, limit - length, null);
      if (got === 0) break;
      length += got;
    }
    return buffer.toString("utf8", 0, length);
  } catch {
    // ESRCH: it died between open and read.
    return undefined;
  } finally {
    closeSync(fd);
  }
}

function link(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
