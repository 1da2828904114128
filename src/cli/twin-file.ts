import { readFile } from "node:fs/promises";

type Json = Record<string, unknown>;

/** Reads a JSON file, `-` for stdin; the error names the file and the fault. */
export async function readJsonFile(file: string): Promise<unknown> {
  const text = await readFile(file === "-" ? "/dev/stdin" : file, "utf8").catch((error: Error) => {
    throw new Error(`${file} cannot be read: ${error.message}`);
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not valid JSON: ${(error as Error).message}`);
  }
}

/** The desired properties in a file that holds a bare twin, a full twin, or a deployment manifest or template. */
export async function readTwinFile(file: string): Promise<unknown> {
  return desiredOf(await readJsonFile(file), file).desired;
}

/** Finds the desired properties; `found` says where. Throws when a manifest has no module twin. */
export function desiredOf(value: unknown, file: string): { found: string; desired: unknown } {
  const content = objectAt(value, "modulesContent") ?? objectAt(objectAt(value, "content"), "modulesContent");
  if (content) {
    const modules = Object.keys(content).filter((name) => !name.startsWith("$"));
    const name = modules.find((m) => m === "vedette") ?? modules.find((m) => m.includes("vedette")) ?? modules[0];
    const desired = name === undefined ? undefined : desiredIn(content[name]);
    if (!desired) throw new Error(`${file} is a deployment manifest without a module twin for vedette`);
    return { found: `module twin of "${name}" in a deployment manifest`, desired };
  }
  const full =
    objectAt(objectAt(value, "properties"), "desired") ??
    objectAt(value, "properties.desired") ??
    objectAt(value, "desired");
  return full ? { found: "twin", desired: full } : { found: "desired properties", desired: value };
}

/**
 * A module's desired properties in a manifest; a layered deployment names parts of them, as
 * `properties.desired.limits` (learn.microsoft.com/azure/iot-edge/module-deployment-monitoring#layered-deployment).
 */
function desiredIn(module: unknown): Json | undefined {
  if (module === null || typeof module !== "object") return undefined;
  const prefix = "properties.desired";
  const entries = Object.entries(module).filter(([key]) => key === prefix || key.startsWith(`${prefix}.`));
  if (entries.length === 0) return undefined;
  const desired: Json = {};
  for (const [key, value] of entries) {
    if (key === prefix) Object.assign(desired, value);
    else place(desired, key.slice(prefix.length + 1).split("."), value);
  }
  return desired;
}

function place(at: Json, [name = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    at[name] = value;
    return;
  }
  const inner = Object.hasOwn(at, name) && objectAt(at, name) ? (at[name] as Json) : {};
  Object.defineProperty(at, name, { value: inner, enumerable: true, writable: true, configurable: true });
  place(inner, rest, value);
}

function objectAt(value: unknown, key: string): Json | undefined {
  const found = value !== null && typeof value === "object" ? (value as Json)[key] : undefined;
  return found !== null && typeof found === "object" ? (found as Json) : undefined;
}
