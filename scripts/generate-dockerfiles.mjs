// Dockerfile.template -> one Dockerfile for each platform of module.json. `--check` only says whether they differ.
import { readFileSync, writeFileSync } from "node:fs";

const platforms = ["amd64", "arm64v8", "arm32v7"];
const root = new URL("../", import.meta.url);
const template = readFileSync(new URL("Dockerfile.template", root), "utf8");
let different = false;
for (const platform of platforms) {
  const text = `# Generated from Dockerfile.template; do not edit.\n${template}`
    .replace("@BASE@", `${platform}/node:20-bookworm-slim`)
    .replace("@BUILDER@", "node:20-bookworm-slim");
  const file = new URL(`Dockerfile.${platform}`, root);
  if (process.argv.includes("--check")) {
    if (readFileSync(file, "utf8") === text) continue;
    console.error(`Dockerfile.${platform} is not what the template says: run node scripts/generate-dockerfiles.mjs`);
    different = true;
  } else writeFileSync(file, text);
}
process.exit(different ? 1 : 0);
