/** The local view: one page, complete without JavaScript, that loads nothing. */
import { type SeverityName, severityNames } from "../alerts/catalogue.ts";
import { type Language, languages } from "../alerts/text.ts";
import { oneLine } from "../alerts/visible.ts";
import { type SourceReported, sourceNames } from "../events/fact.ts";
import type { Status } from "../pipeline/status.ts";
import { alertList, full, iso } from "./alert-list.ts";
import { chart, type Hour, hourly } from "./chart.ts";
import type { ShownFinding } from "./finding.ts";
import { type Health, isTroubled } from "./health.ts";
import { Html, html } from "./html.ts";
import { style } from "./style.ts";
import { words as allWords, type Words } from "./words.ts";

export interface PageParts {
  readonly status: Status;
  readonly health: Health;
  readonly device: string;
  /** The whole module is in observe mode. */
  readonly observe: boolean;
  /** What is kept of the past, newest first; undefined where nothing is kept. */
  readonly findings: readonly ShownFinding[] | undefined;
  readonly language: Language;
  /** Only alerts before this number. */
  readonly before: number | undefined;
  readonly now: number;
}

/** Alerts of one page; with the bounds of a finding's texts this bounds the page. */
export const alertsPerPage = 25;

/** The whole document as text. */
export function page(parts: PageParts): string {
  const words = allWords[parts.language];
  const findings = parts.findings ?? [];
  const day = hourly(findings, parts.now);
  return html`<!doctype html>
<html lang="${words.tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Vedette · ${oneLine(parts.device, 80)}</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<style>${new Html(style)}</style>
</head>
<body>
<a class="skip" href="#alerts">${words.skip}</a>
<div class="wrap">
${header(parts, words)}
<main>
${lead(parts, day, words)}
<div class="columns">
<div>
${summary(day, words)}
${alerts(parts, words)}
</div>
${sources(parts.status, words)}
</div>
</main>
<footer><span>${words.footer}</span><time datetime="${iso(parts.now)}">${words.rendered} ${full(parts.now)} UTC</time></footer>
</div>
</body>
</html>
`.text;
}

/** A guidon: the pennant that a mounted post carries. */
const mark = html`<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M5.5 21.5v-19"/><path d="M5.5 4h13l-4 4.25 4 4.25h-13z" fill="currentColor"/></svg>`;

/** The same for the browser's tab. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M5.5 21.5v-19" fill="none" stroke="#2767ab" stroke-width="2.2" stroke-linecap="round"/><path d="M5.5 4h14l-4 4.25 4 4.25h-14z" fill="#2767ab"/></svg>`;

const ownNames: Readonly<Record<Language, string>> = { en: "English", ja: "日本語" };

function header({ device, language }: PageParts, { tag }: Words): Html {
  const links = languages.map((each) =>
    each === language
      ? html`<span aria-current="true" lang="${each}">${ownNames[each]}</span>`
      : html`<a href="/?lang=${each}" lang="${each}" hreflang="${each}">${ownNames[each]}</a>`,
  );
  return html`<header class="top">${mark}<strong>Vedette</strong><span class="device"><bdi>${oneLine(device, 80)}</bdi></span><nav aria-label="${tag === "ja" ? "言語" : "Language"}">${links}</nav></header>`;
}

function lead({ status, health, observe, now }: PageParts, day: readonly Hour[], words: Words): Html {
  const total = day.reduce((sum, { counts }) => sum + severityNames.reduce((n, s) => n + counts[s], 0), 0);
  const reports = [...status.sourcesNow.values()];
  const live = reports.filter(({ state }) => state === "live").length;
  const connected = status.hub.state === "connected";
  const { depth, trouble } = status.outbox();
  const acknowledged = status.lastAcknowledgedAt;
  const seconds = acknowledged === undefined ? undefined : Math.max(0, Math.round((now - acknowledged) / 1000));
  const hub = [words.hub(connected), seconds !== undefined && words.acknowledged(words.ago(seconds))];
  return html`<div class="lead">
<h1>${health.status === "failed" ? words.blind : total === 0 ? words.quiet : words.headline(total)}</h1>
<ul>
<li>${dot(live === 0 ? "bad" : reports.some(isTroubled) ? "degraded" : "live")}${words.sourcesLive(live, reports.length)}</li>
<li>${dot(connected ? "live" : "bad")}${hub.filter(Boolean).join(", ")}</li>
<li>${dot(trouble === undefined ? (connected || depth === 0 ? "live" : "degraded") : "bad")}${trouble === undefined ? words.waiting(depth) : words.trouble}</li>
</ul>
${observe && html`<p class="notice">${words.observing}</p>`}
</div>`;
}

function summary(day: readonly Hour[], words: Words): Html {
  const sum = (severity: SeverityName) => day.reduce((n, { counts }) => n + counts[severity], 0);
  return html`<section aria-labelledby="day">
<h2 id="day">${words.hours} <small>${words.perHour}</small></h2>
<div class="day panel">
<dl class="sums">${[...severityNames].reverse().map((severity) => html`<div${sum(severity) === 0 && html` class="zero"`}><dt><i class="${severity}"></i>${words.severity[severity]}</dt><dd>${sum(severity)}</dd></div>`)}</dl>
${chart(day, words)}
</div>
</section>`;
}

function alerts({ before, language, now, findings }: PageParts, words: Words): Html {
  const rest = (findings ?? []).filter(({ number }) => number < (before ?? Number.POSITIVE_INFINITY));
  const shown = rest.slice(0, alertsPerPage);
  const last = shown.at(-1);
  const older = rest.length > shown.length && last;
  return html`<section aria-labelledby="alerts">
<h2 id="alerts">${words.alerts} <small>${words.utc}</small></h2>
${shown.length > 0 ? alertList(shown, language, words, now) : html`<p class="empty panel">${findings === undefined ? words.noHistory : words.noAlerts}</p>`}
${(older || before !== undefined) && html`<nav class="pages" aria-label="${words.alerts}">${before === undefined ? html`<span></span>` : html`<a href="/?lang=${language}#alerts">${words.newest}</a>`}${older && html`<a rel="next" href="/?lang=${language}&amp;before=${older.number}#alerts">${words.older}</a>`}</nav>`}
</section>`;
}

function sources(status: Status, words: Words): Html {
  const reports = sourceNames.flatMap((name) => status.sourcesNow.get(name) ?? []);
  return html`<section aria-labelledby="sources">
<h2 id="sources">${words.sources}</h2>
<ul class="sources">${reports.map(
    (report) => html`
<li>${sourceOf(report, words)}</li>`,
  )}
</ul>
</section>`;
}

/** Reason and remedy are the module's own words, as in its log and its twin: English. */
function sourceOf({ source, state, reason, remedy }: SourceReported, words: Words): Html {
  return html`<div class="name">${dot(state)}<span>${words.source[source]}</span><small>${words.state[state]}</small></div>${
    reason !== "" && html`<p lang="en">${oneLine(reason, 300)}</p>`
  }${remedy !== undefined && html`<p lang="en">${oneLine(remedy, 300)}</p>`}`;
}

function dot(state: "live" | "degraded" | "absent" | "bad"): Html {
  return html`<span class="dot ${state}" aria-hidden="true"></span>`;
}
