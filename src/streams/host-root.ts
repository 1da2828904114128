/**
 * The host's file system below one root, read as if in a chroot.
 *
 * Ownership of the danger: paths come from us, but what lies on them belongs to the host, where an attacker may have
 * put a symlink to `/data/secret` of this container, a FIFO that blocks the reader for ever, or a device whose open
 * has an effect. So every component is looked at before it is used, symlinks are followed by hand inside the root,
 * and only a regular file is ever opened.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, readSync, realpathSync } from "node:fs";
import { lstat, open, readdir, readlink } from "node:fs/promises";
import { join, normalize } from "node:path";
import type { HostRoot } from "../ports.ts";

/** Linux gives up after 40 symbolic links (MAXSYMLINKS, include/linux/namei.h). */
const maxLinks = 40;
const defaultMaxBytes = 1024 * 1024;
/** O_NONBLOCK: should a FIFO replace the file after we looked, the open returns instead of waiting for a writer. */
const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/** Asks of a path: what does this symlink point to? Answered with undefined where it is none. */
type Walk = Generator<string, string, string | undefined>;

/**
 * Opens the view. `root` is `/` standalone and `/host` in the container; it must exist.
 *
 * Blind spot: a magic link of procfs (`/proc/<pid>/root`, `.../cwd`) is followed as the text it shows, so it leads
 * into the host's own tree and never into that process's mount namespace.
 */
export function openHostRoot(root: string): HostRoot {
  const base = normalize(root).replace(/\/$/, "");
  const onMachine = (hostPath: string) => `${base}${normalize(`/${hostPath}`)}`;
  const inside = confinement(base);
  return {
    root: base === "" ? "/" : base,
    path: onMachine,
    async readText(hostPath, maxBytes = defaultMaxBytes) {
      const path = await drive(resolveInside(base, hostPath));
      refuseIrregular(path, (await lstat(path)).isFile());
      const file = await open(path, openFlags);
      try {
        refuseIrregular(path, (await file.stat()).isFile());
        inside(path, await readlink(`/proc/self/fd/${file.fd}`).catch(() => path));
        return await readAll(maxBytes, path, async (b, at) => (await file.read(b, at, b.length - at)).bytesRead);
      } finally {
        await file.close();
      }
    },
    readTextSync(hostPath, maxBytes = defaultMaxBytes) {
      const path = driveSync(resolveInside(base, hostPath));
      refuseIrregular(path, lstatSync(path).isFile());
      const fd = openSync(path, openFlags);
      try {
        refuseIrregular(path, fstatSync(fd).isFile());
        inside(path, linkOfDescriptor(fd, path));
        return readAllSync(fd, maxBytes, path);
      } finally {
        closeSync(fd);
      }
    },
    async list(hostPath) {
      const path = await drive(resolveInside(base, hostPath));
      const directory = await open(path, openFlags | constants.O_DIRECTORY);
      try {
        const real = `/proc/self/fd/${directory.fd}`;
        inside(path, await readlink(real));
        return await readdir(real);
      } finally {
        await directory.close();
      }
    },
  };
}

/**
 * After the open, the kernel tells where the file really is: a directory swapped for a symlink between our look and
 * our open (openat2 with RESOLVE_IN_ROOT is not reachable from Node) is caught here.
 */
function confinement(base: string): (path: string, real: string) => void {
  if (base === "") return () => {};
  return (path, real) => {
    const prefix = `${realpathSync(base)}/`;
    if (real !== path && !real.startsWith(prefix)) throw failure("EXDEV", "leaves the host root", path);
  };
}

function linkOfDescriptor(fd: number, otherwise: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return otherwise;
  }
}

/** Where a path of the host leads to, symlinks followed inside `base`, as a path on this machine. Throws the fs error. */
export function resolvedInside(base: string, hostPath: string): string {
  return driveSync(resolveInside(base, hostPath));
}

/** Walks the components of `hostPath`; `..` stops at the root, an absolute target starts again from the root. */
function* resolveInside(base: string, hostPath: string): Walk {
  const left = hostPath.split("/").reverse();
  const done: string[] = [];
  let links = 0;
  while (left.length > 0) {
    const name = left.pop() as string;
    if (name === "" || name === ".") continue;
    if (name === "..") {
      done.pop();
      continue;
    }
    if (name.includes("\0")) throw failure("EINVAL", "null byte in the path", hostPath);
    const path = `${base}/${[...done, name].join("/")}`;
    const target = yield path;
    if (target === undefined) {
      done.push(name);
      continue;
    }
    links += 1;
    if (links > maxLinks) throw failure("ELOOP", "too many symbolic links", hostPath);
    if (target.startsWith("/")) done.length = 0;
    left.push(...target.split("/").reverse());
  }
  return join(base === "" ? "/" : base, ...done);
}

async function drive(steps: Walk): Promise<string> {
  let step = steps.next();
  while (!step.done) {
    const path = step.value;
    step = steps.next((await lstat(path)).isSymbolicLink() ? await readlink(path) : undefined);
  }
  return step.value;
}

function driveSync(steps: Walk): string {
  let step = steps.next();
  while (!step.done) {
    const path = step.value;
    step = steps.next(lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined);
  }
  return step.value;
}

function refuseIrregular(path: string, regular: boolean): void {
  if (!regular) throw failure("EINVAL", "not a regular file", path);
}

/** procfs says size 0, so the end is found by reading, and a file that never ends is refused, not cut. */
async function readAll(
  maxBytes: number,
  path: string,
  read: (buffer: Buffer, at: number) => Promise<number>,
): Promise<string> {
  let buffer: Buffer = Buffer.allocUnsafe(Math.min(maxBytes + 1, 16 * 1024));
  let length = 0;
  for (;;) {
    const got = await read(buffer, length);
    if (got === 0) return buffer.toString("utf8", 0, length);
    length += got;
    if (length > maxBytes) throw failure("EFBIG", `larger than ${maxBytes} bytes`, path);
    if (length === buffer.length) buffer = grown(buffer, maxBytes + 1);
  }
}

function readAllSync(fd: number, maxBytes: number, path: string): string {
  let buffer: Buffer = Buffer.allocUnsafe(Math.min(maxBytes + 1, 16 * 1024));
  let length = 0;
  for (;;) {
    const got = readSync(fd, buffer, length, buffer.length - length, null);
    if (got === 0) return buffer.toString("utf8", 0, length);
    length += got;
    if (length > maxBytes) throw failure("EFBIG", `larger than ${maxBytes} bytes`, path);
    if (length === buffer.length) buffer = grown(buffer, maxBytes + 1);
  }
}

function grown(buffer: Buffer, limit: number): Buffer {
  const larger = Buffer.allocUnsafe(Math.min(limit, buffer.length * 4));
  buffer.copy(larger);
  return larger;
}

function failure(code: string, reason: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${reason}, '${path}'`), { code, path });
}
