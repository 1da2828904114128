import type { SourceReported } from "../events/fact.ts";
import type { Terminal } from "./terminal.ts";

/** Where reason and remedy begin: indent, name and state stand before them. */
const margin = 28;
const leastWidth = 40;

/**
 * A source: state, what cannot be seen, and what to do about it. One line where the output is no terminal; on one,
 * the remedy below the reason, both wrapped at its width.
 *
 * @param columns of the terminal; undefined where it is none
 */
export function sourceLine({ source, state, reason, remedy }: SourceReported, out: Terminal, columns?: number): string {
  const head = `  ${source.padEnd(15)} ${out.state(state)}  `;
  const advice = remedy && `→ ${remedy}`;
  if (columns === undefined) return head + [reason, advice].filter(Boolean).join("  ");
  const width = Math.max(leastWidth, columns - margin);
  const lines = [...wrapped(reason, width), ...wrapped(advice ?? "", width).map((line) => out.dim(line))];
  return (head + lines.join(`\n${" ".repeat(margin)}`)).trimEnd();
}

/** Broken at spaces into lines of at most `width` characters; a longer word stays whole. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ").filter(Boolean)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
