// Writes docs/alerts.en.md and docs/alerts.ja.md from the catalogue, the texts, each detector's doc comment and its
// settings, docs/twin.md and docs/twin.schema.json from the twin's schema, so that the reference cannot drift from the code. With `--check` it writes nothing and fails where a page
// is stale or a detector does not state its blind spot.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { alertsPage } from "./alerts-page.mjs";
import { docComment } from "./doc-comment.mjs";
import { twinPage } from "./twin-page.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const check = process.argv.includes("--check");
let failures = 0;

/** Files of detectors: one per alert and means. */
const files = readdirSync(join(root, "src/detectors"))
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !["detector.ts", "index.ts"].includes(name))
  .sort();

/** Bundles the TypeScript sources into one temporary module and imports it: Node 20 cannot read them. */
async function sources() {
  const contents = [
    'export { catalogue, alertIds } from "./src/alerts/catalogue.ts";',
    'export { attackVersion } from "./src/alerts/attack.ts";',
    'export { texts } from "./src/alerts/text.ts";',
    'export { conditionJa } from "./src/alerts/condition.ja.ts";',
    'export { policyShape, moduleSections, alertSchemas } from "./src/config/schema.ts";',
    'export { exceptionSchema } from "./src/config/exception.ts";',
    'export { threatListSettings } from "./src/config/threat-list-settings.ts";',
    'export { ConfigurationReader } from "./src/config/configuration.ts";',
    'export { twinJsonSchema } from "./src/config/json-schema.ts";',
    'export { detectors } from "./src/detectors/index.ts";',
    'export { z } from "zod";',
    ...files.map((file, index) => `export * as detector${index} from "./src/detectors/${file}";`),
  ].join("\n");
  const folder = mkdtempSync(join(tmpdir(), "vedette-docs-"));
  try {
    const outfile = join(folder, "sources.mjs");
    const banner = {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    };
    await build({
      stdin: { contents, resolveDir: root, loader: "ts" },
      bundle: true,
      platform: "node",
      format: "esm",
      outfile,
      banner,
      logLevel: "error",
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every means of seeing an alert, with what its source says about it. */
function meansOf(module) {
  return files.flatMap((file, index) =>
    Object.values(module[`detector${index}`])
      .filter((value) => typeof value?.start === "function" && value.alert && value.settings)
      .map((detector) => {
        const { condition, blindSpot } = docComment(readFileSync(join(root, "src/detectors", file), "utf8"));
        if (!blindSpot) {
          console.error(`src/detectors/${file}: no doc comment with "Blind spot:"`);
          failures += check ? 1 : 0;
        }
        return { file, alert: detector.alert, on: detector.on, settings: detector.settings, condition, blindSpot };
      }),
  );
}

function place(path, text) {
  const target = join(root, path);
  if (!check) writeFileSync(target, text);
  else if (!existsSync(target) || readFileSync(target, "utf8") !== text) {
    console.error(`${path} is stale: run \`npm run docs\``);
    failures++;
  }
}

const module = await sources();
const means = meansOf(module);
for (const language of ["en", "ja"]) place(`docs/alerts.${language}.md`, alertsPage(language, module, means));
place("docs/twin.md", twinPage(module));
place("docs/twin.schema.json", `${JSON.stringify(module.twinJsonSchema(module.detectors), null, 2)}\n`);
process.exitCode = failures > 0 ? 1 : 0;
