import { afterAll, beforeEach, expect, test, vi } from "vitest";

const exit = vi.spyOn(process, "exit").mockImplementation((() => undefined) as never);
const listeners = () => process.listenerCount("SIGTERM");

beforeEach(() => {
  vi.resetModules();
  exit.mockClear();
});
afterAll(() => {
  process.removeAllListeners("SIGTERM");
  process.removeAllListeners("SIGINT");
  exit.mockRestore();
});

test("a signal ends the process with 0 until whoever closes in order has taken over, and a second one at once", async () => {
  const { armEarlyStop, stopWith } = await import("./early-stop.ts");
  armEarlyStop();
  process.emit("SIGTERM", "SIGTERM");
  expect(exit.mock.calls).toEqual([[0]]);
  const close = vi.fn();
  stopWith(close);
  process.emit("SIGTERM", "SIGTERM");
  expect(close.mock.calls).toEqual([["SIGTERM"]]);
  expect(exit).toHaveBeenCalledTimes(1);
  process.emit("SIGINT", "SIGINT");
  expect(exit.mock.calls.at(-1)).toEqual([1]);
  expect(close).toHaveBeenCalledTimes(1);
});

test("the listener stays the same when it is taken over: a signal in between would be lost", async () => {
  process.removeAllListeners("SIGTERM");
  const { armEarlyStop, stopWith } = await import("./early-stop.ts");
  armEarlyStop();
  const before = process.listeners("SIGTERM");
  expect(listeners()).toBe(1);
  stopWith(() => undefined);
  expect(process.listeners("SIGTERM")).toEqual(before);
});
