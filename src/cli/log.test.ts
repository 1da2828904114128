import { describe, expect, test, vi } from "vitest";
import { LineLog, levelFrom } from "./log.ts";

/** edgeAgent's LogMessageParser.cs (release 1.5): how GetModuleLogs and UploadModuleLogs read a line. */
const edgeAgent =
  /^(<(?<logLevel>\d)>)?\s*((?<timestamp>\d{4}-\d{2}-\d{2}\s\d{2}:\d{2}:\d{2}.\d{3}\s[+-]\d{2}:\d{2})\s)?\s*(?<logtext>.*)/;

function written(
  level: Parameters<typeof levelFrom>[0] | "error" | "warn" | "info" | "debug",
  act: (log: LineLog) => void,
) {
  const lines: string[] = [];
  const log = new LineLog(typeof level === "string" ? level : levelFrom(level), (line) => lines.push(line));
  act(log);
  return lines;
}

const all = (log: LineLog) => {
  log.debug("d");
  log.info("i");
  log.warn("w");
  log.error("e");
};

describe("a line of the log", () => {
  test("is read by edgeAgent as level, time and text", () => {
    vi.useFakeTimers({ now: Date.UTC(2026, 10, 24, 8, 0, 0, 7) });
    const lines = written("debug", all);
    vi.useRealTimers();
    expect(lines.map((line) => edgeAgent.exec(line)?.groups)).toEqual([
      { logLevel: "7", timestamp: "2026-11-24 08:00:00.007 +00:00", logtext: "[DBG] - d" },
      { logLevel: "6", timestamp: "2026-11-24 08:00:00.007 +00:00", logtext: "[INF] - i" },
      { logLevel: "4", timestamp: "2026-11-24 08:00:00.007 +00:00", logtext: "[WRN] - w" },
      { logLevel: "3", timestamp: "2026-11-24 08:00:00.007 +00:00", logtext: "[ERR] - e" },
    ]);
  });

  test("is one line and bounded, whatever an attacker named something", () => {
    const forged = `a\n<6> 2026-11-24 08:00:00.000 +00:00 [INF] - all is well\r\u2028\u202e\u001b[2J${"x".repeat(1_000_000)}`;
    const [line = "", ...more] = written("info", (log) => log.warn(forged));
    expect(more).toEqual([]);
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(line).toContain("a\\n<6> 2026");
    expect(line.length).toBeLessThan(4200);
  });
});

describe("the level", () => {
  // edgeAgent sets RuntimeLogLevel of every module to its own (CreateOrUpdateCommand.cs): Serilog's names, or short.
  test.each([
    [undefined, "info"],
    ["", "info"],
    ["info", "info"],
    ["Information", "info"],
    ["warning", "warn"],
    ["Warn", "warn"],
    ["error", "error"],
    ["ERR", "error"],
    ["fatal", "error"],
    ["debug", "debug"],
    ["Verbose", "debug"],
    ["nonsense", "info"],
  ] as const)("of RuntimeLogLevel %j is %s", (named, level) =>
    expect(levelFrom({ RuntimeLogLevel: named })).toBe(level),
  );

  test.each([
    ["error", ["[ERR]"]],
    ["warn", ["[WRN]", "[ERR]"]],
    ["info", ["[INF]", "[WRN]", "[ERR]"]],
    ["debug", ["[DBG]", "[INF]", "[WRN]", "[ERR]"]],
  ] as const)("%s lets through what is as grave or graver", (level, shown) => {
    const lines = written(level, all);
    expect(lines.map((line) => /\[[A-Z]{3}\]/.exec(line)?.[0])).toEqual(shown);
  });

  test("can be changed while it runs, as the twin's logLevel does", () => {
    const lines = written("error", (log) => {
      log.info("before");
      log.level = "info";
      log.info("after");
      log.level = "error";
      log.info("again");
    });
    expect(lines).toEqual([expect.stringMatching(/\[INF\] - after$/)]);
  });
});
