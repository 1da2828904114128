/** `npm run fuzz -- --runs N --seed S`: 1,000,000 hostile inputs by default. Exit code 1 when a property does not hold. */
import { parseArgs } from "node:util";
import { hostileRun, type KindResult } from "./run.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "1000000" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
  },
});
const runs = Number(values.runs);
const seed = Number(values.seed);
if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed))
  throw new Error("--runs and --seed are whole numbers");

const begun = process.hrtime.bigint();
console.log(`${runs} hostile inputs, seed ${seed}`);
const result = await hostileRun({
  runs,
  seed,
  mostMs: 100,
  onProgress: (done) => {
    if (done % 50_000 === 0) console.log(`${done} inputs, ${seconds()} s`);
  },
});
const row = (cells: readonly (string | number)[]) =>
  console.log(cells.map((cell, i) => (i === 0 ? String(cell).padEnd(26) : String(cell).padStart(12))).join(""));
row(["input", "count", "mean ms", "slowest ms"]);
for (const kind of result.kinds) row([kind.name, kind.inputs, mean(kind), kind.slowestMs.toFixed(1)]);
const total = result.kinds.reduce((sum, { inputs }) => sum + inputs, 0);
console.log(
  `\n${total} inputs, ${result.facts} facts, ${result.messages} messages of ${result.alerts.size} alerts, ${seconds()} s, ` +
    `largest body ${result.largestBody} B, largest state ${result.largestState} B, ${rss()} MiB resident at most`,
);
if (result.failure === undefined) console.log("all properties held");
else {
  console.log(`\nA property does not hold.\n${result.failure}`);
}
// Timers of the operators that answered methods are still running.
process.exit(result.failure === undefined ? 0 : 1);

function mean({ inputs, cpuMs }: KindResult): string {
  return inputs === 0 ? "-" : (cpuMs / inputs).toFixed(3);
}

function seconds(): string {
  return (Number(process.hrtime.bigint() - begun) / 1e9).toFixed(0);
}

function rss(): string {
  return (process.resourceUsage().maxRSS / 1024).toFixed(0);
}
