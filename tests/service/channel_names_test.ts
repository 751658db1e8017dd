import { Action } from "../../src/protocol/actions.ts";
import { createService, type LocalService } from "../../src/testing/mod.ts";
import { assertEquals, assertThrows, test } from "../harness.ts";
import { FrameClient, rest } from "./frames.ts";

const VALID = ["room::$chat", "a:::b", "a::", "chat", "a]b", "[?rewind=1]a::b"];
const INVALID = ["", ":", "::a", "a\nb", "\na", "a\r\n", "[a", "[?a=b]:c", "[?a=b]"];

const NAMESPACES = [{ id: "chat", mutableMessages: true, pushEnabled: true }];

/** The error code that each frame or route gives for a channel name; 0 if it takes the name. */
const TAKERS: Record<string, (service: LocalService, channel: string) => Promise<number>> = {
  ATTACH: async (service, channel) => {
    using client = await FrameClient.connect(service);
    client.send({ action: Action.Attach, channel });
    await client.settled();
    const refusal = client.received.find(({ action }) => action === Action.Error);
    return refusal?.error?.code ?? 0;
  },
  MESSAGE: async (service, channel) => {
    using client = await FrameClient.connect(service);
    const { error } = await client.request({
      action: Action.Message,
      channel,
      messages: [{ name: "n" }],
    });
    return error?.code ?? 0;
  },
  "POST messages": (service, channel) =>
    codeOf(service, `/channels/${encodeURIComponent(channel)}/messages`, { name: "n" }),
  "GET messages": (service, channel) =>
    codeOf(service, `/channels/${encodeURIComponent(channel)}/messages`),
  "GET presence": (service, channel) =>
    codeOf(service, `/channels/${encodeURIComponent(channel)}/presence`),
  "GET presence/history": (service, channel) =>
    codeOf(service, `/channels/${encodeURIComponent(channel)}/presence/history`),
  "GET channel": (service, channel) => codeOf(service, `/channels/${encodeURIComponent(channel)}`),
  "POST batch": async (service, channel) => {
    const spec = { channels: [channel], messages: [{ name: "n" }] };
    const { body } = await rest(service, "/messages", { method: "POST", body: spec });
    return body.results[0].error?.code ?? 0;
  },
};

async function codeOf(service: LocalService, path: string, body?: object): Promise<number> {
  const answer = await rest(service, path, body && { method: "POST", body });
  return answer.body.error?.code ?? 0;
}

for (const [taker, take] of Object.entries(TAKERS)) {
  test(`contract 8.6: ${taker} takes the channel names that Ably takes, and no others`, async () => {
    await using service = createService();
    const codes = async (names: string[]) => {
      const found = [];
      for (const name of names) found.push([name, await take(service, name)]);
      return found;
    };
    assertEquals(await codes(VALID), VALID.map((name) => [name, 0]));
    assertEquals(await codes(INVALID), INVALID.map((name) => [name, 40010]));
  });
}

test("contract 8.6: objects and new apps take the same channel names", async () => {
  await using service = createService();
  service.objects("room::$chat").sync();
  for (const name of INVALID) assertThrows(() => service.objects(name));
  const makeApp = (name: string) =>
    codeOf(service, "/apps", { channels: [{ name, presence: [] }] });
  assertEquals(await makeApp("room::$chat"), 0);
  for (const name of INVALID) assertEquals([name, await makeApp(name)], [name, 40010]);
});

test("a channel name without a colon is its own namespace", async () => {
  await using service = createService({ namespaces: NAMESPACES });
  for (const name of ["chat", "chat:a", "chat::$b"]) {
    const path = `/channels/${encodeURIComponent(name)}/messages`;
    const { body } = await rest(service, path, { method: "POST", body: { data: "1" } });
    const serial = encodeURIComponent(body.serials[0]);
    const change = { method: "PATCH", body: { action: 1, data: "2" } };
    assertEquals([name, (await rest(service, `${path}/${serial}`, change)).status], [name, 200]);
    const subscription = { channel: name, clientId: "someone" };
    assertEquals(await codeOf(service, "/push/channelSubscriptions", subscription), 0);
  }
});
