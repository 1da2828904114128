import { type SeverityName, severityNames } from "../alerts/catalogue.ts";
import type { ShownFinding } from "./finding.ts";
import { type Html, html } from "./html.ts";
import type { Words } from "./words.ts";

const hourMs = 3_600_000;
const hours = 24;
/** Units of the drawing; it is stretched to the width of the page. */
const step = 20;
const barWidth = 14;
const height = 80;
const leastTop = 4;

/** Findings that were opened in one hour, by severity. */
export interface Hour {
  readonly from: number;
  readonly counts: Readonly<Record<SeverityName, number>>;
}

/** The last 24 hours, oldest first, each beginning on a full hour (UTC); the last one is still running. */
export function hourly(findings: readonly ShownFinding[], now: number): readonly Hour[] {
  const current = Math.floor(now / hourMs) * hourMs;
  const counts = Array.from({ length: hours }, () => ({ informational: 0, low: 0, medium: 0, high: 0 }));
  for (const { opened, severity } of findings) {
    const at = hours - 1 - (current - Math.floor(opened / hourMs) * hourMs) / hourMs;
    const hour = counts[at];
    if (hour) hour[severity]++;
  }
  return counts.map((each, i) => ({ from: current - (hours - 1 - i) * hourMs, counts: each }));
}

export function totalOf({ counts }: Hour): number {
  return severityNames.reduce((sum, severity) => sum + counts[severity], 0);
}

/** Bars of one hour each, the highest severity at the foot, where it is seen first. */
export function chart(day: readonly Hour[], words: Words): Html {
  const top = Math.max(leastTop, ...day.map(totalOf));
  const total = day.reduce((sum, hour) => sum + totalOf(hour), 0);
  return html`<svg class="chart" viewBox="0 0 ${hours * step} ${height}" preserveAspectRatio="none" role="img" aria-label="${words.chart(total)}">
${day.map((hour, i) => bar(hour, i * step + (step - barWidth) / 2, top, words))}</svg>
<div class="axis" aria-hidden="true">${day.filter((_, i) => i % 6 === 0).map(({ from }) => html`<span>${clock(from)}</span>`)}<span>${words.now}</span></div>`;
}

function bar(hour: Hour, x: number, top: number, words: Words): Html {
  const told = [...severityNames].reverse().filter((severity) => hour.counts[severity] > 0);
  if (told.length === 0) return html`<rect class="none" x="${x}" y="${height - 2}" width="${barWidth}" height="2"/>`;
  let foot = height;
  const parts = told.map((severity) => {
    const size = (hour.counts[severity] / top) * height;
    foot -= size;
    return html`<rect class="${severity}" x="${x}" y="${foot.toFixed(2)}" width="${barWidth}" height="${size.toFixed(2)}"/>`;
  });
  const counts = told.map((severity) => `${hour.counts[severity]} ${words.severity[severity]}`).join(", ");
  return html`<g><title>${words.hourly(clock(hour.from), clock(hour.from + hourMs), counts)}</title>${parts}</g>`;
}

/** `14:00` */
function clock(at: number): string {
  return new Date(at).toISOString().slice(11, 16);
}
