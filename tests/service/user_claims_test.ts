import { Action, MODE_FLAGS } from "../../src/protocol/actions.ts";
import { type JwtParams, signJwt } from "../../src/token/mod.ts";
import { createService, type LocalService } from "../../src/testing/mod.ts";
import { assertEquals, test } from "../harness.ts";
import { FrameClient } from "./frames.ts";

async function connect(service: LocalService, claims: Partial<JwtParams>) {
  const accessToken = await signJwt(service.key, { clientId: "amy", ...claims });
  return await FrameClient.connect(service, { key: null, params: { accessToken } });
}

/** The claim that a message of a client has on a channel. */
async function claimOn(client: FrameClient, channel: string): Promise<unknown> {
  await client.attach(channel);
  await client.publish(channel, { name: "n" });
  const { messages: [message] = [] } = await client.next(Action.Message);
  return (message!.extras as { userClaim?: string } | undefined)?.userClaim;
}

test("user claims: a message carries the most specific claim of its channel", async () => {
  await using service = createService();
  using client = await connect(service, {
    channelClaims: {
      "*": "all",
      "dms:*": "dms",
      "dms:amy:*": "amy's",
      "dms:bob": { name: "bob" },
    },
  });
  assertEquals(await claimOn(client, "c"), "all");
  assertEquals(await claimOn(client, "dms:c"), "dms");
  assertEquals(await claimOn(client, "dms:amy:c"), "amy's");
  assertEquals(await claimOn(client, "dms:bob"), '{"name":"bob"}');
});

test("user claims: claims of rooms are those of the rooms' channels", async () => {
  await using service = createService();
  using client = await connect(service, {
    roomClaims: { lobby: { role: "host" }, "support:*": "support" },
    channelClaims: { c: "c" },
  });
  assertEquals(await claimOn(client, "lobby::$chat"), '{"role":"host"}');
  assertEquals(await claimOn(client, "support:1::$chat"), "support");
  assertEquals(await claimOn(client, "other::$chat"), undefined);
  assertEquals(await claimOn(client, "lobby"), undefined);
  assertEquals(await claimOn(client, "c"), "c");
});

test("user claims: a client cannot set one itself", async () => {
  await using service = createService();
  using client = await FrameClient.connect(service);
  await client.attach("c");
  await client.publish("c", { name: "n", extras: { userClaim: "forged", headers: { a: "b" } } });
  const { messages: [message] = [] } = await client.next(Action.Message);
  assertEquals(message!.extras, { headers: { a: "b" } });
});

test("user claims: presence and annotations carry them, and an update keeps that of its message", async () => {
  await using service = createService();
  const channel = "mutable:c";
  using amy = await connect(service, { channelClaims: { "*": "amy's" } });
  using other = await FrameClient.connect(service, { params: { clientId: "bob" } });
  const { subscribe, annotation_subscribe, presence_subscribe } = MODE_FLAGS;
  const flags = subscribe | annotation_subscribe | presence_subscribe;
  await other.attach(channel, { flags });
  await amy.attach(channel);
  await amy.request({ action: Action.Presence, channel, presence: [{ action: 2 }] });
  const { presence: [member] = [] } = await other.next(Action.Presence);
  assertEquals(member!.extras, { userClaim: "amy's" });
  const ack = await amy.publish(channel, { name: "n", extras: { headers: {} } });
  const [serial] = ack.res![0]!.serials as [string];
  await other.next(Action.Message);
  await other.publish(channel, { serial, action: 1, extras: { headers: { a: "b" } } });
  const { messages: [update] = [] } = await other.next(Action.Message);
  assertEquals(update!.extras, { headers: { a: "b" }, userClaim: "amy's" });
  const annotations = [{ messageSerial: serial, type: "a:flag.v1", action: 0 }];
  await amy.request({ action: Action.Annotation, channel, annotations });
  const { annotations: [annotation] = [] } = await other.next(Action.Annotation);
  assertEquals(annotation!.extras, { userClaim: "amy's" });
});
