import { BehaviorSubject } from "rxjs";
import { afterEach, expect, test, vi } from "vitest";
import type { HubStatus, OutboxEntry, OutgoingMessage } from "../ports.ts";
import { Deliverer } from "./deliver.ts";

afterEach(() => void vi.restoreAllMocks());

/** An outbox of one message. */
function outboxOfOne() {
  const entry: OutboxEntry = { id: "a", output: "alerts", severity: "low", body: "{}", properties: {}, sequence: 1 };
  let waiting = [entry];
  return {
    appended: new BehaviorSubject<void>(undefined),
    append: () => Promise.resolve(),
    next: (_limit: number, inFlight: ReadonlySet<number>) =>
      Promise.resolve(waiting.filter(({ sequence }) => !inFlight.has(sequence))),
    acknowledge: () => {
      waiting = [];
      return Promise.resolve();
    },
    setAside: () => Promise.resolve(),
    status: () => ({ depth: waiting.length, bytes: 0, evicted: {}, setAside: 0 }),
    close: () => Promise.resolve(),
  };
}

test("a message that failed is tried again in a moment, also when the host's clock is set back by a day", async () => {
  const sent: string[] = [];
  const hub = {
    status: new BehaviorSubject<HubStatus>({ state: "connected", reason: "" }),
    send(message: OutgoingMessage) {
      sent.push(message.id);
      if (sent.length > 1) return Promise.resolve();
      const before = Date.now();
      // After the pause was reckoned, before it is over.
      setTimeout(() => vi.spyOn(Date, "now").mockReturnValue(before - 86_400_000), 50);
      return Promise.reject(new Error("connection lost"));
    },
  };
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const arrived = new Promise<void>((acknowledged) => {
    new Deliverer({ outbox: outboxOfOne(), hub, log, acknowledged: () => acknowledged() });
  });
  await arrived;
  expect(sent).toEqual(["a", "a"]);
});
