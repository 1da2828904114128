// Bundles the module into dist/: one entry and lazily loaded chunks (the hub client and docker are not loaded by
// `replay`). Packages that the SDK and dockerode pull in but never reach on our paths are replaced by an empty module:
// measured, that is 24 MB of resident memory and half of the start time.
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Never reached: blob upload, ssh:// docker hosts, buildkit's grpc session, MQTT over websockets. */
const unreached = new Set(["@azure/storage-blob", "ssh2", "@grpc/grpc-js", "@grpc/proto-loader", "protobufjs", "ws"]);

/** @type {import("esbuild").Plugin} */
const slim = {
  name: "slim",
  setup(builder) {
    builder.onResolve({ filter: /^[@a-z]/ }, ({ path, importer }) => {
      if (!unreached.has(path)) return undefined;
      if (path === "ws" && !importer.includes("node_modules")) return undefined;
      return { path, namespace: "empty" };
    });
    builder.onLoad({ filter: /.*/, namespace: "empty" }, () => ({ contents: "module.exports = {};" }));
    // Of zod's messages in 50 languages the module uses its own alone: 0.3 MB.
    builder.onResolve({ filter: /\/locales\/index\.js$/ }, ({ importer }) => {
      if (!importer.includes("node_modules/zod/")) return undefined;
      return { path: join(root, "node_modules/zod/v4/locales/en.js") };
    });
    // mqtt-packet makes a buffer of each number below 65,536 at its first packet: 9 MB, and no module sends that fast.
    builder.onLoad({ filter: /node_modules\/mqtt-packet\/writeToStream\.js$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      const lean = text
        .replace("let writeNumber = writeNumberCached", "let writeNumber = writeNumberGenerated")
        .replace("let toGenerate = true", "let toGenerate = false");
      if (lean.length !== text.length + 4) throw new Error(`${path} has changed: see what switches its cache off now`);
      return { contents: lean };
    });
    // rxjs names a CommonJS build for node; its ES build can be shaken.
    builder.onResolve({ filter: /^rxjs$/ }, () => ({ path: join(root, "node_modules/rxjs/dist/esm/index.js") }));
  },
};

const outdir = join(root, "dist");
rmSync(outdir, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { main: "src/main.ts" },
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "linked",
  sourcemap: process.argv.includes("--sourcemap") ? "linked" : false,
  chunkNames: "chunks/[name]-[hash]",
  define: { "process.env.VEDETTE_VERSION": JSON.stringify(version) },
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; import { fileURLToPath as __fileURLToPath } from "node:url"; import { dirname as __pathDirname } from "node:path"; const require = __createRequire(import.meta.url), __filename = __fileURLToPath(import.meta.url), __dirname = __pathDirname(__filename);',
  },
  // Machine code, found beside dist/ in node_modules when the audit netlink is opened.
  external: ["koffi"],
  plugins: [slim],
  logLevel: "warning",
});

const total = (dir) =>
  readdirSync(dir, { withFileTypes: true }).reduce(
    (sum, e) => sum + (e.isDirectory() ? total(join(dir, e.name)) : statSync(join(dir, e.name)).size),
    0,
  );
console.log(`dist/ ${(total(outdir) / 1024).toFixed(0)} KiB, vedette ${version}`);
