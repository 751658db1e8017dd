import { Action } from "../../../src/protocol/actions.ts";
import { assertEquals, test } from "../../harness.ts";
import { failureOf } from "../../support/outcomes.ts";
import { history, Rig } from "../../support/realtime_rig.ts";

const GONE = { code: 90198, statusCode: 500, message: "Gone" };

test("RTL13a: a channel that the service detaches is attached again at once, with the reason", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const changes: unknown[] = [];
  channel.on(({ current, previous, reason, resumed }) =>
    changes.push([previous, current, reason?.code, resumed])
  );
  await rig.receive({ action: Action.Detached, channel: "c", error: GONE });
  assertEquals(changes, [["attached", "attaching", 90198, false]]);
  assertEquals(channel.errorReason?.message, "Gone");
  assertEquals(rig.sent(Action.Attach).length, 2);
  await rig.attached("c");
  assertEquals(channel.state, "attached");
});

test("RTL13a: a suspended channel that the service detaches is attached at once, not later", async () => {
  await using rig = new Rig({ realtimeRequestTimeout: 5_000 });
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const attaching = failureOf(() => channel.attach());
  await rig.clock.advance(5_000);
  await attaching;
  await rig.receive({ action: Action.Detached, channel: "c", error: GONE });
  assertEquals([channel.state, rig.sent(Action.Attach).length], ["attaching", 2]);
  await rig.attached("c");
  await rig.clock.advance(60_000);
  assertEquals(rig.sent(Action.Attach).length, 2);
});

test("RTL13b, RTB1: a channel that cannot be attached is tried again, later and later, for ever", async () => {
  await using rig = new Rig({ channelRetryTimeout: 9_000 });
  const channel = await rig.attach();
  await rig.receive({ action: Action.Detached, channel: "c", error: GONE });
  const waits: number[] = [];
  for (let i = 0; i < 6; i++) {
    await rig.receive({ action: Action.Detached, channel: "c", error: GONE });
    assertEquals([channel.state, channel.errorReason?.code], ["suspended", 90198]);
    const since = rig.clock.now();
    for (let ms = 0; channel.state === "suspended" && ms < 60_000; ms += 100) {
      await rig.clock.advance(100);
    }
    waits.push(rig.clock.now() - since);
  }
  // 9,000 * (1, 4/3, 5/3, 2, 2, 2) * 0.9
  assertEquals(waits, [8_100, 10_800, 13_500, 16_200, 16_200, 16_200]);
  // Once attached it starts over.
  await rig.attached("c");
  await rig.receive({ action: Action.Detached, channel: "c" });
  await rig.receive({ action: Action.Detached, channel: "c" });
  await rig.clock.advance(8_099);
  assertEquals(channel.state, "suspended");
  await rig.clock.advance(1);
  assertEquals(channel.state, "attaching");
});

test("RTL13c: without a connection nothing is tried; RTL3d does so when there is one", async () => {
  await using rig = new Rig({ channelRetryTimeout: 1_000, disconnectedRetryTimeout: 60_000 });
  const channel = await rig.attach();
  await rig.receive({ action: Action.Detached, channel: "c" });
  await rig.receive({ action: Action.Detached, channel: "c" });
  assertEquals(channel.state, "suspended");
  await rig.disconnect();
  await rig.clock.advance(10_000);
  assertEquals(channel.state, "suspended");
  rig.client.connect();
  await rig.accept();
  assertEquals([channel.state, rig.sentActions()], ["attaching", [Action.Attach]]);
});

test("RTL13b: attach() by hand does not wait for the retry, and does away with it", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  await rig.receive({ action: Action.Detached, channel: "c" });
  await rig.receive({ action: Action.Detached, channel: "c" });
  const attaching = channel.attach();
  await rig.settle();
  assertEquals(channel.state, "attaching");
  await rig.attached("c");
  await attaching;
  await rig.clock.advance(60_000);
  assertEquals(rig.sent(Action.Attach).length, 3);
});

test("RTL14: an ERROR for the channel makes it fail; others, and the connection, live on", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const other = await rig.attach({ channel: "d" });
  const events = history(channel);
  await rig.receive({ action: Action.Error, channel: "c", error: GONE });
  assertEquals([channel.state, channel.errorReason?.code, other.state], [
    "failed",
    90198,
    "attached",
  ]);
  assertEquals(rig.client.connection.state, "connected");
  await rig.receive({ action: Action.Error, channel: "c", error: GONE });
  assertEquals(events, ["failed:90198"]); // RTL2g: failed is no news.
  await rig.clock.advance(100_000);
  assertEquals(rig.sent(Action.Attach).length, 2);
});

test("RTL14: an ERROR without details still says what happened", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  await rig.receive({ action: Action.Error, channel: "c" });
  const error = channel.errorReason;
  assertEquals([channel.state, error?.code, error?.statusCode], ["failed", 90000, 400]);
});

test("RTF1: null frames, unknown actions and frames for unknown channels are ignored", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const events = history(channel);
  const nothing = null as unknown as undefined;
  await rig.receive(
    { action: 99, channel: "c", channelSerial: "x" },
    { action: Action.Message, channel: "unknown", messages: [{ name: "a" }] },
    { action: Action.Attached, channel: "unknown" },
    { action: Action.Message, channel: "c", messages: nothing },
    { action: Action.Presence, channel: "c", presence: nothing },
    { action: Action.Sync, channel: "c", presence: nothing, channelSerial: nothing },
    { action: Action.Annotation, channel: "c", annotations: nothing },
    {
      action: Action.Attached,
      channel: "c",
      error: nothing,
      flags: nothing,
      params: nothing,
      channelSerial: nothing,
    },
  );
  assertEquals([channel.state, events], ["attached", ["update"]]);
  assertEquals(channel.errorReason, null);
});
