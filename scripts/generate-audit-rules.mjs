// etc/audit/30-vedette.rules -> src/streams/netlink/rule-lines.ts, which the bundle carries. `--check` only says whether
// they differ.
import { readFileSync, writeFileSync } from "node:fs";

const source = new URL("../etc/audit/30-vedette.rules", import.meta.url);
const target = new URL("../src/streams/netlink/rule-lines.ts", import.meta.url);
const lines = readFileSync(source, "utf8")
  .split("\n")
  .filter((line) => /^-[aw] /.test(line));
const text = `/** Generated from etc/audit/30-vedette.rules by scripts/generate-audit-rules.mjs; do not edit. */
export const ruleLines: readonly string[] = [
${lines.map((line) => `  ${JSON.stringify(line)},`).join("\n")}
];
`;
if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") === text) process.exit(0);
  console.error("rule-lines.ts is not what etc/audit says: run node scripts/generate-audit-rules.mjs");
  process.exit(1);
}
writeFileSync(target, text);
