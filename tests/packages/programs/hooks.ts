// React hooks under StrictMode, with a client that may do what they ask for and with one that may not.
import * as Ably from "ably";
import {
  AblyProvider,
  ChannelProvider,
  useAbly,
  useChannel,
  useChannelStateListener,
  useConnectionStateListener,
  usePresence,
  usePresenceListener,
} from "ably/react";
import { Window } from "happy-dom";
import { createElement, StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { end, Inbox, say, service, userOptions } from "./support.ts";

const window = new Window({ url: "http://localhost/" });
// The client keeps the runtime's own fetch and WebSocket.
Object.assign(globalThis, { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: false });

const rejections = new Inbox<string>();
// Refusals that the hooks leave unhandled are not part of the comparison.
process.on("unhandledRejection", (error: Ably.ErrorInfo) => {
  if (error.code !== 40160) rejections.put(String(error));
});

/** The texts that the page shows, each time that they change. */
const shown = new Inbox<string>();
const publishers = new Map<string, (name: string, data: unknown) => Promise<unknown>>();
const updaters = new Map<string, (data: string) => Promise<void>>();

function Page({ id }: { id: string }) {
  const ably = useAbly();
  const [texts, setTexts] = useState<string[]>([]);
  const [states, setStates] = useState<string[]>([]);
  const { channel, publish, connectionError, channelError } = useChannel("room", (message) => {
    setTexts((before) => [...before, String(message.data)]);
  });
  useConnectionStateListener(() => {});
  useChannelStateListener("room", ({ current }) => {
    setStates((before) => before.includes(current) ? before : [...before, current]);
  });
  const { updateStatus } = usePresence<string>("room", "here");
  const { presenceData } = usePresenceListener<string>("room");
  publishers.set(id, publish as never);
  updaters.set(id, updateStatus);
  const members = presenceData.map(({ clientId, data }) => `${clientId}=${data}`).sort();
  const errors = [connectionError, channelError].map((error) => error?.code ?? "-");
  const text = [
    `${id} ${ably.auth.clientId ?? "?"} ${channel.name}`,
    `texts:${texts.join("+")}`,
    `members:${members.join("+")}`,
    `states:${states.join("+")}`,
    `errors:${errors.join("+")}`,
  ].join(" ");
  shown.put(text);
  return createElement("p", null, text);
}

function mount(id: string, client: Ably.RealtimeClient): { unmount(): void; text(): string } {
  const container = document.createElement("div");
  const root = createRoot(container as never);
  root.render(
    createElement(
      StrictMode,
      null,
      createElement(
        AblyProvider,
        { client },
        createElement(
          ChannelProvider,
          { channelName: "room", options: { params: { rewind: "5" } } },
          createElement(Page, { id }),
        ),
      ),
    ),
  );
  return { unmount: () => root.unmount(), text: () => container.textContent ?? "" };
}

const has = (...parts: string[]) => (text: string) => parts.every((part) => text.includes(part));

const amy = new Ably.Realtime({ ...service, clientId: "amy" });
const bob = new Ably.Realtime(userOptions("bob"));
const first = mount("first", amy);
await shown.find(has("first", "members:amy=here"));
say("amy is there");
const second = mount("second", bob);
await shown.find(has("first", "members:amy=here+bob=here"));
await shown.find(has("second", "members:amy=here+bob=here"));
say("both are there");
await publishers.get("first")!("hello", "one");
await publishers.get("second")!("hello", "two");
say("texts", (await shown.find(has("second", "texts:one+two"))).includes("errors:-+-"));
await shown.find(has("first", "texts:one+two"));
await updaters.get("second")!("busy");
await shown.find(has("first", "members:amy=here+bob=busy"));
say("page", first.text().replace(/states:\S*/, ""));
second.unmount();
await shown.find((text) => has("first", "members:amy=here ", "texts:one+two")(text));
say("bob has left");

// The same component again, on the same client.
const again = mount("again", bob);
await shown.find(has("again", "members:amy=here+bob=here"));
await publishers.get("first")!("hello", "three");
say("again", (await shown.find(has("again", "texts:three"))).includes("errors:-+-"));
again.unmount();

const eve = new Ably.Realtime(userOptions("eve", { "x-ably-capability": '{"other":["*"]}' }));
const refused = mount("refused", eve);
say("refused", (await shown.find(has("refused", "errors:-+40160"))).replace(/states:\S*/, ""));
refused.unmount();
const reader = new Ably.Realtime(
  userOptions("ron", { "x-ably-capability": '{"room":["subscribe"]}' }),
);
const reading = mount("reading", reader);
await shown.find(has("reading", "texts:one+two+three"));
say(
  "reader",
  await publishers.get("reading")!("hello", "four").then(() => "sent", (error) => error.code),
);
reading.unmount();
first.unmount();
await new Promise((resolve) => setTimeout(resolve, 100));
say("unhandled", rejections.items);
for (const client of [amy, bob, eve, reader]) client.close();
end();
