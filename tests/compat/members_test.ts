import { ErrorInfo, Realtime, Rest } from "../../mod.ts";
import { assert, assertEquals, assertRejects, assertStrictEquals, test } from "../harness.ts";
import { Action } from "../../src/protocol/actions.ts";
import { PROTOCOL_VERSION } from "../../src/version.ts";
import { Rig } from "../support/realtime_rig.ts";
import { json } from "../support/fake_service.ts";
import { fakeRest } from "../support/rest_clients.ts";

// Members and behaviour that programs know from `ably`, and that have no other place.

const KEY = "app.key:secret";

test("RSA7b, RTC17a, RTN8, RTN9: identities that are not known are undefined", async () => {
  assertStrictEquals(new Rest(KEY).auth.clientId, undefined);
  await using client = new Realtime({ key: KEY, autoConnect: false });
  assertStrictEquals(client.clientId, undefined);
  assertStrictEquals(client.auth.clientId, undefined);
  assertStrictEquals(client.connection.id, undefined);
  assertStrictEquals(client.connection.key, undefined);
  assertStrictEquals(client.connection.errorReason, null);
});

test("TI1, TI6: ErrorInfo takes the detail as its fifth argument, and is made from values", () => {
  const cause = new Error("below");
  const error = new ErrorInfo("refused", 40160, 401, cause, { channel: "c" });
  assertEquals([error.detail, error.cause], [{ channel: "c" }, cause]);
  assertEquals(new ErrorInfo("refused", 40160, 401).detail, undefined);
  const made = ErrorInfo.fromValues({ message: "no", code: 40160, statusCode: 401, cause });
  assert(made instanceof ErrorInfo);
  assertEquals([made.message, made.code, made.statusCode], ["no", 40160, 401]);
  assertEquals(made.cause, cause);
});

test("TB1: channelOptions are the options of a channel", async () => {
  await using client = new Realtime({ key: KEY, autoConnect: false });
  const options = { params: { rewind: "1" }, modes: ["PUBLISH" as const] };
  for (const { channels } of [client, new Rest(KEY)] as Pick<Realtime, "channels">[]) {
    assertEquals(channels.get("a").channelOptions, {});
    const channel = channels.get("b", options);
    assertEquals(channel.channelOptions, options);
    await channel.setOptions({ attachOnSubscribe: false });
    assertEquals(channel.channelOptions, { attachOnSubscribe: false });
  }
});

test("RTL7: subscriptions lists the listeners of messages", async () => {
  await using client = new Realtime({ key: KEY, autoConnect: false });
  const channel = client.channels.get("a", { attachOnSubscribe: false });
  const listener = () => {};
  const show = () => {
    const { any, events, anyOnce, eventsOnce } = channel.subscriptions;
    return [any, { ...events }, anyOnce, { ...eventsOnce }];
  };
  assertEquals(show(), [[], {}, [], {}]);
  await channel.subscribe(listener);
  await channel.subscribe(["x", "y"], listener);
  assertEquals(show(), [[listener], { x: [listener], y: [listener] }, [], {}]);
  channel.unsubscribe("x", listener);
  assertEquals(show(), [[listener], { y: [listener] }, [], {}]);
  channel.unsubscribe();
  assertEquals(show(), [[], {}, [], {}]);
});

test("TG: hasFirst() says whether there is a link to the first page", async () => {
  const link = '<./messages?page=1>; rel="first", <./messages?page=2>; rel="next"';
  const linked = fakeRest(() => json([], 200, { link }));
  const page = await linked.rest.channels.get("c").history();
  assertEquals([page.hasFirst(), page.hasNext(), page.isLast()], [true, true, false]);
  const plain = await fakeRest(() => json([])).rest.request("GET", "/x", 3);
  assertEquals([plain.hasFirst(), plain.hasNext()], [false, false]);
});

test("RSC19f1: request() without a version asks for that of the other calls, and takes digits", async () => {
  const { rest, last, network } = fakeRest();
  const version = () => last().headers.get("x-ably-version");
  await rest.request("GET", "/x");
  assertEquals(version(), String(PROTOCOL_VERSION));
  await rest.request("GET", "/x", null, { limit: 1 });
  assertEquals([version(), last().url.search], [String(PROTOCOL_VERSION), "?limit=1"]);
  await rest.request("GET", "/x", "3" as never);
  assertEquals(version(), "3");
  for (const wrong of ["three", "", {}, [3], true, 1.5]) {
    await assertRejects(() => rest.request("GET", "/x", wrong as never), ErrorInfo, "version");
  }
  assertEquals(network.seen.length, 3);
});

test("RSF1: statistics of one interval without an id do not fail their page", async () => {
  const entries = { "messages.all.all.count": 2 };
  const wire = [{ entries }, { intervalId: "2026-01-02:03:04", entries }, { intervalId: 5 }];
  const { items } = await fakeRest(() => json(wire)).rest.stats();
  assertEquals(items.map((item) => item.intervalTime?.toISOString()), [
    undefined,
    "2026-01-02T03:04:00.000Z",
    undefined,
  ]);
  assertEquals(items[0]!.entries, entries);
});

test("RTL7g, RTP6d, RTAN4d: subscribing to a failed channel rejects, also without implicit attach", async () => {
  for (const attachOnSubscribe of [true, false]) {
    await using rig = new Rig();
    const channel = await rig.attach(null, { attachOnSubscribe });
    await rig.receive({
      action: Action.Error,
      channel: "c",
      error: { code: 40160, statusCode: 401, message: "No" },
    });
    const calls = [
      () => channel.subscribe(() => {}),
      () => channel.presence.subscribe(() => {}),
      () => channel.annotations.subscribe(() => {}),
    ];
    for (const call of calls) {
      assertEquals((await assertRejects(call, ErrorInfo)).code, 90001);
    }
  }
});

test("RTS3a, RSN3a: an empty channel name is refused by the calls, not by get()", async () => {
  await using client = new Realtime({ key: KEY, autoConnect: false });
  const channel = client.channels.get("");
  const { rest, network } = fakeRest();
  const calls: (() => Promise<unknown>)[] = [
    () => channel.attach(),
    () => channel.subscribe(() => {}),
    () => channel.publish("a", "b"),
    () => channel.presence.get(),
    () => channel.history(),
    () => rest.channels.get("").publish("a", "b"),
    () => rest.channels.get("").presence.get(),
  ];
  for (const call of calls) {
    assertEquals((await assertRejects(call, ErrorInfo)).code, 40010, String(call));
  }
  assertEquals([channel.name, channel.state, network.seen.length], ["", "initialized", 0]);
});

test("RSH1c4: subscriptions are removed by the attributes that are given", async () => {
  const { rest, last, network } = fakeRest();
  const { channelSubscriptions } = rest.push.admin;
  await channelSubscriptions.remove({ clientId: "ann" });
  assertEquals([last().method, last().url.pathname, last().url.search], [
    "DELETE",
    "/push/channelSubscriptions",
    "?clientId=ann",
  ]);
  await channelSubscriptions.remove({ channel: "c", deviceId: "d" });
  assertEquals(last().url.search, "?channel=c&deviceId=d");
  for (const wrong of [{}, { clientId: "" }, { clientId: 5 }, { clientId: "a", deviceId: "d" }]) {
    await assertRejects(() => channelSubscriptions.remove(wrong as never), ErrorInfo);
  }
  assertEquals(network.seen.length, 2);
});

test("createApnsBroadcast() and liveActivity send what `ably` sends", async () => {
  const { rest, last, lastBody, network } = fakeRest(() => json({ id: "b/1", apnsChannelId: "a" }));
  const { admin } = rest.push;
  const broadcast = await admin.createApnsBroadcast({ messageStoragePolicy: 1 });
  assertEquals(broadcast, { id: "b/1", apnsChannelId: "a" });
  const seen = () => [last().method, last().url.pathname, lastBody()];
  const path = "/push/apnsBroadcastChannels";
  assertEquals(seen(), ["POST", path, { messageStoragePolicy: 1 }]);
  const apns = { aps: { event: "start" } };
  const about = { apnsBroadcast: broadcast.id, apns };
  await admin.liveActivity.start({ ...about, recipient: { channels: ["x", "y"] } });
  assertEquals(seen(), ["POST", `${path}/b%2F1/start`, { apns, channels: ["x", "y"] }]);
  await admin.liveActivity.start({ ...about, recipient: { deviceId: "d" } });
  assertEquals(seen(), ["POST", `${path}/b%2F1/start`, { apns, deviceId: "d" }]);
  const headers = { "apns-priority": "5" };
  await admin.liveActivity.update({ ...about, headers });
  assertEquals(seen(), ["POST", `${path}/b%2F1/broadcast`, { apns, headers }]);
  await admin.liveActivity.end(about);
  assertEquals(seen(), ["POST", `${path}/b%2F1/end`, { apns }]);
  const before = network.seen.length;
  for (const recipient of [null, {}, { channels: ["x"], deviceId: "d" }]) {
    const start = () => admin.liveActivity.start({ ...about, recipient: recipient as never });
    assertEquals((await assertRejects(start, ErrorInfo)).code, 40000);
  }
  await assertRejects(() => admin.liveActivity.end({ ...about, apnsBroadcast: "" }), ErrorInfo);
  assertEquals(network.seen.length, before);
});
