/** The host's clock is set. libfaketime moves it for the module; the deeds' own stamps move with it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Row, Scene } from "../row.ts";

const hour = 3_600_000;

/** Both at once, as on one host; libfaketime looks at its file once a second. */
function setClock({ module, host }: Scene, offset: number): void {
  module.setClock(offset);
  host.clock = offset;
}

export const clockRows: readonly Row[] = [
  {
    name: "edgeHub down an accelerated day",
    needs: ["faketime"],
    patient: () => ({ clock: {} }),
    rate: 16,
    async inflict(scene) {
      await scene.rig.stop();
      for (let passed = 1; passed <= 24; passed++) {
        setClock(scene, passed * hour);
        await sleep(2_500);
      }
      await scene.rig.start();
    },
  },
  {
    name: "clock stepped back and forward",
    quick: true,
    needs: ["faketime"],
    patient: () => ({ clock: {} }),
    async inflict(scene) {
      const { quick, module, chance } = scene;
      const steps = quick ? [-1, 1] : [-1, 0.1, 24, -48, 720, -0.01, 0.5, -24, 1];
      for (const step of steps) {
        setClock(scene, step * hour);
        await sleep(quick ? 2_500 : 5_000);
        // A device without a battery for its clock comes up in the past.
        if (!quick && chance.next() < 0.5) {
          await module.kill();
          await module.start();
          await sleep(2_000);
        }
      }
      setClock(scene, 0);
    },
  },
];
