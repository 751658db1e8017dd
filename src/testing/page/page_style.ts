/** The style of the page. On narrow screens, each row of a table is a block with labelled values. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  font: 14px/1.5 system-ui, sans-serif;
  --line: light-dark(#c9ccd1, #44484f);
  --soft: light-dark(#f3f4f6, #1c1f24);
  --page: light-dark(#ffffff, #121417);
  --quiet: light-dark(#555b65, #a9b0bb);
  --accent: light-dark(#0b57d0, #a8c7fa);
  --good: light-dark(#15703d, #6fd79a);
  --bad: light-dark(#b3261e, #ff9b92);
  background: var(--page);
}
* { box-sizing: border-box; }
body { max-width: 80rem; margin: 0 auto; padding: 1rem; }
header, .bar, .actions { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1rem; }
h1, h2, h3, p { margin: 0; }
h1 { font-size: 1.4rem; }
h2 { font-size: 1.1rem; }
h3 { font-size: 1rem; margin: 0.75rem 0 0.25rem; }
.bar h2 { margin-right: auto; }
section { margin-top: 1.5rem; min-width: 0; }
#status { padding: 0 0.7rem; border-radius: 1rem; background: var(--soft); border: 1px solid var(--line); }
#status::before { content: "●"; margin-right: 0.4em; color: var(--good); }
#status.away::before { color: var(--bad); }
.failed { color: var(--bad); }
.tools, .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 0 2rem; }
.fields { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; }
.fields label { flex: 1 1 9rem; }
.tools label { display: block; margin-top: 0.5rem; }
.tools :is(input, select, textarea) { width: 100%; }
.bar label { display: flex; align-items: center; gap: 0.5rem; }
.bar input { min-width: 0; width: 11rem; }
.actions { margin-top: 0.5rem; }
input, select, textarea, button { font: inherit; color: inherit; background: var(--page); padding: 0.25rem 0.6rem;
  border: 1px solid light-dark(#767b84, #8b929d); border-radius: 0.3rem; min-height: 2rem; }
textarea, pre, #log { font-family: ui-monospace, monospace; font-size: 0.85rem; }
textarea { resize: vertical; }
button { cursor: pointer; background: var(--soft); }
button:hover { border-color: var(--accent); }
button[aria-pressed="true"] { background: var(--accent); color: var(--page); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
pre { margin: 0.5rem 0 0; padding: 0.6rem 0.8rem; border-radius: 0.3rem; background: var(--soft); white-space: pre-wrap;
  overflow-wrap: anywhere; max-height: 20rem; overflow: auto; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; font-weight: 600; margin-top: 0.75rem; }
th, td { text-align: left; padding: 0.25rem 0.8rem 0.25rem 0; border-bottom: 1px solid var(--line); }
td { overflow-wrap: anywhere; }
th { font-weight: 600; color: var(--quiet); white-space: nowrap; }
.number { font-variant-numeric: tabular-nums; }
td.tools-cell { white-space: nowrap; text-align: right; padding-right: 0; }
.quiet { color: var(--quiet); }
#log { list-style: none; margin: 0.5rem 0 0; padding: 0.4rem 0; border: 1px solid var(--line); border-radius: 0.3rem;
  height: 28rem; overflow: auto; }
#log li { padding: 0.1rem 0.8rem; overflow-wrap: anywhere; }
#log li > span { display: block; padding-left: 1.1em; }
#log summary { cursor: pointer; }
#log time { color: var(--quiet); margin-right: 0.7em; }
@media (max-width: 45rem) {
  thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  table, caption, tbody, tr { display: block; }
  tr { padding: 0.4rem 0; border-bottom: 1px solid var(--line); }
  td { display: flex; gap: 0.8rem; border: 0; padding: 0.1rem 0; }
  td::before { content: attr(data-label); flex: 0 0 7rem; color: var(--quiet); }
  td.tools-cell { display: flex; flex-wrap: wrap; white-space: normal; text-align: left; padding-top: 0.3rem; }
  td.tools-cell::before { content: none; }
  .bar h2 { flex: 1 0 100%; }
  .bar label { flex: 1 1 12rem; }
  .bar input { flex: 1; }
  #log { height: 22rem; }
}
`;
