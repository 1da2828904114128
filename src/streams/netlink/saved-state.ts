/** What the next start must know, kept as the stream's position: there is none in the kernel's audit to go back to. */
import type { Found } from "./tenure.ts";

export interface SavedState {
  readonly found: Found;
  /** Epoch ms at which the audit was still read. */
  readonly at: number;
}

/** Undefined when `position` is not one of ours. */
export function savedState(position: unknown): SavedState | undefined {
  if (!isRecord(position) || !isRecord(position.found) || !isCount(position.at)) return undefined;
  const { enabled, backlogLimit, backlogWaitTime } = position.found;
  if (!isCount(enabled) || enabled > 1 || !isCount(backlogLimit)) return undefined;
  if (backlogWaitTime !== undefined && !isCount(backlogWaitTime)) return undefined;
  return { found: { enabled, backlogLimit, backlogWaitTime }, at: position.at };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
