// An application written for `ably`, with the entries that it may use.
import Ably, { Realtime } from "ably";
import * as All from "ably";
import { ChatClient } from "@ably/chat";
import { LiveObjects } from "ably/liveobjects";
import { BaseRealtime, FetchRequest, WebSocketTransport } from "ably/modular";
import { end, say, service } from "./support.ts";

const { useChannel } = await import("ably/react");
const client = new Ably.Realtime({ ...service, clientId: "amy", plugins: { LiveObjects } });
await client.channels.get("c").publish("n", "d");
await client.channels.get("c").history();
new ChatClient(client);
const base = new BaseRealtime({ ...service, plugins: { WebSocketTransport, FetchRequest } });
await base.channels.get("c").attach();
client.close();
base.close();
say("one class", Realtime === All.Realtime, typeof useChannel);
end();
