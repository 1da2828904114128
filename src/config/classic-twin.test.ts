import { describe, expect, test } from "vitest";
import { detectors } from "../detectors/index.ts";
import { classicKey } from "./classic-twin.ts";
import { ConfigurationReader } from "./configuration.ts";

const reader = new ConfigurationReader(detectors);
const read = (classic: unknown, own: object = {}) => reader.read({ ...own, [classicKey]: classic });

describe("a classic agent's twin", () => {
  test("gives its snapshot interval to the heartbeat and its aggregation to the repeats, the longest of several", () => {
    const { configuration, problems, classic } = read({
      snapshotFrequency: { value: "PT13H" },
      aggregationIntervalProcessCreate: { value: "PT30M" },
      aggregationIntervalConnectionCreate: { value: "02:00:00" },
    });
    expect(problems).toEqual([]);
    expect(configuration.heartbeat.intervalMinutes).toBe(780);
    expect(configuration.repeats.windowMinutes).toBe(120);
    expect(classic.snapshotFrequency).toBe("heartbeat.intervalMinutes = 780");
  });

  test("keeps mapped values in the range of the setting", () => {
    expect(read({ snapshotFrequency: { value: "P3D" } }).configuration.heartbeat.intervalMinutes).toBe(1440);
    expect(read({ snapshotFrequency: { value: "PT1S" } }).configuration.heartbeat.intervalMinutes).toBe(1);
  });

  test("switches off what is judged from a switched-off event alone, and nothing else", () => {
    const { configuration, classic } = read({ eventPriorityLogin: { value: "Off" } });
    expect(configuration.alerts["brute-force-failed"].enabled).toBe(false);
    expect(configuration.alerts["local-login-failed"].enabled).toBe(false);
    expect(configuration.alerts["reverse-shell"].enabled).toBe(true);
    expect(configuration.alerts["suspicious-ip"].enabled).toBe(true);
    expect(classic.eventPriorityLogin).toContain("brute-force-failed");
  });

  test("tells when a switched-off event switches nothing off", () => {
    expect(read({ eventPriorityListeningPorts: { value: "Off" } }).classic.eventPriorityListeningPorts).toMatch(/^off/);
  });

  test("does not switch off an alert that another event tells as well", () => {
    const { configuration } = read({ eventPriorityProcessCreate: { value: "Off" } });
    expect(configuration.alerts["suspicious-compilation"].enabled).toBe(false);
    expect(configuration.alerts["system-log-removal"].enabled).toBe(true);
  });

  test("High and Low mean nothing here and are listed so", () => {
    const { configuration, classic } = read({
      eventPriorityLogin: { value: "Low" },
      maxMessageSizeInBytes: { value: 9000 },
    });
    expect(configuration).toEqual(reader.defaults());
    expect(classic.eventPriorityLogin).toContain("no meaning");
    expect(classic.maxMessageSizeInBytes).toContain("no meaning");
  });

  test("yields to a setting of our own beside it", () => {
    const { configuration } = read(
      { snapshotFrequency: { value: "PT13H" }, eventPriorityLogin: { value: "Off" } },
      { heartbeat: { intervalMinutes: 5 }, alerts: { "local-login-success": { enabled: true, expectedUsers: ["a"] } } },
    );
    expect(configuration.heartbeat.intervalMinutes).toBe(5);
    expect(configuration.alerts["local-login-success"].enabled).toBe(true);
    expect(configuration.alerts["brute-force-failed"].enabled).toBe(false);
  });

  test("takes bare values as well as wrapped ones", () => {
    expect(read({ snapshotFrequency: "PT2H" }).configuration.heartbeat.intervalMinutes).toBe(120);
  });

  test.each([["P"], ["PT"], ["13 hours"], [13], ["PT1H30"], ["P1DT"], [{ hours: 1 }]])(
    "%j is no duration and is told",
    (value) => {
      const { problems, configuration } = read({ snapshotFrequency: { value } });
      expect(problems[0]?.path).toBe(`${classicKey}.snapshotFrequency`);
      expect(configuration.heartbeat.intervalMinutes).toBe(60);
    },
  );

  test("a priority that does not exist and an object that is none are told", () => {
    expect(read({ eventPriorityLogin: { value: "Medium" } }).problems).toHaveLength(1);
    expect(read("x").problems).toHaveLength(1);
  });

  test("any other twin is left alone", () => {
    expect(reader.read({ observe: true }).classic).toEqual({});
  });
});
