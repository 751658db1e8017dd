import { Action } from "../../../src/protocol/actions.ts";
import { assert, assertEquals, test } from "../../harness.ts";
import { failureOf, outcome } from "../../support/outcomes.ts";
import { history, Rig } from "../../support/realtime_rig.ts";

const REFUSED = { code: 40160, statusCode: 401, message: "No" };

test("RTL5d: sends DETACH and is detached once the service says so", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const events = history(channel);
  const detaching = channel.detach();
  await rig.settle();
  assertEquals(rig.sent().at(-1), { action: Action.Detach, channel: "c" });
  assertEquals([channel.state, await outcome(detaching, rig)], ["detaching", "pending"]);
  await rig.receive({ action: Action.Detached, channel: "c" });
  await detaching;
  assertEquals([channel.state, channel.errorReason], ["detached", null]);
  assertEquals(events, ["detaching", "detached"]);
});

test("RTL5a: detaching does nothing to a channel that is initialized or detached", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const events = history(channel);
  await channel.detach();
  assertEquals([channel.state, rig.sent()], ["initialized", []]);
  const other = await rig.attach({ channel: "d" });
  const detaching = other.detach();
  await rig.receive({ action: Action.Detached, channel: "d" });
  await detaching;
  await other.detach();
  assertEquals([rig.sent(Action.Detach).length, events], [1, []]);
});

test("RTL5i: detaching while attaching waits for ATTACHED, then detaches", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const attaching = channel.attach();
  await rig.settle();
  const detaching = channel.detach();
  await rig.settle();
  assertEquals([channel.state, rig.sent(Action.Detach)], ["attaching", []]);
  await rig.attached("c");
  assertEquals((await attaching)?.current, "attached");
  assertEquals([channel.state, rig.sent(Action.Detach).length], ["detaching", 1]);
  await rig.receive({ action: Action.Detached, channel: "c" });
  await detaching;
  assertEquals(channel.state, "detached");
});

test("RTL5i: two calls send one DETACH", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const both = Promise.all([channel.detach(), channel.detach()]);
  await rig.receive({ action: Action.Detached, channel: "c" });
  await both;
  assertEquals(rig.sent(Action.Detach).length, 1);
});

test("RTL5i: detaching while attaching ends with the attempt, however that ends", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const attempt = async (end: () => Promise<void>) => {
    const attaching = failureOf(() => channel.attach());
    await rig.settle();
    const detaching = channel.detach();
    await rig.settle();
    await end();
    await attaching;
    return await outcome(detaching, rig);
  };
  // The attempt leads to suspended: RTL5j.
  await attempt(() => rig.receive({ action: Action.Detached, channel: "c", error: REFUSED }));
  assertEquals(channel.state, "detached");
  // To failed: RTL5b.
  const error = await attempt(() =>
    rig.receive({ action: Action.Error, channel: "c", error: REFUSED })
  );
  assertEquals([channel.state, (error as { code?: number }).code], ["failed", 90001]);
  // The connection is gone for long: suspended, then RTL5j.
  assertEquals(await attempt(() => rig.suspend()), undefined);
  assertEquals(channel.state, "detached");
});

test("RTL5b: detaching a failed channel fails", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  await rig.receive({ action: Action.Error, channel: "c", error: REFUSED });
  const error = await failureOf(() => channel.detach());
  assertEquals([error.code, channel.state], [90001, "failed"]);
  assertEquals((error.cause as { code?: number }).code, 40160);
});

test("RTL5j: a suspended channel is detached at once, and not tried again", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const attaching = failureOf(() => channel.attach());
  await rig.receive({ action: Action.Detached, channel: "c", error: REFUSED });
  await attaching;
  assertEquals(channel.state, "suspended");
  await channel.detach();
  assertEquals([channel.state, rig.sent(Action.Detach)], ["detached", []]);
  await rig.clock.advance(60_000);
  assertEquals(rig.sent(Action.Attach).length, 1);
});

test("RTL5l: without a connection an attached channel is detached at once", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  await rig.disconnect();
  assertEquals(channel.state, "attached"); // RTL3e
  await channel.detach();
  assertEquals(channel.state, "detached");
  rig.client.connect();
  await rig.accept();
  assertEquals(rig.sent(), []);
});

test("RTL5f: without an answer the channel goes back to attached, and the call fails", async () => {
  await using rig = new Rig({ realtimeRequestTimeout: 5_000 });
  const channel = await rig.attach();
  const events = history(channel);
  const both = [failureOf(() => channel.detach()), failureOf(() => channel.detach())];
  await rig.clock.advance(4_999);
  assertEquals(channel.state, "detaching");
  await rig.clock.advance(1);
  for (const error of await Promise.all(both)) {
    assertEquals([error.code, error.statusCode], [90007, 408]);
  }
  assertEquals([channel.state, events], ["attached", ["detaching", "attached:90007"]]);
});

test("RTL5k: ATTACHED while detaching is answered with another DETACH", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const detaching = channel.detach();
  await rig.settle();
  await rig.attached("c");
  assertEquals([channel.state, rig.sent(Action.Detach).length], ["detaching", 2]);
  await rig.receive({ action: Action.Detached, channel: "c" });
  await detaching;
});

test("RTL5k: ATTACHED on a detached channel is answered with DETACH, not taken", async () => {
  await using rig = new Rig({ realtimeRequestTimeout: 5_000 });
  const channel = await rig.attach();
  const detaching = channel.detach();
  await rig.receive({ action: Action.Detached, channel: "c" });
  await detaching;
  const events = history(channel);
  await rig.attached("c", { channelSerial: "stray" });
  assertEquals([channel.state, rig.sent(Action.Detach).length], ["detaching", 2]);
  assertEquals(channel.properties.channelSerial, null);
  await rig.receive({ action: Action.Detached, channel: "c" });
  assertEquals([channel.state, events], ["detached", ["detaching", "detached"]]);
  await rig.attached("c");
  await rig.clock.advance(5_000); // No answer this time: where it was before is detached.
  assertEquals(channel.state, "detached");
});

test("RTN19b: DETACH is sent again over the next connection", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const detaching = channel.detach();
  await rig.settle();
  await rig.lose();
  assertEquals(channel.state, "detaching");
  await rig.accept();
  assertEquals(rig.sent(), [{ action: Action.Detach, channel: "c" }]);
  await rig.receive({ action: Action.Detached, channel: "c" });
  await detaching;
});

test("RTL5l: a DETACH that no connection carries ends with the timeout", async () => {
  await using rig = new Rig({ realtimeRequestTimeout: 5_000, disconnectedRetryTimeout: 60_000 });
  const channel = await rig.attach();
  const detaching = channel.detach();
  await rig.settle();
  await rig.disconnect();
  await rig.clock.advance(5_000);
  await detaching;
  assertEquals(channel.state, "detached");
});

test("RTL3b: closing leaves a detaching channel alone, and no timer runs on for it", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const detaching = channel.detach();
  await rig.settle();
  await rig.disconnect();
  const closed = rig.client.close();
  assertEquals([rig.client.connection.state, channel.state], ["closed", "detaching"]);
  await closed;
  await rig.settle();
  await detaching; // No connection is left to answer.
  assertEquals([channel.state, rig.clock.pending], ["detached", 0]);
});

test("RTL13: DETACHED with an error, when asked for, is a detachment all the same", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const detaching = channel.detach();
  await rig.receive({ action: Action.Detached, channel: "c", error: REFUSED });
  await detaching;
  assertEquals([channel.state, channel.errorReason?.code], ["detached", 40160]);
  assert(rig.sent(Action.Attach).length === 1);
});
