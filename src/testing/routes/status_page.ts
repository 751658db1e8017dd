/** The page at `/`: asks for the state once a second and shows it. */
export const STATUS_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Local service</title>
<style>
  :root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif; }
  body { max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: 0.2rem 0.8rem 0.2rem 0; border-bottom: 1px solid #8884; }
  td.number { font-variant-numeric: tabular-nums; }
  pre { white-space: pre-wrap; word-break: break-all; max-height: 30rem; overflow: auto; }
  .empty { opacity: 0.6; }
</style>
</head>
<body>
<h1>Local service</h1>
<p id="status">Loading …</p>
<main id="apps"></main>
<h2>Log</h2>
<pre id="log"></pre>
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
  for (const column of columns) element("th", column, head);
  const body = element("tbody", undefined, node);
  for (const row of rows) {
    const line = element("tr", undefined, body);
    for (const column of columns) {
      const cell = element("td", String(row[column] ?? "–"), line);
      if (typeof row[column] === "number") cell.className = "number";
    }
  }
};
const CONNECTION = ["id", "clientId", "connected"];
const CHANNEL = ["name", "messages", "connections", "publishers", "subscribers", "presenceMembers"];
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
const refresh = async () => {
  try {
    const response = await fetch("_service/state");
    show(await response.json());
    byId("status").textContent = "Running";
  } catch {
    byId("status").textContent = "Not reachable";
  }
  setTimeout(refresh, 1000);
};
refresh();
</script>
</body>
</html>
`;
