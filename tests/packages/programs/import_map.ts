// An application for Deno whose import map says what `ably` is.
import { LiveObjects } from "ably/liveobjects";
import Ably from "ably";
import { end, say, service } from "./support.ts";

const client = new Ably.Realtime({ ...service, clientId: "amy", plugins: { LiveObjects } });
await client.channels.get("c").publish("n", "d");
const { items } = await client.channels.get("c").history();
say("history", items.map(({ name, data }) => [name, data]));
client.close();
end();
