import { Action, Flag, MODE_FLAGS } from "../../src/protocol/actions.ts";
import { createService, FakeClock } from "../../src/testing/mod.ts";
import { assertEquals, assertThrows, test } from "../harness.ts";
import { FrameClient, rest } from "./frames.ts";

test("snapshot: history, presence, objects and tokens survive a restart", async () => {
  const clock = new FakeClock();
  const before = createService({ clock });
  const key = before.key;
  const post = (path: string, body: object) => rest(before, path, { method: "POST", body });
  await post("/channels/persisted%3Ac/messages", { data: "AQI=", encoding: "base64" });
  const { body } = await post("/channels/mutable%3Ac/messages", { name: "n", data: "a" });
  const message = `/channels/mutable%3Ac/messages/${encodeURIComponent(body.serials[0])}`;
  await rest(before, message, { method: "PATCH", body: { action: 5, data: "b" } });
  await post(`${message}/annotations`, { type: "r:total.v1" });
  await post("/channels/c/object", { path: "visits", counterCreate: { count: 3 } });
  const token = await post("/keys/localApp.root/requestToken", { keyName: "localApp.root" });
  const client = await FrameClient.connect(before);
  const { channelSerial } = await client.attach("persisted:c");
  const presence = [{ action: 2, clientId: "jim" }];
  await client.request({ action: Action.Presence, channel: "persisted:c", presence });
  const snapshot = before.snapshot();
  await before.close();
  await clock.advance(1000);

  await using after = createService({ clock, snapshot });
  const get = async (path: string) => (await rest(after, path, { key })).body;
  assertEquals((await get("/channels/persisted%3Ac/messages"))[0].data, "AQI=");
  const latest = await get(message);
  assertEquals([latest.data, latest.annotations.summary], ["ab", { "r:total.v1": { total: 1 } }]);
  assertEquals((await get(`${message}/versions`)).length, 2);
  assertEquals(await get("/channels/c/object"), { visits: 3 });
  const withToken = await FrameClient.connect(after, {
    key: null,
    params: { accessToken: token.body.token },
  });
  const attached = await withToken.attach("persisted:c", {
    channelSerial,
    flags: MODE_FLAGS.presence_subscribe,
  });
  assertEquals([attached.flags! & Flag.Resumed, attached.error!.code], [0, 90003]);
  assertEquals((await withToken.next(Action.Sync)).presence![0]!.clientId, "jim");
  await clock.advance(15_000);
  assertEquals((await withToken.next(Action.Presence)).presence![0]!.action, 3);
  await withToken.close();
});

test("snapshot: refuses a value that is not a snapshot", () => {
  assertThrows(() => createService({ snapshot: new Uint8Array([1, 2, 3]) }), TypeError);
});
