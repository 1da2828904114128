// `node scripts/pick-koffi.mjs CPU FOLDER`: copies of koffi what runs (its loader, and the library for glibc of this
// processor) to FOLDER, a node_modules; 1.2 MB instead of 4.2 (sources, headers, musl).
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [cpu, folder] = process.argv.slice(2);
if (!cpu || !folder) throw new Error("usage: pick-koffi.mjs CPU FOLDER");
const installed = join(dirname(fileURLToPath(import.meta.url)), "../node_modules");
const native = `@koromix/koffi-linux-${cpu}`;
const [library] = readdirSync(join(installed, native)).filter((name) => name.startsWith("linux_"));
if (!library) throw new Error(`${native} holds no library for glibc`);

const version = (name) => JSON.parse(readFileSync(join(installed, name, "package.json"), "utf8")).version;
if (version(native) !== version("koffi")) throw new Error(`${native} is not of koffi's version`);

const loader = ["package.json", "LICENSE.txt", "index.js", "index.cjs", "src/koffi/index.js", "src/koffi/index.cjs"];
for (const file of [...loader, "src/koffi/src/static.js", "src/koffi/src/static.cjs"]) copy("koffi", file);
for (const file of ["package.json", "index.js", `${library}/koffi.node`]) copy(native, file);

function copy(name, file) {
  cpSync(join(installed, name, file), join(folder, name, file));
}
