// What one device sends, counted at the rig's $upstream: the figures that docs/scale.md is checked against.
import { setTimeout as sleep } from "node:timers/promises";
import { sources } from "./detectors.mjs";
import { LiveModule } from "./live-module.mjs";
import { Stream } from "./stream.mjs";

/** A heartbeat each minute instead of each hour, so that minutes tell what hours cost. */
const desired = { heartbeat: { intervalMinutes: 1 } };

/**
 * @param {number} minutes of silence, and as many with an alert of its own each second
 * @returns {Promise<{minutes: number, quiet: object, attacked: object}>} messages, patches and bytes of each part
 */
export async function messages(bundle, minutes) {
  const { startRig } = await sources(['export { startRig } from "./modules-test/rig/rig.ts";']);
  const rig = await startRig();
  rig.setDesired(desired);
  const seen = [];
  rig.upstream.subscribe(({ output, body }) => seen.push({ output, bytes: Buffer.byteLength(body) }));
  const module = await new LiveModule().start(bundle, rig.environment);
  const stream = new Stream();
  try {
    await sleep(20_000);
    const quiet = await counted(rig, seen, () => sleep(minutes * 60_000));
    const attacked = await counted(rig, seen, async () => {
      for (let second = 0; second < minutes * 60; second++) {
        module.append(stream.deed(second, Date.now()));
        await sleep(1_000);
      }
      await sleep(5_000);
    });
    return { minutes, quiet, attacked };
  } finally {
    await module.stop();
    await rig.close();
  }
}

async function counted(rig, seen, during) {
  const from = seen.length;
  const patchesBefore = rig.counters.reported;
  await during();
  const sent = seen.slice(from);
  const byOutput = {};
  for (const { output } of sent) byOutput[output] = (byOutput[output] ?? 0) + 1;
  const largest = sent.reduce((most, { bytes }) => Math.max(most, bytes), 0);
  const bytes = sent.reduce((sum, one) => sum + one.bytes, 0);
  return { byOutput, bytes, largest, patches: rig.counters.reported - patchesBefore };
}

export function messagesText({ minutes, quiet, attacked }) {
  const line = (name, { byOutput, bytes, largest, patches }) =>
    `${name}, ${minutes} min: ${JSON.stringify(byOutput)}, ${bytes} bytes, the largest ${largest}; ${patches} twin patches`;
  return `\nMessages at $upstream, a heartbeat each minute\n${line("quiet", quiet)}\n${line("an intrusion each second", attacked)}`;
}
