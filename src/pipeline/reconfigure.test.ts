import { NEVER, Subject } from "rxjs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type Context, correlator } from "../detectors/detector.ts";
import type { Stream } from "../ports.ts";
import { Engine } from "./engine.ts";
import { ProcessTable } from "./process-table.ts";
import { reopenedOn } from "./reopened-on.ts";
import { supervise } from "./supervise.ts";

const none = () => undefined;
const context: Context = { threats: { address: none, domain: none, url: none, image: none }, userName: none };

/** Tells every third message; keeps its count over a restart only when it has a snapshot. */
const counter = (alert: "device-silent" | "custom-message-count", keeps: boolean) =>
  correlator({
    alert,
    on: ["message.seen"],
    settings: z.object({ every: z.number().default(3) }),
    memory: (_settings, saved) => ({ count: typeof saved === "number" ? saved : 0 }),
    step(_fact, memory, { every }) {
      memory.count += 1;
      return memory.count % every === 0 ? { subject: "s", reason: `${memory.count}`, evidence: {} } : undefined;
    },
    ...(keeps && { snapshot: (memory: { count: number }) => memory.count }),
  });

function setUp() {
  const sections: Record<string, Record<string, unknown>> = {
    "device-silent": { every: 3, observe: false },
    "custom-message-count": { every: 3, observe: false },
  };
  const enabled = new Set(Object.keys(sections));
  const engine = new Engine({
    detectors: [counter("device-silent", true), counter("custom-message-count", false)],
    settingsOf: (alert) => sections[alert],
    enabled: (alert) => enabled.has(alert),
    context,
    table: new ProcessTable(),
  });
  const push = () => engine.push({ kind: "message.seen", at: 1, deviceId: "d", bytes: 1 }).map(({ alert }) => alert);
  return { engine, sections, enabled, push };
}

describe("a new configuration", () => {
  test("leaves a detector alone whose own settings did not change, its unstored memory too", () => {
    const { engine, sections, push } = setUp();
    push();
    push();
    sections["device-silent"] = { every: 3, observe: true, exceptions: {} };
    sections["custom-message-count"] = { every: 3, observe: true };
    engine.reconfigure();
    expect(push()).toEqual(["device-silent", "custom-message-count"]);
    expect(engine.counts().get("device-silent")?.judged).toBe(3);
  });

  test("starts a detector anew whose settings changed, with the memory that it stores", () => {
    const { engine, sections, push } = setUp();
    push();
    push();
    push();
    for (const alert of Object.keys(sections)) sections[alert] = { every: 4 };
    engine.reconfigure();
    expect(push()).toEqual(["device-silent"]);
  });

  test("ends a detector that is switched off, and starts it when it is switched on", () => {
    const { engine, enabled, push } = setUp();
    enabled.delete("custom-message-count");
    engine.reconfigure();
    expect([push(), push(), push()].flat()).toEqual(["device-silent"]);
    enabled.add("custom-message-count");
    engine.reconfigure();
    expect([push(), push(), push()].flat()).toEqual(["custom-message-count", "device-silent"].reverse());
  });
});

test("a source whose settings change is opened anew with them, at the position it had reached", async () => {
  const change = new Subject<void>();
  const opened: [number, unknown][] = [];
  let interval = 1;
  let position: unknown;
  const build = (): Stream => {
    const mine = interval;
    return {
      source: "sockets",
      open: (from) => {
        opened.push([mine, from]);
        return NEVER;
      },
    };
  };
  const subscription = supervise(reopenedOn("sockets", change, build), {
    position: () => position,
    random: () => 0,
  }).subscribe();
  position = "reached";
  interval = 2;
  change.next();
  await expect.poll(() => opened.length, { timeout: 5_000 }).toBe(2);
  expect(opened).toEqual([
    [1, undefined],
    [2, "reached"],
  ]);
  subscription.unsubscribe();
});
