import { Action } from "../../src/protocol/actions.ts";
import { Realtime } from "../../src/realtime/realtime.ts";
import { createService, FakeClock, PACKAGE_LIMITS } from "../../src/testing/mod.ts";
import { assertEquals, assertThrows, test } from "../harness.ts";
import { FrameClient, rest } from "./frames.ts";

const message = (name: string, data = "") => ({ name, data });

test("limits: without limits, nothing is refused", async () => {
  await using service = createService({ clock: new FakeClock() });
  const client = await FrameClient.connect(service);
  for (let round = 0; round < 20; round++) {
    const batch = Array.from({ length: 1000 }, (_, index) => message(`m${index}`));
    assertEquals((await client.publish("c", ...batch)).action, Action.Ack);
  }
  await client.close();
});

test("limits: a connection publishes at most so many messages in a second, and has to wait for more", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock, limits: { connectionMessageRate: 10 } });
  const client = await FrameClient.connect(service);
  const other = await FrameClient.connect(service);
  const nine = Array.from({ length: 9 }, () => message("m"));
  assertEquals((await client.publish("a", ...nine)).action, Action.Ack);
  assertEquals((await client.publish("b", message("m"))).action, Action.Ack);
  const { action, error } = await client.publish("c", message("m"));
  assertEquals([action, error!.code, error!.statusCode], [Action.Nack, 42911, 429]);
  assertEquals((await other.publish("c", message("m"))).action, Action.Ack);
  await clock.advance(100);
  assertEquals((await client.publish("c", message("m"))).action, Action.Ack);
  assertEquals((await client.publish("c", message("m"))).error!.code, 42911);
  await client.attach("c");
  const presence = [{ action: 2, clientId: "jim" }];
  const entered = await client.request({ action: Action.Presence, channel: "c", presence });
  assertEquals(entered.error!.code, 42911);
  await clock.advance(60_000);
  assertEquals((await client.publish("a", ...nine, message("m"))).action, Action.Ack);
  assertEquals((await client.publish("a", message("m"))).error!.code, 42911);
});

test("limits: a publisher that is twenty times too fast loses its connection", async () => {
  await using service = createService({
    clock: new FakeClock(),
    limits: { connectionMessageRate: 2 },
  });
  const client = await FrameClient.connect(service);
  const last = Array.from({ length: 41 }, () => client.publish("c", message("m"))).slice(0, 1);
  await last[0];
  const { error, channel } = await client.next(Action.Error);
  assertEquals([error!.code, error!.statusCode, channel], [42921, 429, undefined]);
  await client.closed;
  assertEquals(service.messages("c").length, 2);
});

test("limits: a channel takes at most so many messages and bytes in a second, from all publishers together", async () => {
  const clock = new FakeClock();
  await using service = createService({
    clock,
    limits: { channelMessageRate: 3, channelBandwidth: 1000 },
  });
  const client = await FrameClient.connect(service);
  const post = (channel: string, body: object) =>
    rest(service, `/channels/${channel}/messages`, { method: "POST", body });
  await client.publish("c", message("a"), message("b"));
  assertEquals((await post("c", message("c"))).status, 201);
  const refused = await post("c", message("d"));
  assertEquals([refused.status, refused.body.error.code], [429, 42913]);
  assertEquals((await client.publish("c", message("d"))).error!.code, 42913);
  assertEquals((await post("other", message("d"))).status, 201);
  await clock.advance(1000);
  const large = message("e", "x".repeat(700));
  assertEquals((await post("c", large)).status, 201);
  assertEquals((await post("c", large)).body.error.code, 42914);
  assertEquals(service.messages("c").map(({ name }) => name), ["a", "b", "c", "e"]);
});

test("limits: changes, annotations, members and objects count as messages of their channel", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock, limits: { channelMessageRate: 1 } });
  const client = await FrameClient.connect(service);
  const channel = "mutable:c";
  await client.attach(channel, {
    params: { modes: "publish,presence,object_publish,annotation_publish" },
  });
  await client.publish(channel, message("a"));
  const [{ serial } = {}] = service.messages(channel);
  const annotations = [{ action: 0, messageSerial: serial, type: "a:total.v1" }];
  const operation = { action: 1, objectId: "root", mapSet: { key: "a", value: { number: 1 } } };
  for (
    const frame of [
      { action: Action.Message, messages: [{ action: 1, serial, data: "b" }] },
      { action: Action.Annotation, annotations },
      { action: Action.Presence, presence: [{ action: 2, clientId: "jim" }] },
      { action: Action.Object, state: [{ operation }] },
    ]
  ) {
    assertEquals((await client.request({ ...frame, channel })).error?.code, 42913);
    await clock.advance(1000);
    const taken = await client.request({ ...frame, channel });
    assertEquals([frame.action, taken.action, taken.error], [frame.action, Action.Ack, undefined]);
  }
});

test("limits: an app publishes at most so many messages in a second, and the service takes so many requests", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock, limits: { messageRate: 2, requestRate: 4 } });
  const post = (channel: string) =>
    rest(service, `/channels/${channel}/messages`, { method: "POST", body: message("m") });
  assertEquals([(await post("a")).status, (await post("b")).status], [201, 201]);
  assertEquals((await post("c")).body.error.code, 42917);
  assertEquals((await rest(service, "/channels/a/messages")).body.length, 1);
  const refused = await rest(service, "/channels/a/messages");
  assertEquals([refused.status, refused.body.error.code], [429, 42918]);
  assertEquals(refused.headers.get("X-Ably-Errorcode"), "42918");
  assertEquals(refused.headers.get("Access-Control-Allow-Origin"), "*");
  assertEquals((await rest(service, "/time")).status, 200);
  assertEquals((await rest(service, "/_service/state")).status, 200);
  await clock.advance(250);
  assertEquals((await rest(service, "/channels/a/messages")).status, 200);
});

test("RTN14d, limits: a client that connects too fast is disconnected, and connects later", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock, limits: { connectionRate: 0.1 } });
  // A rate below 1 permits no connection at all.
  const refused = new FrameClient(service);
  const { error } = await refused.next(Action.Disconnected);
  assertEquals([error!.code, error!.statusCode], [80021, 429]);
  await refused.closed;
  await using slow = createService({ clock, limits: { connectionRate: 1 } });
  await using first = new Realtime({ ...slow.options(), clock });
  await first.connect();
  await using second = new Realtime({ ...slow.options(), clock, autoConnect: false });
  const disconnected = second.connection.once("disconnected");
  const connected = second.connection.once("connected");
  second.connect().catch(() => {});
  assertEquals((await disconnected).reason?.code, 80021);
  await clock.advance(60_000);
  assertEquals((await connected).current, "connected");
});

test("limits: at most so many connections are open; those that wait to be resumed do not count", async () => {
  await using service = createService({ limits: { connections: 2 } });
  const first = await FrameClient.connect(service);
  const second = await FrameClient.connect(service);
  const third = new FrameClient(service);
  const { error } = await third.next(Action.Error);
  assertEquals([error!.code, error!.statusCode], [40111, 403]);
  const params = { resume: second.connectionKey };
  const resumed = await FrameClient.connect(service, { params });
  assertEquals(resumed.connectionId, second.connectionId);
  await first.close();
  await (await FrameClient.connect(service)).close();
});

test("limits: a connection is attached to at most so many channels", async () => {
  await using service = createService({ limits: { channelsPerConnection: 2 } });
  const client = await FrameClient.connect(service);
  for (const channel of ["a", "b", "a"]) await client.attach(channel);
  client.send({ action: Action.Attach, channel: "c" });
  const { error, channel } = await client.next(Action.Error);
  assertEquals([error!.code, error!.statusCode, channel], [90010, 400, "c"]);
  client.send({ action: Action.Detach, channel: "a" });
  await client.attach("c");
});

test("limits: an app has at most so many channels in use, and so many new ones in a second", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock, limits: { channels: 2 } });
  const client = await FrameClient.connect(service);
  await client.attach("a");
  await client.publish("b", message("m"));
  client.send({ action: Action.Attach, channel: "c" });
  assertEquals((await client.next(Action.Error)).error!.code, 40114);
  const refused = await rest(service, "/channels/c/messages", {
    method: "POST",
    body: message("m"),
  });
  assertEquals([refused.status, refused.body.error.code], [403, 40114]);
  await clock.advance(121_000); // b stores nothing any more.
  await client.attach("c");
  await using other = createService({ clock, limits: { channelRate: 1 } });
  const fast = await FrameClient.connect(other);
  await fast.attach("a");
  fast.send({ action: Action.Attach, channel: "b" });
  const { error } = await fast.next(Action.Error);
  assertEquals([error!.code, error!.statusCode], [90021, 429]);
});

test("limits: a presence set has at most so many members", async () => {
  await using service = createService({ limits: { presenceMembers: 1 } });
  const client = await FrameClient.connect(service);
  await client.attach("c");
  const enter = (clientId: string) =>
    client.request({ action: Action.Presence, channel: "c", presence: [{ action: 2, clientId }] });
  assertEquals((await enter("jim")).action, Action.Ack);
  assertEquals((await enter("ann")).error!.code, 91003);
});

test("CD2c, limits: the largest publish is the one that CONNECTED announces", async () => {
  await using service = createService({ limits: { maxMessageSize: 100 } });
  const client = new FrameClient(service);
  const { connectionDetails } = await client.next(Action.Connected);
  assertEquals(connectionDetails!.maxMessageSize, 100);
  assertEquals((await client.publish("c", message("m", "x".repeat(99)))).action, Action.Ack);
  const refused = await client.publish("c", message("m", "x".repeat(100)));
  assertEquals([refused.error!.code, refused.error!.statusCode], [40009, 413]);
  await using large = createService({ limits: PACKAGE_LIMITS.pro });
  const body = message("m", "x".repeat(200_000));
  const taken = await rest(large, "/channels/c/messages", { method: "POST", body });
  assertEquals(taken.status, 201);
});

test("limits: messages that are too many for a connection are lost, and the channel reports it once for each gap", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock, limits: { outboundMessageRate: 2 } });
  await using client = new Realtime({ ...service.options(), clock });
  const channel = client.channels.get("c");
  const names: (string | undefined)[] = [];
  const updates: unknown[] = [];
  await channel.subscribe(({ name }) => void names.push(name));
  channel.on("update", ({ resumed, reason }) => updates.push([resumed, reason?.code]));
  const publisher = await FrameClient.connect(service);
  const publish = async (...given: string[]) => {
    for (const name of given) await publisher.publish("c", message(name));
    await clock.advance(0);
  };
  await publish("a", "b", "c", "d");
  assertEquals([names, updates], [["a", "b"], [[false, 80020]]]);
  assertEquals(channel.state, "attached");
  await clock.advance(1000);
  await publish("e", "f", "g");
  assertEquals(names, ["a", "b", "e", "f"]);
  assertEquals(updates.length, 2);
  assertEquals((await channel.history()).items.length, 7);
});

test("limits: a publish has at most 1,000 messages", async () => {
  await using service = createService();
  const body = Array.from({ length: 1001 }, () => message("m"));
  const { status, body: { error } } = await rest(service, "/channels/c/messages", {
    method: "POST",
    body,
  });
  assertEquals([status, error.code], [400, 40034]);
});

test("limits: a limit that is not a number is refused", () => {
  for (
    const limits of [{ channels: -1 }, { channels: NaN }, { channels: "5" as unknown as number }]
  ) {
    const { code } = assertThrows(() => createService({ limits })) as unknown as { code: number };
    assertEquals(code, 40003);
  }
});
