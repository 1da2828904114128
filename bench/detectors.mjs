// What each detector costs for a million facts of those it asks for, and of the whole stream of the recording.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { recordedLines } from "./audit-input.mjs";

const root = join(import.meta.dirname, "..");

/**
 * Modules of src/ for a measuring script: `export { X } from "./src/...";` lines, bundled.
 *
 * @param {readonly string[]} lines
 * @param {string} [directory] what `import.meta.dirname` is to them
 */
export async function sources(lines, directory = root) {
  const folder = mkdtempSync(join(tmpdir(), "vedette-sources-"));
  const outfile = join(folder, "sources.mjs");
  const banner = { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' };
  const stdin = { contents: lines.join("\n"), resolveDir: root, loader: "ts" };
  const define = { "import.meta.dirname": JSON.stringify(directory) };
  await build({ stdin, bundle: true, platform: "node", format: "esm", outfile, banner, define, logLevel: "error" });
  const loaded = await import(pathToFileURL(outfile).href);
  rmSync(folder, { recursive: true, force: true });
  return loaded;
}

/**
 * Each detector alone over the recording's facts, with what detectors share (the analysis of a command line) done
 * before: so a cost is the detector's own. The first half of the passes warms the compiler.
 *
 * @returns {Promise<{name: string, kinds: string, facts: number, perMillion: number, share: number}[]>} dearest first;
 * `perMillion`: CPU seconds for a million facts of its kinds; `share`: of all detectors together
 */
export async function detectorRows(passes = 6) {
  const { AuditParser, ProcessTable, detectors, ConfigurationReader, ThreatLists, commandLine } = await sources([
    'export { AuditParser } from "./src/parsers/audit/audit-parser.ts";',
    'export { ProcessTable } from "./src/pipeline/process-table.ts";',
    'export { detectors } from "./src/detectors/index.ts";',
    'export { ConfigurationReader } from "./src/config/configuration.ts";',
    'export { ThreatLists } from "./src/parsers/threats/threat-lists.ts";',
    'export { commandLine } from "./src/detectors/knowledge/command.ts";',
  ]);
  const facts = recordedFacts(AuditParser, ProcessTable);
  for (const fact of facts) if (fact.process) commandLine(fact.process);
  const configuration = new ConfigurationReader(detectors).defaults();
  const context = { threats: new ThreatLists(), userName: () => undefined };
  const names = new Map();
  const rows = detectors.map((detector) => {
    const number = (names.get(detector.alert) ?? 0) + 1;
    names.set(detector.alert, number);
    const judge = detector.start(configuration.alerts[detector.alert], context);
    const own = facts.filter(({ kind }) => detector.on.includes(kind));
    const seconds = own.length === 0 ? 0 : timed(judge, own, passes);
    const name = number === 1 ? detector.alert : `${detector.alert}#${number}`;
    return {
      name,
      kinds: detector.on.join(", "),
      facts: own.length,
      perMillion: own.length === 0 ? 0 : (seconds / own.length) * 1e6,
      seconds,
    };
  });
  const all = rows.reduce((sum, { seconds }) => sum + seconds, 0);
  return rows.map(({ seconds, ...row }) => ({ ...row, share: seconds / all })).sort((a, b) => b.share - a.share);
}

function recordedFacts(AuditParser, ProcessTable) {
  const table = new ProcessTable();
  const parser = new AuditParser();
  const facts = [];
  const take = (fact) => {
    if (!fact.process) facts.push(fact);
    else
      facts.push({
        ...fact,
        process: fact.kind === "process.started" ? table.started(fact.process) : table.seen(fact.process),
      });
  };
  parser.push(Buffer.from(`${recordedLines().join("\n")}\n`, "latin1"), take);
  parser.flush(take);
  return facts;
}

/** CPU seconds of one pass: the least of the later half, which the rest of the machine disturbed least. */
function timed(judge, facts, passes) {
  let least = Number.POSITIVE_INFINITY;
  for (let pass = 0; pass < passes; pass++) {
    const before = process.cpuUsage();
    for (const fact of facts) judge.judge(fact);
    const { user, system } = process.cpuUsage(before);
    if (pass >= passes / 2) least = Math.min(least, (user + system) / 1e6);
  }
  return least;
}
