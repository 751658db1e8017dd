import { Action, Flag, MODE_FLAGS } from "../../src/protocol/actions.ts";
import { createService, FakeClock } from "../../src/testing/mod.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { FrameClient, rest } from "./frames.ts";

test("contract 7.4: a second transport takes over, and the first has no say any more", async () => {
  await using service = createService();
  const first = await FrameClient.connect(service);
  const second = await FrameClient.connect(service, { params: { recover: first.connectionKey } });
  assertEquals(second.connectionId, first.connectionId);
  first.send({ action: Action.Close });
  await first.closed;
  await second.attach("c");
  await second.settled();
  await second.close();
});

test("contract 7.4: a repeated msgSerial is acknowledged again and not published again", async () => {
  await using service = createService();
  const first = await FrameClient.connect(service);
  const message = { action: Action.Message, channel: "c", messages: [{ name: "m" }] };
  first.send({ ...message, msgSerial: 7 });
  const ack = await first.next(Action.Ack);
  service.faults.drop();
  await first.closed;
  const second = await FrameClient.connect(service, { params: { resume: first.connectionKey } });
  second.send({ ...message, msgSerial: 7 });
  const again = await second.next(Action.Ack);
  assertEquals([again.msgSerial, again.res], [7, ack.res]);
  assertEquals((await rest(service, "/channels/c/messages")).body.length, 1);
  await second.close();
});

test("contract 7.4: after the ttl a resume gets a new connection and 80008", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const first = await FrameClient.connect(service);
  service.faults.drop();
  await first.closed;
  await clock.advance(120_001);
  const second = new FrameClient(service, { params: { resume: first.connectionKey } });
  const connected = await second.next(Action.Connected);
  assertEquals(connected.error!.code, 80008);
  assert(connected.connectionId !== first.connectionId);
  await second.close();
});

test("contract 7.5: CLOSE makes a resume impossible, DISCONNECT does not", async () => {
  await using service = createService();
  for (const [action, resumed] of [[Action.Close, false], [Action.Disconnect, true]] as const) {
    const first = await FrameClient.connect(service);
    first.send({ action });
    await first.closed;
    const second = await FrameClient.connect(service, { params: { resume: first.connectionKey } });
    assertEquals(second.connectionId === first.connectionId, resumed);
    await second.close();
  }
});

test("contract 7.4: wrong credentials win over a resume", async () => {
  await using service = createService();
  const first = await FrameClient.connect(service);
  const params = { resume: first.connectionKey };
  const second = new FrameClient(service, { key: "localApp.wrong:key", params });
  assertEquals((await second.next(Action.Error)).error!.code, 40101);
  await first.close();
});

test("contract 7.4: a connection of another client cannot be resumed", async () => {
  await using service = createService();
  const jim = await FrameClient.connect(service, { params: { clientId: "jim" } });
  const params = { clientId: "joe", resume: jim.connectionKey };
  const joe = new FrameClient(service, { params });
  assertEquals((await joe.next(Action.Error)).error!.code, 40102);
  await jim.close();
});

test("contract 8.4: continues on another connection, in order and exactly once", async () => {
  await using service = createService();
  const first = await FrameClient.connect(service);
  const { channelSerial } = await first.attach("c");
  await first.close();
  for (let i = 0; i < 5; i++) {
    await rest(service, "/channels/c/messages", { method: "POST", body: { name: `${i}` } });
  }
  const second = await FrameClient.connect(service);
  const attached = await second.attach("c", { channelSerial });
  assertEquals(attached.flags! & Flag.Resumed, Flag.Resumed);
  await rest(service, "/channels/c/messages", { method: "POST", body: { name: "live" } });
  const names = [];
  for (let i = 0; i < 6; i++) names.push((await second.next(Action.Message)).messages![0]!.name);
  assertEquals(names, ["0", "1", "2", "3", "4", "live"]);
  await second.settled();
  assertEquals(second.received, []);
  await second.close();
});

test("contract 8.4: says when continuity is lost", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const client = await FrameClient.connect(service);
  const { channelSerial } = await client.attach("c");
  await rest(service, "/channels/c/messages", { method: "POST", body: { name: "missed" } });
  await clock.advance(120_001);
  const attached = await client.attach("c", { channelSerial });
  assertEquals([attached.flags! & Flag.Resumed, attached.error!.code], [0, 90003]);
  const other = await client.attach("c", { channelSerial: "01726585978590-001@elsewhere" });
  assertEquals(other.error!.code, 90005);
  await client.close();
});

test("contract 8.2: an ATTACH on an attached channel changes modes and repeats nothing", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  const { channelSerial } = await client.attach("c");
  await client.publish("c", { name: "seen" });
  await client.next(Action.Message);
  const again = await client.attach("c", { channelSerial, flags: MODE_FLAGS.subscribe });
  assertEquals(again.flags! & Flag.Resumed, Flag.Resumed);
  assertEquals(again.flags! & MODE_FLAGS.publish, 0);
  assertEquals((await client.publish("c", { name: "no" })).error!.code, 40165);
  await client.settled();
  assertEquals(client.received, []);
  await client.close();
});

test("contract 8.2: modes in params win, and unknown params are dropped", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  const params = { modes: "subscribe", delta: "vcdiff" };
  const attached = await client.attach("c", { params });
  assertEquals(attached.params, params);
  assertEquals(attached.flags, MODE_FLAGS.subscribe);
  assertEquals((await client.attach("d", { params: { nonexistent: "foo" } })).params, {});
  await client.close();
});

test("contract 9: rapid publishes keep their order", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  await client.attach("c");
  const acks = await Promise.all(
    Array.from({ length: 50 }, (_, i) => client.publish("c", { name: `${i}` })),
  );
  const serials = acks.map(({ res }) => res![0]!.serials[0]!);
  assertEquals(serials, [...serials].sort());
  for (let i = 0; i < 50; i++) {
    assertEquals((await client.next(Action.Message)).messages![0]!.name, `${i}`);
  }
  await client.close();
});

test("RTL4k: a rewind that is neither a number nor a time is refused", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  client.send({ action: Action.Attach, channel: "c", params: { rewind: "yes" } });
  const { error } = await client.next(Action.Error);
  assertEquals([error!.code, error!.statusCode], [40000, 400]);
  await client.close();
});
