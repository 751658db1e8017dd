/** The first part of the page's script: elements, requests, and the tools at the top. */
export const PAGE_TOOLS = String.raw`
"use strict";
const byId = (id) => document.getElementById(id);
const make = (name, parent, attributes = {}, text) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  parent?.append(node);
  return node;
};
const setText = (node, text) => {
  // An unchanged text stays as it is, so that the reader's selection is kept.
  if (node.textContent !== text) node.textContent = text;
};
const report = (id, text, failed = false) => {
  setText(byId(id), text);
  byId(id).classList.toggle("failed", failed);
};
const read = async (path) => {
  const response = await fetch(path);
  const body = await response.json();
  if (!response.ok) throw new Error(body.error.message);
  return body;
};
const post = async (path, body) => {
  const key = byId("key").value.trim();
  if (key === "") {
    byId("key").focus();
    throw new Error("Enter the key first, which the service printed when it started");
  }
  const response = await fetch(path, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Authorization: "Basic " + btoa(String.fromCharCode(...new TextEncoder().encode(key))),
    },
    body: JSON.stringify(body),
  });
  if (response.ok) return;
  const { error } = await response.json();
  throw new Error(error.message + " (" + error.code + ")");
};
/** Runs an action of the user, and reports its outcome. */
const act = async (id, done, action) => {
  try {
    await action();
    report(id, done);
  } catch (error) {
    report(id, error.message, true);
  }
};

const options = () => {
  const tls = location.protocol === "https:";
  const port = Number(location.port) || (tls ? 443 : 80);
  const key = byId("key").value.trim() || "appId.keyId:secret";
  const endpoint = location.hostname;
  const script = JSON.stringify({ endpoint, port, tls, key }, null, 2).replace(/"(\w+)":/g, "$1:");
  switch (byId("client").value) {
    case "sdk":
      return 'import { Realtime } from "@ably-edge/sdk";\n\nconst client = new Realtime(' + script + ");";
    case "ably":
      return 'import * as Ably from "ably";\n\nconst client = new Ably.Realtime(' + script + ");";
    case "python":
      return "from ably import AblyRealtime\n\nclient = AblyRealtime(\n  endpoint=" +
        JSON.stringify(endpoint + ":" + port) + ",\n  tls=" + (tls ? "True" : "False") + ",\n  key=" +
        JSON.stringify(key) + ",\n)";
    default:
      return "curl -u '" + key + "' " + location.origin + "/channels/test/messages";
  }
};
const showOptions = () => setText(byId("options"), options());
const copy = async (text) => {
  // A page without TLS from another machine has no clipboard.
  if (navigator.clipboard) return await navigator.clipboard.writeText(text);
  getSelection().selectAllChildren(byId("options"));
  if (!document.execCommand("copy")) throw new Error("Copy the selected text");
};

const KEY = "local-service-key";
const given = /^#key=(.+)$/.exec(location.hash);
if (given) {
  sessionStorage.setItem(KEY, decodeURIComponent(given[1]));
  // The key must not stay in the history of the browser.
  history.replaceState(null, "", location.pathname);
}
byId("key").value = sessionStorage.getItem(KEY) ?? "";
byId("key").addEventListener("input", () => {
  sessionStorage.setItem(KEY, byId("key").value.trim());
  showOptions();
});
byId("client").addEventListener("change", showOptions);
byId("copy").addEventListener("click", () => act("copied", "Copied", () => copy(options())));
showOptions();

const payload = (text) => {
  if (text === "") return {};
  try {
    const value = JSON.parse(text);
    if (typeof value === "object" && value !== null) return { data: text, encoding: "json" };
  } catch {
    // Text.
  }
  return { data: text };
};
byId("publish").addEventListener("submit", (event) => {
  event.preventDefault();
  const channel = byId("channel").value;
  const name = byId("name").value;
  const message = { ...(name !== "" && { name }), ...payload(byId("data").value) };
  const path = "channels/" + encodeURIComponent(channel) + "/messages";
  act("published", "Published at " + new Date().toLocaleTimeString(), () => post(path, message));
});
`;
