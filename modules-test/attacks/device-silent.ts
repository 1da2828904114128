/** A device that comes back after three days: the module's last acknowledgement is aged while it is down. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Attack } from "../attack.ts";

const hours = 73;

export const attack = {
  alert: "device-silent",
  needs: [],
  perform: (host) =>
    host.module.restart(() => {
      // Another boot: the clock of this one cannot tell how long the device was off.
      const last = {
        at: Date.now() - hours * 3_600_000,
        uptime: 1_000,
        bootId: "00000000-0000-4000-8000-000000000000",
      };
      writeFileSync(join(host.module.dataDirectory, "acknowledged.json"), JSON.stringify(last));
    }),
} satisfies Attack;
