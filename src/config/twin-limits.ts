import type { Problem } from "./configuration.ts";

/**
 * Limits of a twin's properties: IoT Hub (learn.microsoft.com/azure/iot-hub/iot-hub-devguide-module-twins, "Module
 * twin format") and edgeHub's ReportedPropertiesValidator.cs.
 */
export const maxTwinBytes = 32 * 1024;
export const maxTwinDepth = 10;
export const maxStringBytes = 4096;
const badName = /[.$#\s\p{Cc}]/u;

/** What IoT Hub or edgeHub would refuse about a document, before it is sent or trusted. Never throws. */
export function checkSize(document: unknown): Problem[] {
  const problems: Problem[] = [];
  const text = JSON.stringify(document) ?? "";
  const bytes = Buffer.byteLength(text);
  if (bytes > maxTwinBytes)
    problems.push({ path: "(root)", expected: `at most ${maxTwinBytes} bytes`, got: `${bytes} bytes` });
  walk(document, "", 0, problems);
  return problems;
}

function walk(value: unknown, path: string, depth: number, problems: Problem[]): void {
  if (problems.length >= 32) return;
  if (depth > maxTwinDepth) {
    problems.push({ path, expected: `at most ${maxTwinDepth} levels`, got: "deeper" });
    return;
  }
  if (typeof value === "string" && Buffer.byteLength(value) > maxStringBytes) {
    problems.push({
      path,
      expected: `text of at most ${maxStringBytes} bytes`,
      got: `${Buffer.byteLength(value)} bytes`,
    });
  }
  if (value === null || typeof value !== "object") return;
  for (const [key, child] of Object.entries(value)) {
    const at = path ? `${path}.${key}` : key;
    if (badName.test(key) && !(depth === 0 && key.startsWith("$"))) {
      problems.push({
        path: at,
        expected: "a name without dot, $, #, space or control character",
        got: JSON.stringify(key).slice(0, 80),
      });
    }
    if (child === null && Array.isArray(value))
      problems.push({ path: at, expected: "no null in an array", got: "null" });
    walk(child, at, depth + 1, problems);
  }
}
