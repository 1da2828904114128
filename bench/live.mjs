// The running module: how soon an alert is on disk, whether a flood is lost, and what it costs.
import { setTimeout as sleep } from "node:timers/promises";
import { sources } from "./detectors.mjs";
import { LiveModule } from "./live-module.mjs";
import { cpuOf, memoryOf, spread } from "./measure.mjs";
import { deedAddress, Stream } from "./stream.mjs";

/** @param {string} bundle @param {{quick?: boolean}} options */
export async function liveRows(bundle, { quick = false } = {}) {
  const idle = await idleCost(bundle, quick ? 15 : 60);
  const latency = await latencyUnderLoad(bundle, 1_000, quick ? 5 : 30);
  const flood = await flooded(bundle, 10_000, quick ? 5 : 20);
  const targets = [
    {
      what: "live: median from execve to the alert on disk, 1,000/s",
      measured: latency.ms.median,
      target: 20,
      unit: "ms",
    },
    { what: "live: p99 of the same", measured: latency.ms.p99, target: 100, unit: "ms" },
    {
      what: "live: alerts missing of a deed among each 1,000",
      measured: latency.missing + flood.missing,
      target: 0,
      unit: "alerts",
    },
    {
      what: "live: executions a second, nothing lost",
      measured: flood.missing === 0 && flood.unread === 0 ? flood.perSecond : 0,
      target: 10_000 * 0.98,
      unit: "/s",
      least: true,
    },
    { what: "live: CPU of an idle host", measured: idle.cpu * 100, target: 1, unit: "% of a core" },
    { what: "live: memory after the flood", measured: flood.rss / 1e6, target: 80, unit: "MB" },
  ];
  return { idle, latency, flood, targets };
}

/** Share of a core, connected to the rig's edgeHub and without any fact, after the start has settled. */
async function idleCost(bundle, seconds) {
  const { startRig } = await sources(['export { startRig } from "./modules-test/rig/rig.ts";']);
  const rig = await startRig();
  const module = await new LiveModule().start(bundle, rig.environment);
  try {
    await sleep(10_000);
    const before = cpuOf(module.pid);
    await sleep(seconds * 1_000);
    return { cpu: (cpuOf(module.pid) - before) / seconds, seconds, rss: memoryOf(module.pid) };
  } finally {
    await module.stop();
    await rig.close();
  }
}

/**
 * `rate` executions a second; each 200 ms one of them is a deed. Its time is the audit stamp that it is written with;
 * it is told when its alert lies in the outbox's file.
 */
async function latencyUnderLoad(bundle, rate, seconds) {
  const module = await new LiveModule().start(bundle);
  const stream = new Stream();
  try {
    for (let i = 0; i < 2 * rate; i++) module.append(stream.next(Date.now()));
    await sleep(2_000);
    const begun = new Map();
    const told = new Map();
    const watching = watchOutbox(module, begun, told);
    const before = cpuOf(module.pid);
    await paced(rate, seconds, (index, now) => {
      if (index % Math.round(rate / 5) !== 0) return module.append(stream.next(now));
      const number = index / Math.round(rate / 5) + 1;
      module.append(stream.deed(number, now));
      begun.set(number, now);
      return undefined;
    });
    const cpu = (cpuOf(module.pid) - before) / seconds;
    await sleep(1_500);
    watching.stop();
    const waits = [...told].map(([number, at]) => at - begun.get(number));
    return {
      rate,
      seconds,
      deeds: begun.size,
      missing: begun.size - told.size,
      ms: spread(waits),
      cpu,
      rss: memoryOf(module.pid),
    };
  } finally {
    await module.stop();
  }
}

/** Looks every 2 ms for the deeds that are not yet seen. */
function watchOutbox(module, begun, told) {
  let running = true;
  const look = () => {
    if (!running) return;
    const waiting = [...begun.keys()].filter((number) => !told.has(number));
    if (waiting.length > 0) {
      const text = module.outbox();
      for (const number of waiting) if (text.includes(`${deedAddress(number)}\\`)) told.set(number, Date.now());
    }
    setTimeout(look, 2);
  };
  look();
  return {
    stop: () => {
      running = false;
    },
  };
}

/** The recorded stream at `rate`, with a deed in each thousand; then every deed must be told and every byte be read. */
async function flooded(bundle, rate, seconds) {
  const module = await new LiveModule().start(bundle);
  const stream = new Stream();
  try {
    let deeds = 0;
    const before = cpuOf(module.pid);
    const startedAt = performance.now();
    let peak = 0;
    let written = 0;
    const look = setInterval(() => {
      peak = Math.max(peak, memoryOf(module.pid));
    }, 200);
    await paced(rate, seconds, (index, now) => {
      written++;
      module.append(index % 1_000 === 999 ? stream.deed(++deeds, now) : stream.next(now));
    });
    const took = (performance.now() - startedAt) / 1_000;
    // One more deed behind the flood: when it is told, all before it was judged.
    module.append(stream.deed(++deeds, Date.now()));
    const caughtUp = await until(() => module.outbox().includes(`${deedAddress(deeds)}\\`));
    await until(() => module.position() >= module.size());
    clearInterval(look);
    const text = module.outbox();
    const missing = Array.from({ length: deeds }, (_, i) => i + 1).filter(
      (n) => !text.includes(`${deedAddress(n)}\\`),
    ).length;
    const cpu = ((cpuOf(module.pid) - before) / written) * 1e6;
    return {
      rate,
      seconds,
      perSecond: written / (took + caughtUp),
      deeds,
      missing,
      unread: module.size() - module.position(),
      bytes: module.size(),
      caughtUp,
      cpuPerMillion: cpu,
      rss: memoryOf(module.pid),
      peak,
    };
  } finally {
    await module.stop();
  }
}

/** Waits for it, at most two minutes. @returns {Promise<number>} seconds */
async function until(holds) {
  const begun = performance.now();
  while (!holds() && performance.now() - begun < 120_000) await sleep(20);
  return (performance.now() - begun) / 1_000;
}

/** Calls `write` `rate` times a second by the clock, whatever the timers do; what is late is made up for. */
export async function paced(rate, seconds, write) {
  const start = performance.now();
  const all = rate * seconds;
  for (let index = 0; index < all; ) {
    const due = Math.min(all, Math.floor(((performance.now() - start) / 1_000) * rate));
    for (let burst = 0; index < due && burst < 200; burst++) write(index++, Date.now());
    await sleep(index < due ? 0 : 1);
  }
}

export function liveText({ idle, latency, flood }) {
  const mb = (bytes) => `${(bytes / 1e6).toFixed(0)} MB`;
  return [
    "\nLive, the built module on a followed log (hub away, alerts stay in the outbox)",
    `idle ${idle.seconds} s: ${(idle.cpu * 100).toFixed(2)} % of a core, ${mb(idle.rss)}`,
    `${latency.rate} executions/s for ${latency.seconds} s: ${latency.deeds} deeds, ${latency.missing} missing; on disk after ${latency.ms.min} / ${latency.ms.median} / ${latency.ms.max} ms (min/median/max), p99 ${latency.ms.p99} ms; ${(latency.cpu * 100).toFixed(1)} % of a core, ${mb(latency.rss)}`,
    `${flood.perSecond.toFixed(0)} executions/s judged of ${flood.rate} offered for ${flood.seconds} s (${mb(flood.bytes)}): ${flood.deeds} deeds, ${flood.missing} missing, ${flood.unread} bytes unread; ${flood.caughtUp.toFixed(1)} s behind at the end; ${flood.cpuPerMillion.toFixed(1)} CPU s a million executions; ${mb(flood.rss)}, peak ${mb(flood.peak)}`,
  ].join("\n");
}
