/** When edgeAgent starts a module again (RestartPolicyManager.cs of Azure/iotedge). */
import type { RestartPolicy } from "./container-spec.ts";

/** 10 s, doubled with each restart, at most 5 min. */
export interface Backoff {
  readonly unit: number;
  readonly most: number;
}
const edgeAgentBackoff: Backoff = { unit: 10_000, most: 300_000 };

/** Milliseconds until the next start; undefined: it stays down. */
export function delayBeforeRestart(
  policy: RestartPolicy,
  exitCode: number,
  restarts: number,
  { unit, most }: Backoff = edgeAgentBackoff,
): number | undefined {
  const failed = exitCode !== 0;
  if (policy === "never" || (!failed && policy !== "always")) return undefined;
  return Math.min(unit * 2 ** restarts, most);
}
