import { parseArgs } from "node:util";
import { type AlertId, alertIds, type CatalogueEntry, catalogue } from "../alerts/catalogue.ts";
import { type Language, languages, texts } from "../alerts/text.ts";
import { Terminal } from "./terminal.ts";
import { UsageError } from "./usage.ts";

const groups = {
  builtin: "Built-in alerts",
  custom: "Custom alerts (off by default)",
  module: "The module's own state",
};

/** `vedette alerts [--lang en|ja] [--json] [ID...]`: the catalogue, in full for the ids named. */
export async function alerts(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { lang: { type: "string", default: "en" }, json: { type: "boolean", default: false } },
  });
  const language = languages.find((l) => l === values.lang);
  if (!language) throw new UsageError(`--lang is ${languages.join(" or ")}, not "${values.lang}"`);
  const wanted = positionals.map((id) => {
    if (!Object.hasOwn(catalogue, id)) throw new UsageError(`there is no alert "${id}"; \`vedette alerts\` lists them`);
    return id as AlertId;
  });
  if (values.json) printJson(wanted.length ? wanted : alertIds, language);
  else if (wanted.length) printFull(wanted, language);
  else printList(language);
  return 0;
}

function printJson(ids: readonly AlertId[], language: Language): void {
  for (const id of ids) console.log(JSON.stringify({ id, ...catalogue[id], ...texts[language][id] }));
}

function printList(language: Language): void {
  const out = new Terminal(process.stdout, process.env);
  for (const [group, heading] of Object.entries(groups)) {
    console.log(`${out.bold(heading)}\n`);
    for (const id of alertIds.filter((a) => catalogue[a].group === group)) {
      console.log(`  ${out.severity(catalogue[id].severity)}  ${id.padEnd(30)}  ${texts[language][id].title}`);
    }
    console.log();
  }
}

function printFull(ids: readonly AlertId[], language: Language): void {
  const out = new Terminal(process.stdout, process.env);
  for (const id of ids) {
    const entry: CatalogueEntry = catalogue[id];
    const { title, meaning, remediation } = texts[language][id];
    console.log(
      `${out.severity(entry.severity)} ${out.bold(title)}  ${out.dim(id)}\n\n  ${meaning}\n\n  ${remediation}\n`,
    );
    for (const { tactic, technique, subTechnique, version } of entry.attacks) {
      const { uid, name } = subTechnique ?? technique;
      console.log(out.dim(`  ATT&CK ${version}: ${uid} ${name} (${tactic.name})`));
    }
    console.log();
  }
}
