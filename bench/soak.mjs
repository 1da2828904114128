// Memory of the running module over time: container churn is left to the end-to-end suites; here work and hostile names.
import { randomBytes } from "node:crypto";
import { paced } from "./live.mjs";
import { LiveModule } from "./live-module.mjs";
import { cpuOf, memoryOf } from "./measure.mjs";
import { Stream } from "./stream.mjs";

const rate = 500;
const sampleMs = 5_000;

/**
 * Plays recorded work at 500 executions a second; each fourth has a name, directory, argument and pid never seen before,
 * as an attacker would who wants to fill the module's memories, and each 500th is a deed with a subject of its own.
 *
 * @param {number} minutes
 * @returns {Promise<{minutes: number, samples: [number, number][], slope: number, first: number, last: number}>}
 * samples of seconds and bytes; `slope` in bytes a minute, by least squares over the second half
 */
export async function soak(bundle, minutes) {
  const module = await new LiveModule().start(bundle);
  const stream = new Stream();
  const samples = [];
  const startedAt = performance.now();
  const look = setInterval(
    () => samples.push([(performance.now() - startedAt) / 1_000, memoryOf(module.pid)]),
    sampleMs,
  );
  try {
    let deeds = 0;
    const before = cpuOf(module.pid);
    await paced(rate, minutes * 60, (index, now) => module.append(eventFor(stream, index, now, () => ++deeds)));
    const cpu = (cpuOf(module.pid) - before) / (minutes * 60);
    return { minutes, rate, deeds, cpu, samples, ...trend(samples) };
  } finally {
    clearInterval(look);
    await module.stop();
  }
}

function eventFor(stream, index, now, deed) {
  if (index % 500 === 499) return stream.deed(deed() & 0xffff, now);
  const event = stream.next(now);
  return index % 4 === 0 ? hostile(event, index) : event;
}

/** Each name is new, long, and needs hex (a blank and a byte above 127). */
function hostile(event, index) {
  const name = Buffer.concat([Buffer.from(`/tmp/\u00e9 ${index} `), randomBytes(120)])
    .toString("hex")
    .toUpperCase();
  return event
    .replace(/ exe="[^"]*"/, ` exe=${name}`)
    .replace(/ cwd="[^"]*"/, ` cwd=${name}`)
    .replace(/ a1=("[^"]*"|[0-9A-F]+)(?=\n)/, ` a1=${name}`)
    .replace(/ pid=\d+/, ` pid=${1_000_000 + (index % 3_000_000)}`);
}

/** The second half only: in the first the heap still finds its size. */
function trend(samples) {
  const half = samples.slice(Math.floor(samples.length / 2));
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = mean(half.map(([at]) => at));
  const y = mean(half.map(([, bytes]) => bytes));
  const over = half.reduce((sum, [at, bytes]) => sum + (at - x) * (bytes - y), 0);
  const under = half.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
  return {
    slope: under === 0 ? 0 : (over / under) * 60,
    first: samples[0]?.[1] ?? 0,
    last: samples.at(-1)?.[1] ?? 0,
    peak: samples.reduce((most, [, bytes]) => Math.max(most, bytes), 0),
  };
}

export function soakText({ minutes, rate: perSecond, cpu, first, last, peak, slope, deeds }) {
  const mb = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
  return `\nSoak ${minutes} min at ${perSecond} executions/s, a quarter under names never seen, ${deeds} deeds: resident ${mb(first)} at first, ${mb(last)} at last, ${mb(peak)} at most; slope of the second half ${(slope / 1e6).toFixed(3)} MB a minute; ${(cpu * 100).toFixed(1)} % of a core`;
}
