import { oneLine } from "../alerts/visible.ts";
import type { SourceReported } from "../events/fact.ts";
import type { Terminal } from "./terminal.ts";

/** One line per source: state, what cannot be seen, and what to do about it. */
export function sourceLine({ source, state, reason, remedy }: SourceReported, out: Terminal): string {
  const why = [reason, remedy && `→ ${remedy}`].filter(Boolean).join("  ");
  // A reason may quote what a Docker API or a file system answered.
  return `  ${source.padEnd(15)} ${out.state(state)}  ${oneLine(why, 1000)}`;
}
