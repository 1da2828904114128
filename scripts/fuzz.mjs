// Runs modules-test/hostile/fuzz.bin.ts, which Node 20 cannot read by itself: bundled into a temporary file first.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
// Inside the repository, so that packages are found; node_modules is ignored by git and by every tool.
const folder = join(root, "node_modules/.cache", `vedette-fuzz-${process.pid}`);
mkdirSync(folder, { recursive: true });
try {
  await build({
    absWorkingDir: root,
    entryPoints: { fuzz: "modules-test/hostile/fuzz.bin.ts" },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    // The hub client stays a chunk that is never loaded.
    splitting: true,
    packages: "external",
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: "inline",
    logLevel: "warning",
  });
  const { status } = spawnSync(
    process.execPath,
    ["--enable-source-maps", join(folder, "fuzz.mjs"), ...process.argv.slice(2)],
    {
      stdio: "inherit",
    },
  );
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
