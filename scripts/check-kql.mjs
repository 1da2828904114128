// Gives each statement of etc/azure/vedette.kql to Microsoft's language service for Kusto: syntax, names and types, with
// the table and the functions of the file declared as it goes. Executes nothing. The service is 31 MB and is no
// dependency of this project: `npm i --no-save @kusto/language-service-next@12.4.1` first. Exit 1 on any diagnostic.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
// The packages were written for a browser: they leave their names on the global object.
require("@kusto/language-service-next/bridge.min.js");
require("@kusto/language-service-next/Kusto.Language.Bridge.min.js");
const { KustoCode, GlobalState, Symbols } = globalThis.Kusto.Language;
const { ColumnSymbol, DatabaseSymbol, FunctionSymbol, ScalarTypes, TableSymbol } = Symbols;

const columns = [
  ["EnqueuedTime", ScalarTypes.DateTime],
  ["DeviceId", ScalarTypes.String],
  ["ModuleId", ScalarTypes.String],
  ["Body", ScalarTypes.Dynamic],
].map(([name, type]) => new ColumnSymbol(name, type));
// The compiler from C# numbers overloaded constructors: those of 12.4.1.
const table = new TableSymbol.$ctor4("VedetteMessages", columns);
const functions = [];
const itemsOf = (list) =>
  Array.from({ length: list.Count ?? list.length }, (_, i) => (list.getItem ? list.getItem(i) : list[i]));

function diagnosticsOf(statement) {
  const database = new DatabaseSymbol.ctor("db", [table, ...functions]);
  const code = KustoCode.ParseAndAnalyze(statement, GlobalState.Default.WithDatabase(database));
  return itemsOf(code.GetDiagnostics());
}

const file = process.argv[2] ?? new URL("../etc/azure/vedette.kql", import.meta.url);
const statements = readFileSync(file, "utf8")
  .split(/\n\s*\n/)
  .filter((text) => text.split("\n").some((line) => line.trim() !== "" && !line.trim().startsWith("//")));
let found = 0;
for (const statement of statements) {
  for (const { Severity, Message, Start } of diagnosticsOf(statement)) {
    found++;
    const line = statement.slice(0, Start).split("\n").length - 1;
    console.log(`${Severity}: ${Message}\n  ${statement.split("\n")[line].trim()}`);
  }
  const [, name, parameters, body] =
    /^\.create-or-alter function[^)]*\) (\w+)\(([^)]*)\) (\{[\s\S]*\})/m.exec(statement) ?? [];
  if (name) functions.push(new FunctionSymbol.$ctor16(name, `(${parameters})`, body, null));
}
console.log(`${statements.length} statements, ${functions.length} functions, ${found} diagnostics`);
process.exitCode = found === 0 ? 0 : 1;
