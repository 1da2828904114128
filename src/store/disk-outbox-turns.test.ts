import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DiskOutbox } from "./disk-outbox.ts";

test("whoever appends as soon as the last batch is written is not forgotten", async () => {
  const directory = mkdtempSync(join(tmpdir(), "outbox-turns-"));
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const outbox = await DiskOutbox.open({ directory, log });
  const message = { output: "alerts", severity: "low", body: "{}", properties: {} } as const;
  for (let n = 0; n < 5; n++) await outbox.append([{ ...message, id: String(n) }]);
  expect(outbox.status().depth).toBe(5);
  await outbox.close();
  rmSync(directory, { recursive: true, force: true });
});
