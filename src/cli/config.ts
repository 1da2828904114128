import { parseArgs } from "node:util";
import { oneLine } from "../alerts/visible.ts";
import { ConfigurationReader, type Judged } from "../config/configuration.ts";
import { detectors } from "../detectors/index.ts";
import { jsonLine } from "./json-line.ts";
import { Terminal } from "./terminal.ts";
import { desiredOf, readJsonFile } from "./twin-file.ts";
import { UsageError } from "./usage.ts";

/** Of what a twin, which anybody may have written, is shown in one line. */
const maxLine = 2_000;

/** `vedette config check FILE`: exit 0 when every section is good, 1 when one is not, 2 when there is no twin in it. */
export async function config(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: "boolean", default: false } },
  });
  const [verb, file] = positionals;
  if (verb !== "check" || file === undefined) throw new UsageError("config: say `vedette config check FILE`");
  const source = await readJsonFile(file)
    .then((value) => desiredOf(value, file))
    .catch((error: Error) => error);
  if (source instanceof Error) {
    console.error(`vedette: ${oneLine(source.message, maxLine)}`);
    return 2;
  }
  const { found, desired } = source;
  const judged = new ConfigurationReader(detectors).read(desired);
  const { hash, problems, classic } = judged;
  if (values.json) console.log(jsonLine({ file, found, hash, problems, classic }));
  else print(oneLine(file, maxLine), oneLine(found, maxLine), judged);
  return problems.length === 0 ? 0 : 1;
}

function print(file: string, found: string, judged: Judged): void {
  const out = new Terminal(process.stdout, process.env);
  for (const { path, expected, got } of judged.problems) {
    console.log(
      `${out.style("red", "problem")}  ${out.bold(oneLine(path, maxLine))}\n         expected: ${oneLine(expected, maxLine)}\n         got: ${oneLine(got, maxLine)}`,
    );
  }
  for (const [setting, text] of Object.entries(judged.classic))
    console.log(`${out.style("yellow", "classic")}  ${oneLine(setting, 80)}: ${oneLine(text, maxLine)}`);
  if (judged.problems.length === 0)
    console.log(`${out.style("green", "ok")}  ${file}: ${found}, configuration ${judged.hash}`);
  else
    console.log(
      `\n${file}: ${found}, ${judged.problems.length} problems; a section with a problem keeps its last good value`,
    );
}
