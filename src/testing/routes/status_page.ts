/** The page at `/`, which requests the state once a second and shows it. */
export const STATUS_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Local service</title>
<style>
  :root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif; }
  body { max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { display: inline; font-size: 1.4rem; } h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem; }
  h3 { font-size: 1rem; margin: 1rem 0 0.25rem; }
  #status { display: inline-block; margin: 0 0 0 1rem; padding: 0 0.7rem; border-radius: 1rem; background: #8882; }
  #status::before { content: "●"; margin-right: 0.4em; color: light-dark(#15703d, #6fd79a); }
  #status.away::before { color: light-dark(#b3261e, #ff9b92); }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: 0.2rem 0.8rem 0.2rem 0; border-bottom: 1px solid #8884; overflow-wrap: anywhere; }
  th { font-weight: 600; opacity: 0.75; }
  td.number { font-variant-numeric: tabular-nums; }
  pre { padding: 0.6rem 0.8rem; border-radius: 0.4rem; background: #8881; white-space: pre-wrap; overflow-wrap: anywhere;
    max-height: 36rem; overflow: auto; margin: 0; font-size: 0.85rem; }
</style>
</head>
<body>
<h1>Local service</h1>
<p id="status">Loading …</p>
<main id="apps"></main>
<h2>Log, the latest first</h2>
<pre id="log" tabindex="0"></pre>
<script>
const byId = (id) => document.getElementById(id);
const element = (name, text, parent) => {
  const node = document.createElement(name);
  if (text !== undefined) node.textContent = text;
  parent?.append(node);
  return node;
};
const table = (parent, title, columns, rows) => {
  element("h3", title + " (" + rows.length + ")", parent);
  if (rows.length === 0) return;
  const node = element("table", undefined, parent);
  const head = element("tr", undefined, element("thead", undefined, node));
  for (const title of Object.values(columns)) element("th", title, head);
  const body = element("tbody", undefined, node);
  for (const row of rows) {
    const line = element("tr", undefined, body);
    for (const column of Object.keys(columns)) {
      const cell = element("td", shown(row[column]), line);
      if (typeof row[column] === "number") cell.className = "number";
    }
  }
};
const CONNECTION = { id: "Id", clientId: "Client id", connected: "Connected" };
const CHANNEL = {
  name: "Name",
  messages: "Messages",
  connections: "Connections",
  publishers: "Publishers",
  subscribers: "Subscribers",
  presenceMembers: "Present",
};
const shown = (value) => typeof value === "boolean" ? (value ? "yes" : "no") : String(value ?? "–");
const show = ({ apps, log }) => {
  const main = byId("apps");
  main.replaceChildren();
  for (const app of apps) {
    element("h2", "App " + app.appId, main);
    table(main, "Connections", CONNECTION, app.connections);
    table(main, "Channels", CHANNEL, app.channels);
  }
  const time = (at) => new Date(at).toISOString().slice(11, 23);
  byId("log").textContent = log.toReversed().map(({ at, text }) => time(at) + " " + text).join("\\n");
};
let last = "";
const refresh = async () => {
  try {
    const state = await (await fetch("_service/state")).text();
    // Redraw only after a change, so that the reader's selection is kept.
    if (state !== last) show(JSON.parse(last = state));
    byId("status").textContent = "Running";
    byId("status").className = "";
  } catch {
    byId("status").textContent = "Not reachable";
    byId("status").className = "away";
  }
  setTimeout(refresh, 1000);
};
refresh();
</script>
</body>
</html>
`;
