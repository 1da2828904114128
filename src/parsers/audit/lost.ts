/** The kernel's own word that it lost records (kernel/audit.c `audit_log_lost`); it goes to the kernel log. */
import type { CoverageLost } from "../../events/fact.ts";
import type { Fields } from "./fields.ts";

const COUNT = "audit_lost=";
const REASON = /\baudit: (backlog limit exceeded|rate limit exceeded|out of memory[\w ]{0,60})/;

/** Of the texts above; most foreign lines are empty. */
const shortest = "audit_lost=0".length;

/** Judges one line that is no audit record; undefined for all but a loss. `at` is the time of the last record. */
export function lostByKernel(bytes: Buffer, start: number, end: number, at: number): CoverageLost | undefined {
  // Within the line: a search to the end of the bytes, for each of many short lines, would cost their square.
  if (end - start < shortest || end - start > 1_000 || bytes.subarray(start, end).indexOf("audit", 0, "latin1") < 0)
    return undefined;
  const text = bytes.toString("latin1", start, end);
  const count = text.indexOf(COUNT);
  const reason = REASON.exec(text)?.[1];
  if (count < 0 && reason === undefined) return undefined;
  const lost = count < 0 ? 0 : Number.parseInt(text.slice(count + COUNT.length, count + COUNT.length + 12), 10) || 0;
  return { kind: "coverage.lost", at, source: "audit-log", lost, reason: reason ?? "the kernel lost audit records" };
}

/** `auditctl --reset-lost` writes how many were lost since the last reset (`op=set lost=0 old=17`). */
export function lostBeforeReset(fields: Fields, at: number): CoverageLost | undefined {
  if (fields.raw(" lost=") === undefined) return undefined;
  const lost = fields.number(" old=") ?? 0;
  if (!(lost > 0)) return undefined;
  return { kind: "coverage.lost", at, source: "audit-log", lost, reason: "the kernel lost audit records" };
}
