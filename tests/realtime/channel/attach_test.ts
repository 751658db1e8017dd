import { type ChannelStateChange, ErrorInfo } from "../../../mod.ts";
import { Action, Flag, MODE_FLAGS } from "../../../src/protocol/actions.ts";
import { assert, assertEquals, assertInstanceOf, assertRejects, test } from "../../harness.ts";
import { aborted, failureOf, outcome } from "../../support/outcomes.ts";
import { history, Rig } from "../../support/realtime_rig.ts";

const REFUSED = { code: 40160, statusCode: 401, message: "No" };

test("RTL4c: sends ATTACH and is attached once the service says so", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  assertEquals([channel.state, channel.name, channel.errorReason], ["initialized", "c", null]);
  const events = history(channel);
  const attaching = channel.attach();
  await rig.settle();
  assertEquals(channel.state, "attaching");
  assertEquals(rig.sent(), [{ action: Action.Attach, channel: "c" }]);
  assertEquals(await outcome(attaching, rig), "pending");
  await rig.attached("c");
  const change = await attaching; // RTL4d1
  assertEquals(change, {
    current: "attached",
    previous: "attaching",
    event: "attached", // TH5
    resumed: false,
    hasBacklog: false,
  });
  assertEquals(channel.state, "attached");
  assertEquals(events, ["attaching", "attached"]);
});

test("RTL4a: attaching an attached channel does nothing", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const events = history(channel);
  assertEquals(await channel.attach(), null);
  assertEquals([rig.sent(Action.Attach).length, events], [1, []]);
});

test("RTL4h: a second call waits for the first and sends nothing", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const both = Promise.all([channel.attach(), channel.attach()]);
  await rig.settle();
  assertEquals(rig.sent(Action.Attach).length, 1);
  await rig.attached("c");
  const [first, second] = await both;
  assertEquals([first?.current, second?.current], ["attached", "attached"]);
});

test("RTL4h: attaching while detaching waits for DETACHED, and does not supersede", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const detaching = channel.detach();
  await rig.settle();
  const attaching = channel.attach();
  await rig.settle();
  assertEquals([channel.state, rig.sent(Action.Attach).length], ["detaching", 1]);
  await rig.receive({ action: Action.Detached, channel: "c" });
  await detaching;
  assertEquals([channel.state, rig.sent(Action.Attach).length], ["attaching", 2]);
  await rig.attached("c");
  assertEquals((await attaching)?.current, "attached");
});

test("RTL4g: attaching a failed channel clears its error", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  await rig.receive({ action: Action.Error, channel: "c", error: REFUSED });
  assertEquals([channel.state, channel.errorReason?.code], ["failed", 40160]);
  const attaching = channel.attach();
  await rig.settle();
  assertEquals([channel.state, channel.errorReason], ["attaching", null]);
  await rig.attached("c");
  await attaching;
  assertEquals(channel.errorReason, null);
});

test("RTL4i, RTL3d: without a connection the channel waits in attaching for one", async () => {
  await using rig = new Rig({ autoConnect: false });
  const channel = rig.client.channels.get("c");
  const attaching = channel.attach();
  await rig.settle();
  assertEquals([channel.state, rig.network.lines.length], ["attaching", 0]);
  rig.client.connect();
  await rig.settle();
  assertEquals([channel.state, rig.sent()], ["attaching", []]);
  await rig.accept();
  assertEquals(rig.sentActions(), [Action.Attach]);
  await rig.attached("c");
  await attaching;
});

test("RTL4i: attaches while disconnected too, and no timeout counts meanwhile", async () => {
  await using rig = new Rig({ realtimeRequestTimeout: 5_000, disconnectedRetryTimeout: 60_000 });
  await rig.accept();
  await rig.disconnect();
  const channel = rig.client.channels.get("c");
  const attaching = channel.attach();
  await rig.clock.advance(30_000);
  assertEquals(channel.state, "attaching");
  rig.client.connect();
  await rig.accept();
  await rig.attached("c");
  await attaching;
});

for (const state of ["closed", "closing", "suspended", "failed"] as const) {
  test(`RTL4b: attaching fails while the connection is ${state}`, async () => {
    await using rig = new Rig();
    await rig.accept();
    const channel = rig.client.channels.get("c");
    let closed: Promise<void> | undefined;
    if (state === "suspended") await rig.suspend();
    else if (state === "failed") await rig.receive({ action: Action.Error, error: REFUSED });
    else {
      closed = rig.client.close();
      await rig.settle();
      if (state === "closed") await rig.receive({ action: Action.Closed });
    }
    assertEquals(rig.client.connection.state, state);
    const error = await failureOf(() => channel.attach());
    assert(error.message.includes(state), error.message);
    assert(error.remediation !== "");
    assertEquals([channel.state, rig.sent(Action.Attach)], ["initialized", []]);
    if (state === "closing") await rig.receive({ action: Action.Closed });
    await closed;
  });
}

test("RTL4f: no answer in time suspends the channel, which tries again by itself", async () => {
  await using rig = new Rig({ realtimeRequestTimeout: 5_000, channelRetryTimeout: 10_000 });
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const events = history(channel);
  const attaching = failureOf(() => channel.attach());
  await rig.clock.advance(4_999);
  assertEquals(channel.state, "attaching");
  await rig.clock.advance(1);
  const error = await attaching;
  assertEquals([channel.state, error.code, error.statusCode], ["suspended", 90007, 408]);
  assertEquals(channel.errorReason?.toJSON(), error.toJSON());
  await rig.clock.advance(9_000); // RTB1: 10,000 * 1 * 0.9
  assertEquals([channel.state, rig.sent(Action.Attach).length], ["attaching", 2]);
  await rig.attached("c");
  assertEquals(events, ["attaching", "suspended:90007", "attaching", "attached"]);
});

test("RTL4f: an answer that comes late still attaches the channel", async () => {
  await using rig = new Rig({ realtimeRequestTimeout: 5_000 });
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const attaching = failureOf(() => channel.attach());
  await rig.clock.advance(5_000);
  await attaching;
  await rig.attached("c");
  assertEquals(channel.state, "attached");
  await rig.clock.advance(60_000);
  assertEquals(rig.sent(Action.Attach).length, 1); // No retry is left.
});

test("RTL4d: the promise fails with the reason of the state that was entered instead", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  for (
    const [action, state] of [[Action.Error, "failed"], [Action.Detached, "suspended"]] as const
  ) {
    const attaching = failureOf(() => channel.attach());
    await rig.settle();
    await rig.receive({ action, channel: "c", error: REFUSED });
    const error = await attaching;
    assertEquals([channel.state, error.code, error.message], [state, 40160, "No"]);
  }
});

test("RTL4d: closing the connection fails the promise with what happened to the connection", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const attaching = failureOf(() => channel.attach());
  await rig.settle();
  const closed = rig.client.close();
  await rig.receive({ action: Action.Closed });
  await closed;
  const error = await attaching;
  assertEquals(channel.state, "detached");
  assert(error.message.includes("closed"), error.message);
});

test("RTL2f, RTL2i: the change says whether messages were lost, and whether old ones follow", async () => {
  await using rig = new Rig();
  await rig.accept();
  for (
    const [flags, resumed, hasBacklog] of [
      [0, false, false],
      [Flag.Resumed, true, false],
      [Flag.HasBacklog, false, true],
      [Flag.Resumed | Flag.HasBacklog | Flag.HasPresence, true, true],
    ] as const
  ) {
    const name = `c-${flags}`;
    const channel = rig.client.channels.get(name);
    const attaching = channel.attach();
    await rig.settle();
    await rig.attached(name, { flags });
    const change = await attaching;
    assertEquals([change?.resumed, change?.hasBacklog], [resumed, hasBacklog]);
  }
});

test("RTL2d, TH3: an error in ATTACHED is the reason of the change", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const attaching = channel.attach();
  await rig.settle();
  await rig.attached("c", { error: { code: 90003, statusCode: 404, message: "Lost" } });
  const change = await attaching;
  assertInstanceOf(change?.reason, ErrorInfo);
  assertEquals([change?.reason?.code, change?.reason?.message], [90003, "Lost"]);
});

test("RTL4k, RTL4k1, RTL4l, RTL4m: asks for params and modes, and shows what was granted", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c", {
    params: { rewind: "1", delta: "vcdiff" },
    modes: ["PUBLISH", "subscribe"],
  });
  assertEquals([channel.params, channel.modes], [{}, []]);
  const attaching = channel.attach();
  await rig.settle();
  assertEquals(rig.sent(), [{
    action: Action.Attach,
    channel: "c",
    params: { rewind: "1", delta: "vcdiff" },
    flags: MODE_FLAGS.publish | MODE_FLAGS.subscribe,
  }]);
  await rig.attached("c", {
    params: { rewind: "1" },
    flags: MODE_FLAGS.subscribe | Flag.HasBacklog | 1 << 30,
  });
  await attaching;
  assertEquals([channel.params, channel.modes], [{ rewind: "1" }, ["subscribe"]]);
  await rig.receive({ action: Action.Attached, channel: "c", flags: Flag.Resumed });
  assertEquals([channel.params, channel.modes], [{}, []]); // RTL4k1: none is {}
});

test("RTL25: whenState resolves at once in the state, else when it is entered", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  assertEquals(await channel.whenState("initialized"), null); // RTL25a
  const attached = channel.whenState("attached");
  const attaching = channel.attach();
  await rig.settle();
  assertEquals(await outcome(attached, rig), "pending");
  await rig.attached("c");
  assertEquals((await attached)?.previous, "attaching"); // RTL25b
  await attaching;
});

test("RTL25: whenState calls a listener: with null in the state, else once when it is entered", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const seen: string[] = [];
  const note = (change: ChannelStateChange | null) => void seen.push(String(change?.event ?? null));
  channel.whenState("initialized", note); // RTL25a
  assertEquals(seen, ["null"]);
  channel.whenState("attached", note); // RTL25b
  const attaching = channel.attach();
  await rig.settle();
  await rig.attached("c");
  await attaching;
  await rig.attached("c"); // an UPDATE is no change of state
  assertEquals(seen, ["null", "attached"]);
});

test("attach, detach and whenState can be given up, and leave nothing behind", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  assertEquals(
    (await channel.whenState("attached", { signal: aborted() }).catch((e) => e)).name,
    "AbortError",
  );
  const controller = new AbortController();
  const waiting = [
    channel.attach({ signal: controller.signal }),
    channel.attach({ signal: aborted() }),
    channel.whenState("attached", { signal: controller.signal }),
  ].map((promise) => promise.then(() => "done", (error) => error.name));
  const other = await rig.attach({ channel: "d" });
  const detaching = other.detach({ signal: controller.signal }).catch((error) => error.name);
  await rig.settle();
  controller.abort();
  assertEquals(await Promise.all([...waiting, detaching]), Array(4).fill("AbortError"));
});

test("RTE6: a listener that throws stops neither the others nor the channel", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const heard: string[] = [];
  channel.on(() => {
    throw new Error("Oh no");
  });
  channel.on(function ({ current }) {
    heard.push(`${this.event} ${current}`);
  });
  const attaching = channel.attach();
  await rig.settle();
  await rig.attached("c");
  await attaching;
  assertEquals(heard, ["attaching attaching", "attached attached"]);
  assert(rig.logged.some((line) => line.startsWith("error:") && line.includes("Oh no")));
});

test("RTC10: a user's off() does not stop the channel from working", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const attaching = channel.attach();
  channel.off();
  await rig.settle();
  await rig.attached("c");
  assertEquals((await attaching)?.current, "attached");
});

test("RTL4: a listener may attach and detach; each promise means what it says", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const done: string[] = [];
  channel.once("update", () => {
    channel.detach().then(() => done.push(`detach: ${channel.state}`));
  });
  channel.once("detached", () => {
    channel.attach().then((change) => done.push(`attach: ${change?.current}`));
  });
  await rig.attached("c");
  assertEquals([channel.state, done], ["detaching", []]);
  await rig.receive({ action: Action.Detached, channel: "c" });
  assertEquals([channel.state, done], ["attaching", ["detach: attaching"]]);
  await rig.attached("c");
  assertEquals(done, ["detach: attaching", "attach: attached"]);
});

test("RTL4c: an answer that comes while the ATTACH is being sent is one", async () => {
  for (const action of [Action.Attached, Action.Error]) {
    await using rig = await Rig.connected();
    rig.network.onFrame = (frame, line) => {
      if (frame.action !== Action.Attach) return;
      line.send({ action, channel: "c", ...(action === Action.Error && { error: REFUSED }) });
    };
    const attached = rig.client.channels.get("c").attach();
    const [result] = await Promise.allSettled([attached]);
    assertEquals(result!.status, action === Action.Attached ? "fulfilled" : "rejected");
  }
});

test("RTL15b: what is no event of the channel does not move its position", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  await rig.receive({ action: Action.Message, channel: "c", channelSerial: "good", messages: [] });
  for (const action of [99, Action.Detach, Action.Sync]) {
    await rig.receive({ action, channel: "c", channelSerial: "bad:" });
  }
  assertEquals(channel.properties.channelSerial, "good");
});

test("RTL4g: attaching a failed channel forgets why it failed, even where it cannot begin", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  await rig.receive({ action: Action.Error, channel: "c", error: { code: 40160, message: "No" } });
  assertEquals(channel.errorReason?.code, 40160);
  const closed = rig.client.close();
  await failureOf(() => channel.attach());
  assertEquals(channel.errorReason, null);
  await rig.receive({ action: Action.Closed });
  await closed;
});

test("a caller who has given up attaches and detaches nothing", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  await assertRejects(() => channel.attach({ signal: aborted() }), DOMException, "Enough");
  assertEquals(channel.state, "initialized");
  await rig.attach();
  await assertRejects(() => channel.detach({ signal: aborted() }), DOMException, "Enough");
  assertEquals(channel.state, "attached");
});
