import { type AlertId, type CatalogueEntry, catalogue } from "../alerts/catalogue.ts";
import { type AlertText, type Language, texts } from "../alerts/text.ts";
import type { ShownFinding } from "./finding.ts";
import { Html, html } from "./html.ts";
import type { Words } from "./words.ts";

/** One page of alerts, each a line that opens. */
export function alertList(findings: readonly ShownFinding[], language: Language, words: Words, now: number): Html {
  return html`<ul class="alerts panel">${findings.map(
    (finding) => html`
<li>${alertOf(finding, language, words, now)}</li>`,
  )}
</ul>`;
}

function alertOf(finding: ShownFinding, language: Language, words: Words, now: number): Html {
  const { severity, time, count, reason, test } = finding;
  // The title of the page's language; what the message says where this version does not know the alert.
  const { title, meaning, remediation } = textOf(finding, language);
  return html`<details>
<summary><span class="severity ${severity}">${words.severity[severity]}</span><h3>${title}${count > 1 && html` <em>${words.times(count)}</em>`}${test && html` <em>${words.test}</em>`}</h3><span class="why" lang="en"><bdi>${reason}</bdi></span><time class="when" datetime="${iso(time)}">${stamp(time, now)}</time></summary>
<div class="more" id="alert-${finding.number}">
<h4>${words.evidence}</h4>
${rows(finding, words)}
<h4>${words.meaning}</h4>
<p>${prose(meaning)}</p>
<h4>${words.remediation}</h4>
<p>${prose(remediation)}</p>
</div>
</details>`;
}

function textOf({ alertId, title, meaning, remediation }: ShownFinding, language: Language): AlertText {
  return alertId === undefined ? { title, meaning, remediation } : texts[language][alertId];
}

function rows({ rows: evidence, alertId, time, opened, count }: ShownFinding, words: Words): Html {
  const seen = count > 1 && opened < time ? `${full(opened)} – ${full(time)}` : full(time);
  return html`<dl class="rows">${evidence.map(
    ({ row, text, code }) =>
      html`<dt>${words.row[row]}</dt><dd${row === "command" && html` class="command"`}>${code ? html`<code lang="en">${text}</code>` : html`<bdi>${text}</bdi>`}</dd>
`,
  )}<dt>${words.row.seen}</dt><dd>${seen}</dd>${alertId && html`<dt>${words.row.id}</dt><dd><code>${named(alertId)}</code></dd>`}</dl>`;
}

function named(alertId: AlertId): string {
  const entry: CatalogueEntry = catalogue[alertId];
  return entry.legacyName === undefined ? alertId : `${alertId} (${entry.legacyName})`;
}

/** Texts of the catalogue set what is to be typed in backticks. */
function prose(text: string): Html {
  return new Html(
    text
      .split("`")
      .map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : html`${part}`).text)
      .join(""),
  );
}

/** The time of day, with the date unless it is today's (UTC). */
function stamp(at: number, now: number): string {
  const text = full(at);
  return text.slice(0, 10) === full(now).slice(0, 10) ? text.slice(11) : text;
}

/** `2026-11-24 14:02:11` */
export function full(at: number): string {
  return iso(at).slice(0, 19).replace("T", " ");
}

export function iso(at: number): string {
  return new Date(at).toISOString();
}
