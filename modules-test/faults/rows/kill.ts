/** The module itself dies. */
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../rig/host/child.ts";
import type { Row } from "../row.ts";

export const killRows: readonly Row[] = [
  {
    name: "SIGKILL at random moments",
    quick: true,
    // Also in the first moments of a start, when the store is opened and the logs are caught up with.
    async inflict({ module, quick, chance, note }) {
      const times = quick ? 6 : 200;
      for (let n = 0; n < times; n++) {
        await sleep(chance.between(50, 3_000));
        await module.kill();
        await module.start();
      }
      note(`${times} times`);
    },
    patience: 180,
  },
  {
    name: "SIGKILL while edgeHub comes and goes",
    async inflict({ module, rig, chance, note }) {
      for (let n = 0; n < 40; n++) {
        await sleep(chance.between(50, 2_000));
        if (n % 4 === 0) await rig.stop(chance.next() < 0.5);
        await module.kill();
        await module.start();
        if (n % 4 === 2) await rig.start();
      }
      await rig.start().catch(() => undefined);
      note("40 times");
    },
    patience: 180,
  },
  {
    name: "restarts by SIGTERM",
    quick: true,
    async inflict({ module, quick, chance, demand }) {
      for (let n = 0; n < (quick ? 2 : 20); n++) {
        await eventually("the module has begun", () => module.output.includes(" starts"), 20_000);
        await sleep(chance.between(0, 3_000));
        const code = await module.stop();
        demand(code === 0, `SIGTERM ends with 0, not ${code}`);
        await sleep(chance.between(0, 1_000));
        await module.start();
      }
    },
  },
];
