import { createHash } from "node:crypto";

/** The only style of the page; it stands in the page itself, and the policy allows it by its hash. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #fafaf9; --card: #fff; --text: #1b1c1e; --dim: #63676e; --line: #e7e6e3; --code: #f4f3f1;
  --high: #c22f2f; --medium: #a85f00; --low: #2767ab; --informational: #63676e; --live: #1a7f45;
  --high-bar: #d64545; --medium-bar: #e0a029; --low-bar: #6fa4dc; --informational-bar: #b3b6bb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e1012; --card: #15181b; --text: #e8e9ea; --dim: #9aa1a9; --line: #24282d; --code: #1c2024;
    --high: #ff8078; --medium: #e6b450; --low: #7db7f5; --informational: #9aa1a9; --live: #5bd08a;
    --high-bar: #e5534b; --medium-bar: #c69026; --low-bar: #4a88c7; --informational-bar: #565d66;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.55 system-ui, "Segoe UI", "Noto Sans", "Noto Sans CJK JP", "Hiragino Sans", sans-serif; -webkit-text-size-adjust: 100%; }
a { color: inherit; text-underline-offset: 3px; text-decoration-color: var(--dim); }
:focus-visible { outline: 2px solid var(--low); outline-offset: 3px; border-radius: 4px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; }
.wrap { max-width: 72rem; margin: 0 auto; padding: 0 1.5rem; }
h1, h2, h3, p, dl, dd, ul { margin: 0; padding: 0; }
ul { list-style: none; }

.top { display: flex; align-items: center; gap: .6rem; padding: 1.4rem 0; color: var(--dim); font-size: .875rem; }
.top svg { width: 22px; height: 22px; flex: none; color: var(--text); }
.top strong { color: var(--text); font-size: 1rem; font-weight: 650; letter-spacing: -.01em; }
.top .device { overflow-wrap: anywhere; }
.top nav { margin-left: auto; display: flex; gap: .9rem; white-space: nowrap; }
.top nav [aria-current] { color: var(--text); text-decoration: none; }

.lead { padding: 2rem 0 2.2rem; }
h1 { font-size: clamp(1.5rem, 1.1rem + 2vw, 2.1rem); line-height: 1.25; font-weight: 650; letter-spacing: -.022em; text-wrap: balance; }
h1:lang(ja) { letter-spacing: 0; word-break: auto-phrase; }
.lead ul { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; margin-top: .8rem; color: var(--dim); font-size: .9rem; }
.lead li { display: flex; align-items: center; gap: .5rem; }
.notice { margin-top: 1rem; color: var(--medium); }

.dot { width: 8px; height: 8px; border-radius: 50%; flex: none; background: var(--dim); }
.dot.live { background: var(--live); }
.dot.degraded { background: var(--medium-bar); }
.dot.absent { background: none; border: 1.5px solid var(--dim); }
.dot.bad { background: var(--high-bar); }

.columns { display: grid; grid-template-columns: minmax(0, 1fr) 19rem; gap: 2.75rem; align-items: start; }
.panel { background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
h2 { display: flex; align-items: baseline; gap: .7rem; font-size: .95rem; font-weight: 620; letter-spacing: -.005em; margin: 0 0 .8rem; }
h2 small { font-size: .8rem; font-weight: 400; color: var(--dim); }

.day { padding: 1.2rem 1.3rem 1rem; margin-bottom: 2.5rem; }
.sums { display: flex; flex-wrap: wrap; gap: .4rem 2.2rem; margin-bottom: 1.1rem; }
.sums div { display: flex; flex-direction: column-reverse; }
.sums dd { font-size: 1.5rem; line-height: 1.2; font-weight: 620; font-variant-numeric: tabular-nums; letter-spacing: -.02em; }
.sums .zero dd { color: var(--dim); font-weight: 450; }
.sums dt { display: flex; align-items: center; gap: .4rem; font-size: .8rem; color: var(--dim); }
.sums i { width: 8px; height: 8px; border-radius: 2px; }
.chart { display: block; width: 100%; height: 84px; }
.chart .none { fill: var(--line); }
rect.high, i.high { fill: var(--high-bar); background: var(--high-bar); }
rect.medium, i.medium { fill: var(--medium-bar); background: var(--medium-bar); }
rect.low, i.low { fill: var(--low-bar); background: var(--low-bar); }
rect.informational, i.informational { fill: var(--informational-bar); background: var(--informational-bar); }
.axis { display: flex; justify-content: space-between; margin-top: .45rem; font-size: .75rem; color: var(--dim); font-variant-numeric: tabular-nums; }

.alerts > li + li { border-top: 1px solid var(--line); }
summary { display: grid; grid-template-columns: 4.6rem minmax(0, 1fr) auto; gap: 0 .9rem; padding: .95rem 1.3rem; cursor: pointer; list-style: none; border-radius: 12px; }
summary::-webkit-details-marker { display: none; }
summary:hover { background: color-mix(in srgb, var(--line) 30%, transparent); }
h3 { font-size: .95rem; font-weight: 560; line-height: 1.45; overflow-wrap: anywhere; }
h3 em { font-style: normal; font-weight: 450; font-size: .75rem; color: var(--dim); border: 1px solid var(--line); border-radius: 99px; padding: .05rem .5rem; margin-left: .35rem; white-space: nowrap; }
.severity { font-size: .78rem; font-weight: 560; padding-top: .13rem; }
.severity.high { color: var(--high); } .severity.medium { color: var(--medium); } .severity.low { color: var(--low); } .severity.informational { color: var(--informational); }
.why { grid-column: 2; color: var(--dim); font-size: .875rem; overflow-wrap: anywhere; }
.when { grid-row: 1; grid-column: 3; color: var(--dim); font-size: .8rem; padding-top: .13rem; font-variant-numeric: tabular-nums; white-space: nowrap; text-align: right; }
.more { scroll-margin-top: 6rem; padding: .2rem 1.3rem 1.4rem 6.8rem; font-size: .9rem; }
.more h4 { margin: 1.1rem 0 .35rem; font-size: .78rem; font-weight: 560; color: var(--dim); }
.more > h4:first-child { margin-top: .3rem; }
.more p { max-width: 64ch; }
.rows { display: grid; grid-template-columns: 7.5rem minmax(0, 1fr); gap: .3rem .8rem; }
.rows dt { color: var(--dim); font-size: .85rem; }
.rows dd { overflow-wrap: anywhere; }
code { font: .84em/1.5 ui-monospace, "SF Mono", "Cascadia Mono", "Noto Sans Mono", "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
dd code { white-space: pre-wrap; unicode-bidi: isolate; direction: ltr; }
p code, dd.command code { background: var(--code); border-radius: 5px; padding: .1rem .35rem; }
dd.command code { display: block; padding: .45rem .6rem; max-height: 14rem; overflow: auto; }
.empty { padding: 2.4rem 1.3rem; color: var(--dim); text-align: center; }
.pages { display: flex; justify-content: space-between; padding: 1rem .2rem 0; font-size: .875rem; }

.sources li { padding: .7rem 0; border-top: 1px solid var(--line); font-size: .875rem; }
.sources li:first-child { border-top: 0; padding-top: 0; }
.sources .name { display: flex; align-items: center; gap: .6rem; font-weight: 520; }
.sources .name small { margin-left: auto; font-size: .8rem; font-weight: 400; color: var(--dim); }
.sources p { margin: .2rem 0 0 1.2rem; color: var(--dim); font-size: .82rem; line-height: 1.5; overflow-wrap: anywhere; }
.sources p + p::before { content: "→ "; }

footer { margin-top: 3.5rem; padding: 1.3rem 0 2.5rem; border-top: 1px solid var(--line); color: var(--dim); font-size: .8rem; display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; }
footer time { margin-left: auto; font-variant-numeric: tabular-nums; }

@media (max-width: 56rem) {
  .columns { grid-template-columns: minmax(0, 1fr); gap: 2.5rem; }
}
@media (max-width: 36rem) {
  .wrap { padding: 0 1rem; }
  .lead { padding: 1rem 0 1.6rem; }
  .sums { gap: .4rem 1.5rem; }
  summary { grid-template-columns: minmax(0, 1fr) auto; padding: .9rem 1rem; }
  h3, .why { grid-column: 1 / -1; }
  .severity { grid-row: 1; grid-column: 1; padding: 0; }
  .when { grid-column: 2; padding: 0; }
  .more { padding: .1rem 1rem 1.3rem; }
  .rows { grid-template-columns: 6.6rem minmax(0, 1fr); gap: .25rem .6rem; }
  .rows .command { grid-column: 1 / -1; }
  .day { padding: 1rem; }
}
@media (prefers-contrast: more) { :root { --dim: var(--text); --line: var(--text); } }
@media print { details > .more { display: block; } }
`;

/** Of the style element's content, for the policy (CSP level 3, section 2.3.1). */
export const styleHash = `sha256-${createHash("sha256").update(style).digest("base64")}`;
