/** Runs rows, some side by side, and prints the table. */
import { lockHost } from "../rig/host/host-lock.ts";
import type { Row } from "./row.ts";
import { notRun, type Outcome, type RunOptions, runRow } from "./run-row.ts";

export interface MatrixOptions extends RunOptions {
  /** Rows at once; those that need the host to themselves run one by one after the others. */
  readonly jobs: number;
  /** Told of each row as it ends. */
  onOutcome?(outcome: Outcome): void;
}

/** The outcomes in the order of `rows`. Never rejects. */
export async function runMatrix(rows: readonly Row[], options: MatrixOptions): Promise<readonly Outcome[]> {
  const outcomes = new Map<Row, Outcome>();
  const run = async (row: Row) => {
    const outcome = await runRow(row, options);
    outcomes.set(row, outcome);
    options.onOutcome?.(outcome);
  };
  const queue = rows.filter(({ alone }) => !alone);
  const worker = async () => {
    for (let row = queue.shift(); row; row = queue.shift()) await run(row);
  };
  await Promise.all(Array.from({ length: options.jobs }, worker));
  for (const row of rows.filter(({ alone }) => alone)) {
    const lock = row.alone === "host" ? await lockHost(600_000).catch((error: Error) => error) : undefined;
    if (lock instanceof Error) outcomes.set(row, notRun(row.name, lock.message));
    else await run(row).finally(() => lock?.stop());
  }
  return rows.map((row) => outcomes.get(row) as Outcome);
}

/** Whether a row lost something, told it under two ids, or broke one of its demands. */
export function failed({ faults }: Outcome): boolean {
  return faults.length > 0;
}

const heads = ["fault", "deeds", "arrived", "lost", "duplicated (same id)", "recovery s", "remarks"] as const;

/** The table in Markdown, as the decision note shows it. */
export function table(outcomes: readonly Outcome[]): string {
  const lines = outcomes.map((outcome) => {
    const { name, count, recoverySeconds, notes, skipped } = outcome;
    if (skipped !== undefined) return [name, "", "", "", "", "", `not run: ${skipped}`];
    const remarks = [...(failed(outcome) ? ["FAILED"] : []), ...notes];
    const { deeds, arrived, lost, duplicated } = count;
    return [name, deeds, arrived, lost, duplicated, recoverySeconds.toFixed(1), remarks.join("; ")];
  });
  const widths = heads.map((head, i) => Math.max(head.length, ...lines.map((line) => String(line[i]).length)));
  const row = (cells: readonly unknown[]) =>
    `| ${cells.map((cell, i) => (typeof cell === "number" ? String(cell).padStart(widths[i] ?? 0) : String(cell).padEnd(widths[i] ?? 0))).join(" | ")} |`;
  return [row(heads), row(widths.map((width) => "-".repeat(width))), ...lines.map(row)].join("\n");
}
