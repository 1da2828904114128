/**
 * Stand-ins for the two images that the Dockerfile begins FROM, under their own names, made of this machine's node: no
 * registry is asked, and the Dockerfile is built as it stands.
 *
 * Blind spots: npm is not in them (node_modules comes with the builder), and the base is not Debian's: nothing is
 * proven about that image's own packages.
 */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { runChild } from "../rig/host/child.ts";
import type { DockerEngine } from "../rig/host/docker-engine.ts";
import { programPath } from "../rig/host/needs.ts";

const project = resolve(import.meta.dirname, "../..");
export const baseImage = "amd64/node:20-bookworm-slim";
const builderImage = "node:20-bookworm-slim";

/** What the build stage and the deeds inside a second container call. */
const applets = ["sh", "cp", "mkdir", "chmod", "find", "touch", "sleep", "cat", "ls", "id", "wget", "nc", "rm", "true"];
/** Of node_modules the build needs the run-time packages, the rig's broker and esbuild; these are large and neither. */
const leftOut = [
  "typescript",
  "@typescript",
  "@biomejs",
  "vitest",
  "@vitest",
  "rolldown",
  "@rolldown",
  "vite",
  "@types",
];

/** Imports both images into the engine. */
export async function importBaseImages(engine: DockerEngine): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "base-"));
  try {
    const root = join(directory, "root");
    await layOut(root);
    const base = join(directory, "base.tar");
    await runChild("tar", ["-C", root, "--owner=0", "--group=0", "-cf", base, "."]);
    await engine.docker("import", base, baseImage);
    const excluded = leftOut.map((name) => `--exclude=node_modules/${name}`);
    const packages = ["--transform=s,^node_modules,src/node_modules,", "-C", project, "node_modules"];
    await runChild("tar", [...excluded, "--owner=0", "--group=0", "-rf", base, ...packages]);
    await engine.docker("import", base, builderImage);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** node, the libraries that the loader names, busybox, and the accounts of the official image. */
async function layOut(root: string): Promise<void> {
  for (const folder of ["bin", "etc", "proc", "sys", "dev", "var", "run"])
    mkdirSync(join(root, folder), { recursive: true });
  mkdirSync(join(root, "tmp"), { mode: 0o1777 });
  const node = realpathSync(process.execPath);
  cpSync(node, join(root, "bin/node"));
  for (const library of await librariesOf(node)) {
    mkdirSync(join(root, dirname(library)), { recursive: true });
    cpSync(realpathSync(library), join(root, library));
  }
  cpSync(programPath("busybox") ?? "/bin/busybox", join(root, "bin/busybox"));
  for (const applet of applets) symlinkSync("busybox", join(root, "bin", basename(applet)));
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n");
  writeFileSync(join(root, "etc/group"), "root:x:0:\nnode:x:1000:\n");
}

/** ldd(1) prints `name => path (address)` or `path (address)`. */
async function librariesOf(program: string): Promise<string[]> {
  const lines = (await runChild("ldd", [program])).split("\n");
  return lines.flatMap((line) => /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}
