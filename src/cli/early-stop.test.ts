import { afterEach, expect, test, vi } from "vitest";
import { armEarlyStop, disarmEarlyStop } from "./early-stop.ts";

afterEach(() => {
  disarmEarlyStop();
  vi.restoreAllMocks();
});

test("a signal ends the process with 0 until whoever closes in order has taken over", () => {
  const exit = vi.spyOn(process, "exit").mockImplementation((() => undefined) as never);
  armEarlyStop();
  process.emit("SIGTERM");
  expect(exit.mock.calls).toEqual([[0]]);
  const closing = vi.fn();
  disarmEarlyStop();
  process.once("SIGTERM", closing);
  process.emit("SIGTERM");
  expect(exit).toHaveBeenCalledTimes(1);
  expect(closing).toHaveBeenCalledTimes(1);
});
