import { type Problem, problem } from "./problem.ts";

/**
 * Limits of a twin's properties: IoT Hub (learn.microsoft.com/azure/iot-hub/iot-hub-devguide-module-twins, "Module
 * twin format") and edgeHub's ReportedPropertiesValidator.cs.
 */
const maxTwinBytes = 32 * 1024;
export const maxTwinDepth = 10;
const maxStringBytes = 4096;
const maxNameBytes = 1024;
/** edgeHub takes whole numbers of 53 bits with sign only. */
const mostInteger = 4_503_599_627_370_495;
const badName = /[.$#\s\p{Cc}]/u;
const mostProblems = 32;

/** What IoT Hub or edgeHub would refuse about a document, before it is sent or trusted. Never throws. */
export function checkSize(document: unknown): Problem[] {
  const problems: Problem[] = [];
  walk(document, "", 0, problems);
  const deep = problems.some(({ got }) => got === tooDeep);
  // JSON.stringify overflows the stack on what only looks like a twin.
  const bytes = deep ? 0 : Buffer.byteLength(JSON.stringify(document) ?? "");
  if (bytes > maxTwinBytes)
    problems.unshift({ path: "(root)", expected: `at most ${maxTwinBytes} bytes`, got: `${bytes} bytes` });
  return problems;
}

const tooDeep = "deeper";

function walk(value: unknown, path: string, depth: number, problems: Problem[]): void {
  if (problems.length >= mostProblems) return;
  if (typeof value === "string") text(value, path, problems);
  if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) > mostInteger)
    problems.push({ path, expected: `a whole number of at most ${mostInteger}`, got: String(value) });
  if (value === null || typeof value !== "object") return;
  if (depth > maxTwinDepth) {
    problems.push({ ...problem(path, `at most ${maxTwinDepth} levels`, ""), got: tooDeep });
    return;
  }
  for (const [key, child] of Object.entries(value)) {
    const at = path ? `${path}.${key}` : key;
    if (depth > 0 || !key.startsWith("$")) name(key, at, problems);
    if (child === null && Array.isArray(value)) problems.push(problem(at, "no null in an array", null));
    walk(child, at, depth + 1, problems);
  }
}

function text(value: string, path: string, problems: Problem[]): void {
  const bytes = Buffer.byteLength(value);
  if (bytes > maxStringBytes)
    problems.push({ ...problem(path, `a text of at most ${maxStringBytes} bytes`, ""), got: `${bytes} bytes` });
}

function name(key: string, path: string, problems: Problem[]): void {
  // `__proto__` is legal there, but no name that a schema ever sees: without a word it would be skipped.
  if (badName.test(key) || key === "__proto__" || Buffer.byteLength(key) > maxNameBytes)
    problems.push({
      ...problem(
        path,
        "a name without dot, $, #, space or control character, of at most 1024 bytes, and not __proto__",
        "",
      ),
      got: "this name",
    });
}
