import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Fact } from "../../events/fact.ts";
import { AuditParser } from "./audit-parser.ts";

/**
 * Records of a real host (Debian 12, auditd 3.0.9 ENRICHED, Linux 6.18, etc/audit/30-vedette.rules; paths shortened)
 * and the facts they give. Regenerate with `npx vitest run --project unit src/parsers/audit/golden.test.ts -u`, then
 * review the difference.
 */
const directory = join(import.meta.dirname, "testdata");
const logs = readdirSync(directory).filter((name) => name.endsWith(".log"));

function parse(bytes: Buffer): Fact[] {
  const facts: Fact[] = [];
  const parser = new AuditParser();
  parser.push(bytes, (fact) => facts.push(fact));
  parser.flush((fact) => facts.push(fact));
  return facts;
}

describe("recorded logs", () => {
  test.each(logs)("%s gives the reviewed facts", async (name) => {
    const facts = parse(readFileSync(join(directory, name)));
    await expect(`${JSON.stringify(facts, undefined, 2)}\n`).toMatchFileSnapshot(
      join(directory, name.replace(/log$/, "json")),
    );
  });

  test.each(logs)("%s gives the same without what auditd added (RAW), but the names", (name) => {
    const enriched = readFileSync(join(directory, name));
    const raw = Buffer.from(
      enriched
        .toString("latin1")
        .split("\n")
        .map((line) => line.split("\x1d", 1)[0])
        .join("\n"),
      "latin1",
    );
    const kinds = (facts: Fact[]) => facts.map(({ kind, at }) => `${kind} ${at}`);
    expect(kinds(parse(raw))).toEqual(kinds(parse(enriched)));
  });
});
