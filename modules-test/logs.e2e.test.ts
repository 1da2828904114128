/** The module's log as an operator fetches it with GetModuleLogs: the built bundle as a process. Needs no rights. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "./rig/host/child.ts";
import { type Module, startModule } from "./rig/host/module.ts";

/** edgeAgent's LogMessageParser.cs, with the time and level that every line of ours has. */
const line =
  /^<(?<level>[3467])> (?<time>\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{3} [+-]\d{2}:\d{2}) \[(?<short>ERR|WRN|INF|DBG)\] - (?<text>.+)$/;
const quiet = { sources: { auditNetlink: false }, web: { metrics: false } };
let module: Module;

beforeAll(async () => {
  module = await startModule({
    desired: quiet,
    env: { RuntimeLogLevel: "error", DOCKER_HOST: "unix:///nowhere.sock" },
  });
});
afterAll(() => module?.stop());

const lines = () => module.output.split("\n").slice(0, -1);

test("RuntimeLogLevel error says nothing of a normal start, and the twin's logLevel overrides it", async () => {
  expect(lines()).toEqual([]);
  module.rig.setDesired({ ...quiet, logLevel: "info" });
  await eventually("the twin is told", () => lines().some((text) => text.includes("[INF] - twin: version")));
  module.rig.setDesired({ ...quiet, logLevel: "debug", heartbeat: { intervalMinutes: 61 } });
  await eventually("the next, too", () => lines().length >= 2);
});

test("without a level in the twin, that of the environment holds again", async () => {
  module.rig.setDesired({ logLevel: null });
  const version = Number(module.rig.reported.lastDesiredVersion);
  await eventually("the twin is taken", () => Number(module.rig.reported.lastDesiredVersion) > version);
  const before = lines().length;
  module.rig.setDesired({ heartbeat: { intervalMinutes: 62 } });
  const next = Number(module.rig.reported.lastDesiredVersion);
  await eventually("the next twin is taken", () => Number(module.rig.reported.lastDesiredVersion) > next);
  expect(lines().length).toBe(before);
});

test("every line is one that edgeAgent reads, with the level of its word", async () => {
  module.rig.setDesired({ logLevel: "debug", nonsense: "a\nb\u202e" });
  await eventually("the nonsense is told", () => lines().some((text) => text.includes("nonsense")));
  const levels = { ERR: "3", WRN: "4", INF: "6", DBG: "7" };
  for (const text of lines()) {
    const { level, short, time } = line.exec(text)?.groups ?? {};
    expect([text, level]).toEqual([text, levels[short as keyof typeof levels]]);
    expect(Math.abs(Date.parse(time?.replace(" +", "+") ?? "") - Date.now())).toBeLessThan(600_000);
  }
  expect(module.output).not.toContain("\u202e");
});
