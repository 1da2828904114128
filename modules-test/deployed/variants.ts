/** The ways in which devices run the image, and what docs/deployment.md says each of them sees. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

export interface Variant {
  /** Head of its column in docs/deployment.md. */
  readonly column: string;
  readonly template: string;
  readonly elevated: boolean;
  /** Whether the host has auditd, with the project's rules. */
  readonly auditd: boolean;
}

const full = { template: "deployment.template.json", elevated: true };
const least = { template: "deployment.zero-capabilities.template.json", elevated: false };

export const variants: readonly Variant[] = [
  { column: "auditd", ...full, auditd: true },
  { column: "no auditd", ...full, auditd: false },
  { column: "no capabilities, auditd", ...least, auditd: true },
  { column: "no capabilities, no auditd", ...least, auditd: false },
];

/** `luck`: a deed that lasts long enough to be polled is seen, a shorter one is not. */
export type Said = "yes" | "luck" | "no";
const cells: Readonly<Record<string, Said>> = { yes: "yes", "~": "luck", "–": "no" };

/** The table of docs/deployment.md: alert -> what its column says. Throws when a cell cannot be read. */
export function documented({ column }: Variant): ReadonlyMap<string, Said> {
  const text = readFileSync(resolve(import.meta.dirname, "../../docs/deployment.md"), "utf8");
  const rows = text.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  const head = rows.find((row) => row[1] === "alert" && row.includes(column));
  const at = head?.indexOf(column) ?? -1;
  if (at < 0) throw new Error(`docs/deployment.md has no column "${column}"`);
  const table = new Map<string, Said>();
  for (const row of rows.slice(rows.indexOf(head as string[]) + 2)) {
    const [, alert = ""] = row;
    if (row.length < 3) break;
    const said = cells[row[at] ?? ""];
    if (!said) throw new Error(`docs/deployment.md: ${alert}, ${column}: "${row[at]}" is none of yes, ~, –`);
    table.set(alert.replaceAll("`", ""), said);
  }
  return table;
}
