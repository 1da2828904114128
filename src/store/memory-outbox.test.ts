import { describe, expect, test } from "vitest";
import type { SeverityName } from "../alerts/catalogue.ts";
import type { OutgoingMessage } from "../ports.ts";
import { MemoryOutbox } from "./memory-outbox.ts";

const message = (id: string, severity: SeverityName = "medium", body = "{}"): OutgoingMessage => ({
  id,
  output: "alerts",
  severity,
  body,
  properties: {},
});
const none: ReadonlySet<number> = new Set();
const ids = async (outbox: MemoryOutbox, limit = 100, inFlight = none) =>
  (await outbox.next(limit, inFlight)).map(({ id }) => id);

describe("the queue without a disk", () => {
  test("offers the highest severity first, then the oldest", async () => {
    const outbox = new MemoryOutbox();
    await outbox.append([
      message("l", "low"),
      message("h1", "high"),
      message("i", "informational"),
      message("h2", "high"),
    ]);
    expect(await ids(outbox)).toEqual(["h1", "h2", "l", "i"]);
    expect(await ids(outbox, 2)).toEqual(["h1", "h2"]);
  });

  test("does not offer what is in flight", async () => {
    const outbox = new MemoryOutbox();
    await outbox.append([message("a"), message("b")]);
    const [first] = await outbox.next(1, none);
    expect(await ids(outbox, 9, new Set([first?.sequence ?? 0]))).toEqual(["b"]);
  });

  test("gives up the lowest severity's oldest beyond its limit, and counts it", async () => {
    const outbox = new MemoryOutbox(3);
    await outbox.append([message("l1", "low"), message("h1", "high"), message("l2", "low"), message("h2", "high")]);
    expect(await ids(outbox)).toEqual(["h1", "h2", "l2"]);
    await outbox.append([message("h3", "high"), message("h4", "high")]);
    expect(await ids(outbox)).toEqual(["h2", "h3", "h4"]);
    expect(outbox.status()).toMatchObject({ depth: 3, evicted: { low: 2, high: 1 } });
  });

  test("counts bytes and forgets them with the message, also when it is acknowledged twice", async () => {
    const outbox = new MemoryOutbox();
    await outbox.append([message("a", "low", "12345"), message("b", "low", "1")]);
    expect(outbox.status().bytes).toBe(6);
    const [first] = await outbox.next(1, none);
    await outbox.acknowledge(first?.sequence ?? 0);
    await outbox.acknowledge(first?.sequence ?? 0);
    expect(outbox.status()).toMatchObject({ depth: 1, bytes: 1 });
  });

  test("sets poison aside, counted", async () => {
    const outbox = new MemoryOutbox();
    await outbox.append([message("a"), message("b")]);
    const [first] = await outbox.next(1, none);
    await outbox.setAside(first?.sequence ?? 0);
    expect(await ids(outbox)).toEqual(["b"]);
    expect(outbox.status().setAside).toBe(1);
  });

  test("says why there is no disk, and nothing where it was not told", () => {
    expect(new MemoryOutbox(1, "the folder cannot be written").status().trouble).toBe("the folder cannot be written");
    expect(new MemoryOutbox().status()).not.toHaveProperty("trouble");
  });

  test("tells an append after it, and completes when it is closed", async () => {
    const outbox = new MemoryOutbox();
    const seen: string[] = [];
    outbox.appended.subscribe({ next: () => seen.push("appended"), complete: () => seen.push("closed") });
    await outbox.append([message("a")]);
    await Promise.resolve();
    await outbox.close();
    expect(seen).toEqual(["appended", "closed"]);
  });
});
