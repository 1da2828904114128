import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const src = import.meta.dirname;

/** Rooms from the bottom up: each may import only from rooms listed before it (and from itself). */
const rooms = [
  "events",
  "alerts",
  "operators",
  "parsers",
  "detectors",
  "config",
  "ports.ts",
  "pipeline",
  "streams",
  "store",
  "hub",
  "web",
  "cli",
  "compose.ts",
  "main.ts",
];
/** Rooms that see nothing of ours, whatever stands before them. */
const alone = new Set(["events", "alerts", "operators"]);
/** Neighbours that do not see each other although one is listed first. The web shows what the pipeline tells of itself. */
const siblings = [new Set(["pipeline", "streams", "store", "hub"]), new Set(["streams", "store", "hub", "web"])];
/** The only rooms that may import these packages. */
const guarded: Record<string, string[]> = {
  "azure-iot-device": ["hub"],
  "azure-iot-device-mqtt": ["hub"],
  dockerode: ["streams"],
  "prom-client": ["web"],
};

/** The cli composes through compose.ts, which stands after it in the list only for everyone else. */
const composes = (from: string, to: string) => from === "cli" && to === "compose.ts";

function files(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((e) =>
    e.isDirectory()
      ? files(join(dir, e.name))
      : e.name.endsWith(".ts") && !e.name.endsWith(".test.ts")
        ? [join(dir, e.name)]
        : [],
  );
}

const roomOf = (file: string) => relative(src, file).split("/")[0] ?? "";

const imports = files(src).flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((m) => ({
    file,
    specifier: m[1] ?? "",
  })),
);

describe("rooms", () => {
  test("every room is in the list", () => {
    expect([...new Set(files(src).map(roomOf))].filter((room) => !rooms.includes(room))).toEqual([]);
  });

  test("imports go only to rooms above", () => {
    const wrong = imports
      .filter(({ specifier }) => specifier.startsWith("."))
      .map(({ file, specifier }) => ({ file, from: roomOf(file), to: roomOf(resolve(dirname(file), specifier)) }))
      .filter(({ from, to }) => {
        if (from === to || composes(from, to)) return false;
        if (alone.has(from) || siblings.some((group) => group.has(from) && group.has(to))) return true;
        return rooms.indexOf(to) >= rooms.indexOf(from);
      });
    expect(wrong.map(({ file, to }) => `${relative(src, file)} -> ${to}`)).toEqual([]);
  });

  test("guarded packages stay in their room", () => {
    const wrong = imports.filter(
      ({ file, specifier }) => guarded[specifier] && !guarded[specifier]?.includes(roomOf(file)),
    );
    expect(wrong.map(({ file, specifier }) => `${relative(src, file)} -> ${specifier}`)).toEqual([]);
  });
});
