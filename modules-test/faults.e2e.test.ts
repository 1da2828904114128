/**
 * The quick half of the fault matrix: deeds go on while something fails, and each arrives at `$upstream` afterwards,
 * under one id. The whole matrix: `npm run test:faults`.
 */
import { expect, test } from "vitest";
import { rows } from "./faults/rows/index.ts";
import { runRow } from "./faults/run-row.ts";
import { lockHost } from "./rig/host/host-lock.ts";
import { strict } from "./rig/host/needs.ts";

/** Fixed, so that a failure in CI can be repeated. */
const seed = 5;

for (const { alone, ...row } of rows.filter(({ quick }) => quick)) {
  // Rows with a private host may run side by side: they wait most of the time.
  (alone ? test : test.concurrent)(`${row.name}: nothing is lost`, async ({ skip }) => {
    const lock = alone === "host" ? await lockHost() : undefined;
    try {
      const { count, faults, skipped } = await runRow(row, { quick: true, minutes: 0.5, seed });
      if (skipped !== undefined) {
        expect(strict, skipped).toBe(false);
        return skip(skipped);
      }
      expect(faults.join("\n")).toBe("");
      expect(count.lost).toBe(0);
    } finally {
      await lock?.stop();
    }
  });
}
