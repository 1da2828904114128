/** Every built-in alert, raised by its deed on this host and awaited at `$upstream`. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import type { Attack } from "./attack.ts";
import { type RunningHost, startHost } from "./rig/host/host.ts";
import { lackingAny, needNames, strict } from "./rig/host/needs.ts";

const directory = join(import.meta.dirname, "attacks");
const attacks = await Promise.all(
  readdirSync(directory).map(async (file) => (await import(join(directory, file))).attack as Attack),
);
const unmet = lackingAny(needNames);
/** A deed is given this long to arrive, ms. */
const patience = 20_000;

describe.skipIf(unmet !== undefined && !strict)(`deeds on a real host${unmet ? ` (${unmet})` : ""}`, () => {
  let host: RunningHost;
  const arrivals: { alert: string; ms: number }[] = [];

  beforeAll(async () => {
    if (unmet) throw new Error(`skips are forbidden: ${unmet}`);
    host = await startHost();
  });

  afterAll(async () => {
    for (const { alert, ms } of arrivals)
      console.log(`${alert.padEnd(30)} ${String(ms).padStart(6)} ms from deed to $upstream`);
    const sorted = arrivals.map(({ ms }) => ms).sort((a, b) => a - b);
    console.log(`median ${sorted[Math.floor(sorted.length / 2)]} ms, max ${sorted.at(-1)} ms, ${sorted.length} alerts`);
    await host?.stop();
  });

  test.each(attacks.map((attack) => [attack.alert, attack] as const))("%s arrives upstream", async (alert, attack) => {
    host.renew();
    await attack.prepare?.(host);
    const since = host.module.findings.length;
    const begun = Date.now();
    try {
      await attack.perform(host);
      const found = await host.module.next(
        alert,
        (finding) => attack.expect?.(finding, host) ?? true,
        since,
        attack.within ?? patience,
      );
      arrivals.push({ alert, ms: found.at - begun });
    } finally {
      await attack.undo?.(host);
    }
  });
});
