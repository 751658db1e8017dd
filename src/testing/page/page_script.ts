/** The second part of the page's script: the tables, the content of a channel, the log, and the refreshing of all three. */
export const PAGE_SCRIPT = String.raw`
const CONNECTION = { socket: "Socket", id: "Id", clientId: "Client id", connected: "Connected" };
const CHANNEL = {
  name: "Name",
  messages: "Messages",
  connections: "Connections",
  publishers: "Publishers",
  subscribers: "Subscribers",
  presenceMembers: "Present",
};
const shown = (value) => typeof value === "boolean" ? (value ? "yes" : "no") : String(value ?? "–");

const fault = (done, order) => act("done", done, async () => {
  await post("_service/faults", order);
  await refresh();
});
byId("expire").addEventListener("click", () => fault("All tokens have expired", { expireTokens: true }));
const connectionTools = ({ id, clientId }) => {
  const who = clientId ?? id;
  return [
    ["Drop", "Drop the connection of " + who, () => fault("Dropped " + who, { drop: { connectionId: id } })],
    [
      "Disconnect",
      "Disconnect " + who,
      () => fault("Disconnected " + who, { disconnect: { connectionId: id }, error: 80003 }),
    ],
  ];
};
const channelTools = ({ name }, appId) => [["Show", "Show the content of " + name, () => open(appId, name)]];

/** Tables by app and kind. They stay in place, so that focus and selection are kept. */
const tables = new Map();
const tableFor = (key, columns, parent) => {
  let table = tables.get(key);
  if (table) return table;
  const node = make("table", parent, { role: "table" });
  const caption = make("caption", node);
  const head = make("tr", make("thead", node, { role: "rowgroup" }), { role: "row" });
  for (const title of Object.values(columns)) make("th", head, { role: "columnheader", scope: "col" }, title);
  make("th", head, { role: "columnheader", scope: "col", "aria-label": "Tools" });
  table = { node, caption, body: make("tbody", node, { role: "rowgroup" }), rows: new Map() };
  tables.set(key, table);
  return table;
};
const rowFor = (table, columns, key, tools) => {
  let row = table.rows.get(key);
  if (row) return row;
  const node = make("tr", table.body, { role: "row" });
  const cells = Object.entries(columns).map(([name, title]) => [
    name,
    make("td", node, { role: "cell", "data-label": title }),
  ]);
  const cell = make("td", node, { role: "cell", class: "tools-cell" });
  for (const [text, label, action] of tools) {
    make("button", cell, { "aria-label": label }, text).addEventListener("click", action);
    cell.append(" ");
  }
  row = { node, cells };
  table.rows.set(key, row);
  return row;
};
const showTable = (table, columns, { title, count, items, keyOf, toolsOf }) => {
  setText(table.caption, title + " (" + count + (count > items.length ? ", " + items.length + " shown" : "") + ")");
  const keys = new Set(items.map(keyOf));
  for (const [key, row] of table.rows) {
    if (keys.has(key)) continue;
    row.node.remove();
    table.rows.delete(key);
  }
  for (const item of items) {
    for (const [name, cell] of rowFor(table, columns, keyOf(item), toolsOf(item)).cells) {
      setText(cell, shown(item[name]));
      cell.classList.toggle("number", typeof item[name] === "number");
    }
  }
};
const showState = ({ apps }) => {
  const known = new Set();
  for (const { appId, connections, connectionCount, channels, channelCount } of apps) {
    const key = "app " + appId;
    known.add(key);
    let place = tables.get(key);
    if (!place) {
      place = { node: make("div", byId("apps")) };
      if (apps.length > 1 || tables.size > 0) make("h3", place.node, {}, "App " + appId);
      tables.set(key, place);
    }
    showTable(tableFor(key + " connections", CONNECTION, place.node), CONNECTION, {
      title: "Connections",
      count: connectionCount,
      items: connections,
      keyOf: ({ id }) => id,
      toolsOf: connectionTools,
    });
    showTable(tableFor(key + " channels", CHANNEL, place.node), CHANNEL, {
      title: "Channels",
      count: channelCount,
      items: channels,
      keyOf: ({ name }) => name,
      toolsOf: (channel) => channelTools(channel, appId),
    });
  }
  for (const [key, { node }] of tables) {
    if (!key.startsWith("app ") || known.has(key.split(" ").slice(0, 2).join(" "))) continue;
    node.remove();
    tables.delete(key);
  }
};

let opened;
let opener;
const open = async (appId, name) => {
  opened = "_service/channel?app=" + encodeURIComponent(appId) + "&name=" + encodeURIComponent(name);
  opener = document.activeElement;
  byId("channel").value = name;
  setText(byId("content-title"), "Channel " + name);
  byId("content").hidden = false;
  await showContent();
  byId("content-title").focus();
};
byId("close").addEventListener("click", () => {
  opened = undefined;
  byId("content").hidden = true;
  opener?.focus();
});
const listed = (items) => items.length === 0 ? "–" : items.map((item) => JSON.stringify(item, null, 2)).join("\n");
const showContent = async () => {
  if (opened === undefined) return;
  const { members, messages, objects } = await read(opened).catch(() => ({ members: [], messages: [], objects: null }));
  setText(byId("members"), listed(members));
  setText(byId("messages"), listed(messages));
  setText(byId("objects"), objects === null ? "–" : JSON.stringify(objects, null, 2));
};

const MOST_ENTRIES = 1000;
const log = byId("log");
let last = 0;
let paused = false;
const isWanted = (item) => item.dataset.text.includes(byId("filter").value.trim().toLowerCase());
const showHidden = () => {
  const count = [...log.children].filter(({ hidden }) => hidden).length;
  setText(byId("hidden"), count === 0 ? "" : count + " hidden by the filter");
};
const addEntry = ({ at, text, detail }) => {
  const item = make("li");
  item.dataset.text = (text + " " + (detail ?? "")).toLowerCase();
  const line = detail === undefined ? make("span", item) : make("summary", make("details", item));
  make("time", line, { datetime: new Date(at).toISOString() }, new Date(at).toISOString().slice(11, 23));
  line.append(text);
  // The detail is made when it is opened, because most are never read.
  if (detail !== undefined) {
    line.parentElement.addEventListener("toggle", () => make("pre", line.parentElement, {}, detail), { once: true });
  }
  item.hidden = !isWanted(item);
  log.append(item);
};
const showLog = (part) => {
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  if (part.last < last) log.replaceChildren(); // The service has started again.
  last = part.last;
  for (const entry of part.entries) addEntry(entry);
  while (log.children.length > MOST_ENTRIES) log.firstChild.remove();
  if (part.entries.length === 0) return;
  if (isAtEnd) log.scrollTop = log.scrollHeight;
  showHidden();
};
byId("filter").addEventListener("input", () => {
  for (const item of log.children) item.hidden = !isWanted(item);
  showHidden();
});
byId("pause").addEventListener("click", () => {
  paused = !paused;
  byId("pause").setAttribute("aria-pressed", String(paused));
  refresh();
});
byId("clear").addEventListener("click", () => {
  log.replaceChildren();
  showHidden();
});

const refreshOnce = async () => {
  try {
    showState(await read("_service/state?search=" + encodeURIComponent(byId("search").value)));
    await showContent();
    if (!paused) showLog(await read("_service/log?after=" + last));
    report("status", "Running");
    byId("status").className = "";
  } catch {
    report("status", "Not reachable");
    byId("status").className = "away";
  }
};
// One after another, because two at once would add the same entries of the log.
let refreshing = Promise.resolve();
const refresh = () => refreshing = refreshing.then(refreshOnce);
byId("search").addEventListener("input", refresh);
const repeat = async () => {
  await refresh();
  setTimeout(repeat, 1000);
};
repeat();
`;
