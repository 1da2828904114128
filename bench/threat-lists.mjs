// What large threat lists cost: 1,000,000 IPv4 addresses and 100,000 domains, each from a file, through the module's own
// stream. Prints load time, memory before, at the peak and after, and the longest time in which nothing else could run.
// Run: node --expose-gc bench/threat-lists.mjs
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = mkdtempSync(join(tmpdir(), "vedette-lists-"));

async function sources() {
  const outfile = join(folder, "sources.mjs");
  const contents = [
    'export { threatLists } from "./src/streams/threat-lists.ts";',
    'export { ThreatLists } from "./src/parsers/threats/threat-lists.ts";',
    'export { of } from "rxjs";',
  ].join("\n");
  const banner = { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' };
  const stdin = { contents, resolveDir: root, loader: "ts" };
  await build({ stdin, bundle: true, platform: "node", format: "esm", outfile, banner, logLevel: "error" });
  return import(pathToFileURL(outfile).href);
}

/** Lines into a file, a few thousand at a time: the measuring process must not have had them all in its memory. */
function write(name, count, line) {
  for (let from = 0; from < count; from += 5_000)
    appendFileSync(join(folder, name), Array.from({ length: 5_000 }, (_, i) => `${line(from + i)}\n`).join(""));
}

/** Distinct addresses from 11.0.0.0 to 99.255.255.255, in no order: a multiplication by an odd number is one to one. */
function address(i) {
  const n = 11 * 2 ** 24 + ((i * 1_000_003) % (89 * 2 ** 24));
  return `${Math.floor(n / 2 ** 24)}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`;
}

const megabytes = (bytes) => Math.round(bytes / 1e5) / 10;
const { threatLists, ThreatLists, of } = await sources();
write("addresses.txt", 1_000_000, address);
write("domains.hosts", 100_000, (i) => `0.0.0.0 c2-${i.toString(36)}.malware-${i % 997}.example.net`);
globalThis.gc?.();
await new Promise((resolve) => setTimeout(resolve, 500));

const before = process.memoryUsage();
let peak = before.rss;
let longest = 0;
let lastTick = performance.now();
const clock = setInterval(() => {
  longest = Math.max(longest, performance.now() - lastTick);
  lastTick = performance.now();
  peak = Math.max(peak, process.memoryUsage.rss());
}, 2);
const lists = new ThreatLists();
const common = { intervalMinutes: 360, maxMegabytes: 64, column: 1 };
const configured = of({
  addresses: { ...common, file: "addresses.txt", format: "plain" },
  domains: { ...common, file: "domains.hosts", format: "hosts" },
});
const started = performance.now();
let stop;
await new Promise((resolve, reject) => {
  let loaded = 0;
  const onOutcome = (_name, { state, reason }) => {
    if (state === "failed") reject(new Error(reason));
    else if (++loaded === 2) resolve();
  };
  stop = threatLists({ configured, directory: folder, lists, onOutcome }).open().subscribe();
});
const seconds = (performance.now() - started) / 1000;
stop.unsubscribe();
clearInterval(clock);
globalThis.gc?.();
await new Promise((resolve) => setTimeout(resolve, 1000));
const after = process.memoryUsage();

const asked = performance.now();
for (let i = 0; i < 1_000_000; i++) lists.address("203.0.113.200");
const lookup = performance.now() - asked;
console.log(
  JSON.stringify({
    sizes: Object.fromEntries(lists.sizes()),
    seconds: Math.round(seconds * 100) / 100,
    longestBlockMs: Math.round(longest),
    rssBeforeMB: megabytes(before.rss),
    rssPeakMB: megabytes(peak),
    rssAfterMB: megabytes(after.rss),
    heldMB: megabytes(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers),
    lookupMicroseconds: Math.round(lookup) / 1000,
  }),
);
rmSync(folder, { recursive: true, force: true });
process.exit(0);
