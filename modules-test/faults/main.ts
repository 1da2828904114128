/**
 * `npm run test:faults`: the fault matrix. Deeds go on while something fails, and afterwards every one of them must have
 * arrived at `$upstream`. Exits 1 when a row lost one, told one under two ids, or broke a demand of its own.
 */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { bundle } from "../rig/host/module.ts";
import { failed, runMatrix, table } from "./matrix.ts";
import { rows } from "./rows/index.ts";

const usage = `npm run test:faults -- [options]
  --list         names of the rows
  --only NAME    rows whose name contains NAME; may be given more than once
  --quick        the quick half, with short faults
  --seed N       of everything random (default: the time; printed)
  --minutes N    length of the rows that may last as long as one likes (default 10)
  --jobs N       rows at once (default 1)`;

export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      list: { type: "boolean" },
      only: { type: "string", multiple: true },
      quick: { type: "boolean", default: false },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      minutes: { type: "string", default: "10" },
      jobs: { type: "string", default: "1" },
      help: { type: "boolean" },
    },
  });
  const wanted = values.only?.map((name) => name.toLowerCase());
  const chosen = rows.filter(
    ({ name, quick }) =>
      (!values.quick || quick) && (!wanted || wanted.some((part) => name.toLowerCase().includes(part))),
  );
  if (values.help || values.list || chosen.length === 0) {
    console.log(
      values.list ? rows.map(({ name, quick }) => `${quick ? "quick " : "      "} ${name}`).join("\n") : usage,
    );
    return values.help || values.list ? 0 : 2;
  }
  if (!existsSync(bundle)) throw new Error(`${bundle} is not there: run \`npm run build\` first`);
  const [seed, minutes, jobs] = [Number(values.seed), Number(values.minutes), Number(values.jobs)];
  console.log(`${chosen.length} rows, seed ${seed}`);
  const outcomes = await runMatrix(chosen, {
    quick: values.quick,
    seed,
    minutes,
    jobs,
    onOutcome: (outcome) => {
      const { name, count, skipped, faults } = outcome;
      const verdict = skipped ? `not run: ${skipped}` : failed(outcome) ? "FAILED" : "ok";
      console.log(`${verdict}: ${name}, ${count.arrived} of ${count.deeds}`);
      for (const fault of faults) console.log(fault);
    },
  });
  console.log(`\n${table(outcomes)}\n\nseed ${seed}`);
  return outcomes.some(failed) ? 1 : 0;
}
