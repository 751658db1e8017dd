import type { ChannelState, RealtimeChannel } from "../../../mod.ts";
import { Action } from "../../../src/protocol/actions.ts";
import { assertEquals, test } from "../../harness.ts";
import { history, Rig } from "../../support/realtime_rig.ts";

const REFUSED = { code: 40160, statusCode: 401, message: "No" };
const STATES: ChannelState[] = [
  "initialized",
  "attaching",
  "attached",
  "detaching",
  "detached",
  "suspended",
  "failed",
];

/** A channel in each state, named after it. */
async function channelsInAllStates(rig: Rig): Promise<Record<ChannelState, RealtimeChannel>> {
  for (const name of ["attached", "detaching", "detached"]) await rig.attach({ channel: name });
  const get = (name: string) => rig.client.channels.get(name);
  get("initialized");
  for (const name of ["detaching", "detached"]) get(name).detach().catch(() => {});
  for (const name of ["attaching", "suspended", "failed"]) get(name).attach().catch(() => {});
  await rig.settle();
  await rig.receive(
    { action: Action.Detached, channel: "detached" },
    { action: Action.Detached, channel: "suspended", error: REFUSED },
    { action: Action.Error, channel: "failed", error: REFUSED },
  );
  const channels = Object.fromEntries(STATES.map((state) => [state, get(state)]));
  for (const state of STATES) assertEquals(channels[state]!.state, state);
  return channels as Record<ChannelState, RealtimeChannel>;
}

/** The next state of a channel, for each state. */
async function fates(rig: Rig, happen: () => unknown): Promise<Record<string, string>> {
  const channels = await channelsInAllStates(rig);
  const events = Object.entries(channels).map(([name, channel]) =>
    [name, history(channel)] as const
  );
  await happen();
  return Object.fromEntries(
    events.filter(([, { length }]) => length > 0).map(([name, seen]) => [
      name,
      seen.join(" "),
    ]),
  );
}

test("RTL3e: a connection that is disconnected changes no channel", async () => {
  await using rig = new Rig();
  assertEquals(await fates(rig, () => rig.disconnect()), {});
});

test("RTL3a: a connection that fails has attaching and attached channels fail", async () => {
  await using rig = new Rig();
  const error = { action: Action.Error, error: REFUSED };
  const seen = await fates(rig, () => rig.line.send(error));
  assertEquals(seen, { attaching: "failed:40160", attached: "failed:40160" });
  assertEquals(rig.client.channels.get("attached").errorReason?.code, 40160);
});

test("RTL3b: a connection that is closed has attaching and attached channels detached", async () => {
  await using rig = new Rig();
  const seen = await fates(rig, () => {
    void rig.client.close();
    rig.line.send({ action: Action.Closed });
  });
  assertEquals(rig.client.connection.state, "closed");
  assertEquals(seen, { attaching: "detached", attached: "detached" });
});

test("RTL3c: a connection that is suspended has attaching and attached channels suspended", async () => {
  await using rig = new Rig({ realtimeRequestTimeout: 200_000, channelRetryTimeout: 500_000 });
  const seen = await fates(rig, async () => {
    await rig.disconnect();
    await rig.clock.advance(15_000);
    await rig.lose();
    await rig.clock.advance(20_000);
    await rig.lose();
    await rig.clock.advance(90_000);
    if (rig.client.connection.state === "connecting") await rig.lose();
  });
  assertEquals(rig.client.connection.state, "suspended");
  assertEquals(seen, { attaching: "suspended:80002", attached: "suspended:80002" });
});

test("RTL3d: a new connection attaches attaching, attached and suspended channels again", async () => {
  await using rig = new Rig();
  const channels = await channelsInAllStates(rig);
  await rig.lose();
  const seen = Object.entries(channels).map(([name, channel]) => [name, history(channel)] as const);
  await rig.accept();
  assertEquals(Object.fromEntries(seen.filter(([, events]) => events.length > 0)), {
    attached: ["attaching"],
    suspended: ["attaching"],
  });
  const frames = rig.sent().map(({ action, channel }) => `${action} ${channel}`).sort();
  assertEquals(frames, [
    `${Action.Attach} attached`,
    `${Action.Attach} attaching`,
    `${Action.Attach} suspended`,
    `${Action.Detach} detaching`, // RTN19b
  ]);
});

test("RTL3d1: channels are attaching, and have asked, before CONNECTED is seen", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  await rig.lose();
  const seen: unknown[] = [];
  rig.client.connection.once("connected", () => seen.push(channel.state, rig.sentActions()));
  await rig.accept();
  assertEquals(seen, ["attaching", [Action.Attach]]);
});

test("RTL3d, RTL4c1: the ATTACH says how far the channel has come", async () => {
  await using rig = new Rig();
  await rig.attach();
  await rig.receive({
    action: Action.Message,
    channel: "c",
    channelSerial: "serial-7",
    messages: [],
  });
  await rig.lose();
  await rig.accept({ id: "id-1" });
  assertEquals(rig.sent(), [{ action: Action.Attach, channel: "c", channelSerial: "serial-7" }]);
});

test("RTL3d: queued messages go out at once, without waiting for the channels", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  await rig.lose();
  const published = channel.publish("a", "x");
  await rig.settle();
  await rig.accept();
  assertEquals(rig.sentActions(), [Action.Attach, Action.Message]);
  assertEquals(channel.state, "attaching");
  await rig.acknowledge();
  await published;
});

test("RTL3d2: queued presence waits until its channel is attached again", async () => {
  await using rig = new Rig({ clientId: "me" });
  const channel = await rig.attach();
  await rig.lose();
  const entered = channel.presence.enter("x"); // RTP16a: the channel is attached, the connection is not connected.
  const published = channel.publish("a", "x");
  await rig.settle();
  await rig.accept();
  assertEquals(rig.sentActions(), [Action.Attach, Action.Message]);
  await rig.attached("c");
  assertEquals(rig.sentActions(), [Action.Attach, Action.Message, Action.Presence]);
  await rig.acknowledge();
  await Promise.all([entered, published]);
});

test("RTL4f: a channel that was suspended is suspended again if attaching times out", async () => {
  await using rig = new Rig({ realtimeRequestTimeout: 5_000 });
  const channel = await rig.attach();
  await rig.suspend();
  assertEquals(channel.state, "suspended");
  rig.client.connect();
  await rig.accept();
  assertEquals(channel.state, "attaching");
  await rig.clock.advance(5_000);
  assertEquals([channel.state, channel.errorReason?.code], ["suspended", 90007]);
});

test("RTN11d: connecting after closing makes channels as new", async () => {
  await using rig = new Rig();
  const channels = await channelsInAllStates(rig);
  const closed = rig.client.close();
  await rig.receive({ action: Action.Closed });
  await closed;
  rig.client.connect();
  for (const channel of Object.values(channels)) {
    assertEquals([channel.state, channel.errorReason], ["initialized", null]);
    assertEquals(channel.properties.channelSerial, null);
  }
  await rig.accept();
  assertEquals(rig.sent(), []);
});

test("RTL11a: messages that await their ACK are not affected by the channel", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const published = channel.publish("a", "x");
  const detached = channel.detach();
  await rig.receive({ action: Action.Detached, channel: "c" });
  await detached;
  await rig.acknowledge(["s1"]);
  assertEquals(await published, { serials: ["s1"] });
});
