// Runs the fault matrix (modules-test/faults): bundles it, because Node 20 cannot read TypeScript, and imports it.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = join(fileURLToPath(import.meta.url), "../..");
process.env.VEDETTE_BUNDLE ??= join(root, "dist/main.js");
// Inside the project, so that packages are found.
const folder = mkdtempSync(join(root, "node_modules/.faults-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const outfile = join(folder, "faults.mjs");

/** The rig finds the project's files from where its own lie. @type {import("esbuild").Plugin} */
const atHome = {
  name: "at-home",
  setup(builder) {
    builder.onLoad({ filter: /modules-test\/.*\.ts$/ }, ({ path }) => ({
      loader: "ts",
      contents: readFileSync(path, "utf8").replaceAll("import.meta.dirname", JSON.stringify(dirname(path))),
    }));
  },
};

await build({
  entryPoints: [join(root, "modules-test/faults/main.ts")],
  bundle: true,
  packages: "external",
  platform: "node",
  target: "node20",
  format: "esm",
  outfile,
  sourcemap: "inline",
  plugins: [atHome],
  logLevel: "error",
});
const { main } = await import(pathToFileURL(outfile).href);
process.exit(await main(process.argv.slice(2)));
