import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { SeverityName } from "../alerts/catalogue.ts";
import type { OutgoingMessage } from "../ports.ts";
import { DiskOutbox } from "./disk-outbox.ts";
import { SpillOutbox } from "./spill-outbox.ts";

const directory = mkdtempSync(join(tmpdir(), "outbox-age-"));
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const message = (id: string, severity: SeverityName): OutgoingMessage => ({
  id,
  output: "alerts",
  severity,
  body: "{}",
  properties: {},
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("the age of the outbox is that of its oldest message, whatever its severity, and outlives a restart", async () => {
  let now = 1_000;
  const open = async () => new SpillOutbox({ disk: await DiskOutbox.open({ directory, log, now: () => now }), log });
  let outbox = await open();
  expect(outbox.status().oldestAt).toBeUndefined();
  await outbox.append([message("first", "low")]);
  now = 2_000;
  await outbox.append([message("second", "high")]);
  expect(outbox.status().oldestAt).toBe(1_000);
  await outbox.close();
  outbox = await open();
  expect(outbox.status().oldestAt).toBe(1_000);
  const [second, first] = await outbox.next(2, new Set());
  await outbox.acknowledge(first?.sequence ?? 0);
  expect(outbox.status().oldestAt).toBe(2_000);
  await outbox.acknowledge(second?.sequence ?? 0);
  expect(outbox.status().oldestAt).toBeUndefined();
  await outbox.close();
});
