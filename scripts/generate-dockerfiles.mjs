// Dockerfile.template -> one Dockerfile for each platform of module.json. `--check` only says whether they differ.
import { readFileSync, writeFileSync } from "node:fs";

/** Platform of module.json and of Docker Hub's image names -> processor as npm names it. */
const processors = { amd64: "x64", arm64v8: "arm64", arm32v7: "arm" };
const root = new URL("../", import.meta.url);
const read = (name) => readFileSync(new URL(name, root), "utf8");
const template = read("Dockerfile.template");
const { version } = JSON.parse(read("package.json"));
let different = false;
for (const [platform, cpu] of Object.entries(processors)) {
  const text = `# Generated from Dockerfile.template; do not edit.\n${template}`
    .replace("@BASE@", `${platform}/node:20-bookworm-slim`)
    .replace("@BUILDER@", "node:20-bookworm-slim")
    .replace("@CPU@", cpu)
    .replace("@VERSION@", version);
  const file = `Dockerfile.${platform}`;
  if (!process.argv.includes("--check")) writeFileSync(new URL(file, root), text);
  else if (read(file) !== text) {
    console.error(`${file} is not what the template says: run node scripts/generate-dockerfiles.mjs`);
    different = true;
  }
}
process.exit(different ? 1 : 0);
