import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { ConfigurationReader, type Judged } from "../config/configuration.ts";
import { checkSize } from "../config/twin-limits.ts";
import { detectors } from "../detectors/index.ts";
import { Terminal } from "./terminal.ts";
import { UsageError } from "./usage.ts";

/** `vedette config check FILE`: exit 0 when every section is good, 1 when one is not, 2 when there is no twin in it. */
export async function config(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: "boolean", default: false } },
  });
  const [verb, file] = positionals;
  if (verb !== "check" || file === undefined) throw new UsageError("config: say `vedette config check FILE`");
  const { found, desired } = desiredOf(await readJson(file), file);
  const judged = new ConfigurationReader(detectors).read(desired);
  const problems = [...checkSize(desired), ...judged.problems];
  if (values.json) console.log(JSON.stringify({ file, found, hash: judged.hash, problems }));
  else print(file, found, { ...judged, problems });
  return problems.length === 0 ? 0 : 1;
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file === "-" ? "/dev/stdin" : file, "utf8").catch((error: Error) => {
    throw new Error(`${file} cannot be read: ${error.message}`);
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not valid JSON: ${(error as Error).message}`);
  }
}

type Json = Record<string, unknown>;
const objectAt = (value: unknown, key: string): Json | undefined => {
  const found = value !== null && typeof value === "object" ? (value as Json)[key] : undefined;
  return found !== null && typeof found === "object" ? (found as Json) : undefined;
};

/** The desired properties in a bare twin, a full twin, or a deployment manifest or template. */
export function desiredOf(value: unknown, file: string): { found: string; desired: unknown } {
  const content = objectAt(value, "modulesContent") ?? objectAt(objectAt(value, "content"), "modulesContent");
  if (content) {
    const layered = (name: string) => name.startsWith("$edgeAgent") || name.startsWith("$edgeHub");
    const modules = Object.keys(content).filter((name) => !layered(name));
    const name = modules.find((m) => m === "vedette") ?? modules.find((m) => m.includes("vedette")) ?? modules[0];
    const desired = name === undefined ? undefined : objectAt(content[name], "properties.desired");
    if (!desired) throw new Error(`${file} is a deployment manifest without a module twin for vedette`);
    return { found: `module twin of "${name}" in a deployment manifest`, desired };
  }
  const full =
    objectAt(objectAt(value, "properties"), "desired") ??
    objectAt(value, "properties.desired") ??
    objectAt(value, "desired");
  return full ? { found: "twin", desired: full } : { found: "desired properties", desired: value };
}

function print(file: string, found: string, judged: Judged): void {
  const out = new Terminal(process.stdout, process.env);
  for (const { path, expected, got } of judged.problems) {
    console.log(
      `${out.style("red", "problem")}  ${out.bold(path)}\n         expected: ${expected}\n         got: ${got}`,
    );
  }
  if (judged.problems.length === 0)
    console.log(`${out.style("green", "ok")}  ${file}: ${found}, configuration ${judged.hash}`);
  else
    console.log(
      `\n${file}: ${found}, ${judged.problems.length} problems; a section with a problem keeps its last good value`,
    );
}
