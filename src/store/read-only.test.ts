import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SeverityName } from "../alerts/catalogue.ts";
import type { OutgoingMessage } from "../ports.ts";
import { DiskOutbox } from "./disk-outbox.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} };
let directory = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "read-only-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const message = (id: string, severity: SeverityName): OutgoingMessage => ({
  id,
  output: "alerts",
  severity,
  body: JSON.stringify({ id }),
  properties: { id },
});

const ids = async () => (await DiskOutbox.waiting(directory)).map(({ id }) => id);

/** Every file with its content. */
function contents(): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), "latin1")]),
  );
}

describe("an outbox that can only be read", () => {
  test("gives what was not acknowledged, highest severity first, and changes nothing", async () => {
    const outbox = await DiskOutbox.open({ directory, log });
    await outbox.append([message("a", "low"), message("b", "high"), message("c", "low")]);
    const [first] = await outbox.next(1, new Set());
    await outbox.acknowledge(first?.sequence ?? 0);
    await outbox.append([message("d", "high")]);
    await outbox.close();
    const before = contents();
    expect(await ids()).toEqual(["d", "a", "c"]);
    expect((await DiskOutbox.waiting(directory))[1]).toEqual(message("a", "low"));
    expect(contents()).toEqual(before);
  });

  test("leaves out what is damaged and gives the rest", async () => {
    const outbox = await DiskOutbox.open({ directory, log });
    await outbox.append([message("a", "low"), message("b", "low"), message("c", "low")]);
    await outbox.close();
    const [name] = readdirSync(join(directory, "low")).filter((file) => file.endsWith(".log"));
    const path = join(directory, "low", name as string);
    const bytes = readFileSync(path);
    bytes.writeUInt8(0, bytes.indexOf('"id":"b"') + 6);
    writeFileSync(path, bytes);
    appendFileSync(path, "torn");
    expect(await ids()).toEqual(["a", "c"]);
  });

  test("is empty where there is none", async () => {
    expect(await ids()).toEqual([]);
  });
});
