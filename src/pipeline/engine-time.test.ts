import { expect, test } from "vitest";
import { z } from "zod";
import { matcher } from "../detectors/detector.ts";
import type { Fact } from "../events/fact.ts";
import { Engine } from "./engine.ts";
import { ProcessTable } from "./process-table.ts";

const fact: Fact = { kind: "coverage.lost", at: 0, source: "audit-log", lost: 1, reason: "" };

/** An engine of one detector that takes about a millisecond, and fails where asked. */
function slowEngine(fails = false): Engine {
  const slow = matcher({
    alert: "coverage-lost",
    on: ["coverage.lost"],
    settings: z.object({}),
    match() {
      const until = performance.now() + 1;
      while (performance.now() < until);
      if (fails) throw new Error("on purpose");
      return undefined;
    },
  });
  return new Engine({
    detectors: [slow],
    settingsOf: () => ({}),
    enabled: () => true,
    context: {
      threats: { address: () => undefined, domain: () => undefined, url: () => undefined, image: () => undefined },
      userName: () => undefined,
    },
    table: new ProcessTable({ lookup: () => undefined, pids: () => [] }),
  });
}

test.each([false, true])("one judgement in 64 is timed and stands for all, failing or not: %s", (fails) => {
  const engine = slowEngine(fails);
  for (let i = 0; i < 63; i++) engine.push(fact);
  expect(engine.counts().get("coverage-lost")?.busyMs).toBe(0);
  engine.push(fact);
  // Each takes at least a millisecond.
  expect(engine.counts().get("coverage-lost")?.busyMs).toBeGreaterThanOrEqual(64);
});
