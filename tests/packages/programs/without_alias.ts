// A client of this library in the hands of the packages, without an alias for `ably`. It lacks members that belong to a device
// which receives push notifications, so that a cast is needed.
import { Realtime } from "@ably-edge/sdk";
import { createClientSession } from "@ably/ai-transport";
import { createUIMessageCodec } from "@ably/ai-transport/vercel";
import { ChatClient } from "@ably/chat";
import Spaces from "@ably/spaces";
import type * as Ably from "ably";
import { AblyProvider } from "ably/react";
import { createElement } from "react";

const client = new Realtime({ key: "a.b:c", autoConnect: false }) as unknown as Ably.Realtime;

new ChatClient(client);
new Spaces(client);
createElement(AblyProvider, { client });
createClientSession({ client, channelName: "c", codec: createUIMessageCodec() });
