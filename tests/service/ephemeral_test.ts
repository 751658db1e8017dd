import { Action } from "../../src/protocol/actions.ts";
import { createService } from "../../src/testing/mod.ts";
import { assertEquals, test } from "../harness.ts";
import { FrameClient, rest } from "./frames.ts";

const ephemeral = { extras: { ephemeral: true } };

test("ephemeral messages reach attached clients, but neither history nor rewind", async () => {
  await using service = createService();
  using client = await FrameClient.connect(service);
  await client.attach("c");
  await client.publish("c", { name: "1" }, { name: "2", ...ephemeral }, { name: "3" });
  const { messages = [] } = await client.next(Action.Message);
  assertEquals(messages.map(({ name }) => name), ["1", "2", "3"]);
  const post = { method: "POST", body: { name: "4" } };
  await rest(service, "/channels/c/messages?ephemeral=true", post);
  const { messages: [fourth] = [] } = await client.next(Action.Message);
  assertEquals([fourth!.name, fourth!.extras], ["4", { ephemeral: true }]);
  const { body } = await rest(service, "/channels/c/messages?direction=forwards");
  assertEquals(body.map(({ name }: { name: string }) => name), ["1", "3"]);
  using late = await FrameClient.connect(service);
  await late.attach("c", { params: { rewind: "10" } });
  await late.settled();
  const rewound = late.received.flatMap(({ messages = [] }) => messages);
  assertEquals(rewound.map(({ name }) => name), ["1", "3"]);
});

test("ephemeral messages are not sent to a client that continues after them", async () => {
  await using service = createService();
  using client = await FrameClient.connect(service);
  const { channelSerial } = await client.attach("c");
  await client.publish("c", { name: "1", ...ephemeral });
  await client.publish("c", { name: "2" }, { name: "3", ...ephemeral });
  await client.publish("c", { name: "4", ...ephemeral });
  const { channelSerial: last } = await lastMessage(client);
  using back = await FrameClient.connect(service);
  await back.attach("c", { channelSerial });
  await back.settled();
  const missed = back.received.flatMap(({ messages = [] }) => messages);
  assertEquals(missed.map(({ name }) => name), ["2"]);
  const attached = await back.attach("c", { channelSerial: last });
  assertEquals(attached.error, undefined);
});

async function lastMessage(client: FrameClient) {
  await client.settled();
  return client.received.filter(({ action }) => action === Action.Message).at(-1)!;
}
