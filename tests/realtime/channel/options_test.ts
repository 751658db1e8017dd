import { Action, Flag, MODE_FLAGS } from "../../../src/protocol/actions.ts";
import { assert, assertEquals, test } from "../../harness.ts";
import { failureOf, outcome } from "../../support/outcomes.ts";
import { history, Rig } from "../../support/realtime_rig.ts";

const REWIND = { params: { rewind: "1" } };

test("RTL16a: an attached channel tells the service, and waits for its answer", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const events = history(channel);
  const set = channel.setOptions({ ...REWIND, modes: ["subscribe"] });
  await rig.settle();
  assertEquals(rig.sent().at(-1), {
    action: Action.Attach,
    channel: "c",
    channelSerial: "serial-0",
    params: { rewind: "1" },
    flags: MODE_FLAGS.subscribe,
  });
  assertEquals([channel.state, await outcome(set, rig)], ["attached", "pending"]); // So that nothing is missed.
  await rig.attached("c", { params: { rewind: "1" }, flags: MODE_FLAGS.subscribe | 4 });
  await set;
  assertEquals([channel.params, channel.modes, events], [{ rewind: "1" }, ["subscribe"], []]);
});

test("RTL16a: a channel that is being attached asks anew", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const attaching = channel.attach();
  await rig.settle();
  const set = channel.setOptions(REWIND);
  await rig.settle();
  assertEquals(rig.sent(Action.Attach).map(({ params }) => params), [undefined, REWIND.params]);
  await rig.attached("c");
  await Promise.all([attaching, set]);
});

test("RTL16a: params that are empty now are sent, those that are the same are not", async () => {
  await using rig = new Rig();
  const channel = await rig.attach(null, REWIND);
  await channel.setOptions(REWIND);
  const set = channel.setOptions({ params: {} });
  await rig.settle();
  await rig.attached("c", { flags: 4 });
  await set;
  await channel.setOptions({ params: {} });
  assertEquals(rig.sent(Action.Attach).map(({ params }) => params), [REWIND.params, undefined]);
});

test("RTL16a: options that ask for what the last ATTACH asked for send nothing", async () => {
  await using rig = new Rig();
  const channel = await rig.attach(null, {
    params: { delta: "vcdiff", rewind: "1" },
    modes: ["PUBLISH", "SUBSCRIBE"],
  });
  await channel.setOptions({ params: { rewind: "1", delta: "vcdiff" } });
  await channel.setOptions({ modes: ["subscribe", "publish"] });
  await channel.setOptions({ attachOnSubscribe: false });
  await channel.setOptions({ params: { rewind: "1", delta: "vcdiff", agent: "react-hooks/1" } });
  rig.client.channels.get("c", { params: { rewind: "1", delta: "vcdiff", agent: "other/1" } });
  assertEquals([rig.sent(Action.Attach).length, channel.state], [1, "attached"]);
  const set = channel.setOptions({ modes: ["subscribe"], params: { rewind: "1" } });
  await rig.settle();
  assertEquals(rig.lastFrame(Action.Attach).params, { rewind: "1" });
  await rig.attached("c");
  await set;
  await channel.setOptions({ modes: ["subscribe"], params: { rewind: "1" } });
  assertEquals(rig.sent(Action.Attach).length, 2);
});

test("RTL16a: while attaching, options that need nothing are in force at once", async () => {
  await using rig = new Rig();
  const channel = rig.client.channels.get("c", REWIND);
  const attaching = channel.attach(); // There is no connection yet.
  await channel.setOptions(REWIND);
  await rig.accept();
  await channel.setOptions(REWIND);
  assertEquals([rig.sent(Action.Attach).length, channel.state], [1, "attaching"]);
  await rig.attached("c");
  await attaching;
});

test("RTL16a: of two equal calls the second waits for the answer to the first, or sends nothing", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const calls = [channel.setOptions(REWIND), channel.setOptions(REWIND)];
  await rig.settle();
  await rig.attached("c");
  await Promise.all(calls);
  assertEquals(rig.sent(Action.Attach).length, 2);
  await rig.disconnect();
  const later = [1, 2].map(() => channel.setOptions({ params: { rewind: "2" } }));
  rig.client.connect();
  await rig.accept();
  await rig.attached("c");
  await Promise.all(later);
  const sent = rig.sent(Action.Attach).map(({ params }) => params!.rewind);
  assertEquals(sent, ["2"]);
});

test("RTL16a: after the channel was detached, the options in force count", async () => {
  await using rig = new Rig();
  const channel = await rig.attach(null, REWIND);
  const detached = channel.detach();
  await rig.receive({ action: Action.Detached, channel: "c" });
  await detached;
  await channel.setOptions({ params: { rewind: "2" } });
  const attaching = channel.attach();
  await rig.settle();
  await channel.setOptions({ params: { rewind: "2" } });
  assertEquals(rig.sent(Action.Attach).map(({ params }) => params!.rewind), ["1", "2"]);
  await rig.attached("c");
  await attaching;
});

test("RTL16a, RTS3c1: options without params and modes take effect at once, even after others", async () => {
  await using rig = new Rig();
  const channel = await rig.attach(null, REWIND);
  await channel.setOptions({ attachOnSubscribe: false });
  rig.client.channels.get("c", { cipher: { key: new Uint8Array(16) } });
  assertEquals([channel.state, rig.sent(Action.Attach).length], ["attached", 1]);
});

test("RTL16: what does not concern the service, or no attachment, is in force at once", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  await channel.setOptions({ attachOnSubscribe: false });
  await channel.setOptions({ cipher: { key: new Uint8Array(16) } });
  const other = rig.client.channels.get("d");
  await other.setOptions(REWIND);
  assertEquals(rig.sent(Action.Attach).length, 1);
  void other.attach();
  await rig.settle();
  assertEquals(rig.lastFrame().params, REWIND.params);
  await rig.attached("d");
});

test("RTL16a: fails if the channel fails or is detached before the answer", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const set = failureOf(() => channel.setOptions(REWIND));
  await rig.receive({
    action: Action.Error,
    channel: "c",
    error: { code: 40160, statusCode: 401, message: "No" },
  });
  assertEquals((await set).code, 40160);
  await rig.attach();
  const again = failureOf(() => channel.setOptions({ params: { rewind: "2" } }));
  await rig.settle();
  const detached = channel.detach();
  await rig.receive({ action: Action.Detached, channel: "c" });
  assertEquals((await again).code, 90001);
  await detached;
});

test("RTL16a, RTL4f: no answer in time is an attachment that failed", async () => {
  await using rig = new Rig({ realtimeRequestTimeout: 5_000 });
  const channel = await rig.attach();
  const set = failureOf(() => channel.setOptions(REWIND));
  await rig.clock.advance(5_000);
  assertEquals([(await set).code, channel.state], [90007, "suspended"]);
});

test("RTL16a: without a connection the next one carries the options; nothing times out meanwhile", async () => {
  await using rig = new Rig({ realtimeRequestTimeout: 5_000, disconnectedRetryTimeout: 60_000 });
  const channel = await rig.attach();
  await rig.disconnect();
  const set = channel.setOptions(REWIND);
  await rig.clock.advance(30_000);
  assertEquals([channel.state, await outcome(set, rig)], ["attached", "pending"]); // RTL3e
  rig.client.connect();
  await rig.accept();
  assertEquals(rig.sent().map(({ params }) => params), [REWIND.params]);
  await rig.attached("c");
  await set;
});

test("RTL16a: two calls each wait for an answer of their own", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const first = channel.setOptions({ modes: ["subscribe"] });
  const second = channel.setOptions({ modes: ["publish"] });
  await rig.settle();
  await rig.attached("c", { flags: MODE_FLAGS.subscribe });
  await first;
  assertEquals(await outcome(second, rig), "pending");
  await rig.attached("c", { flags: MODE_FLAGS.publish });
  await second;
  assertEquals(channel.modes, ["publish"]);
});

test("TB2: options that cannot be used are refused with what to do", async () => {
  await using rig = new Rig({ autoConnect: false });
  const channel = rig.client.channels.get("c");
  // deno-lint-ignore no-explicit-any
  const bad: [string, any, number][] = [
    ["unknown mode", { modes: ["listen"] }, 40000],
    ["inherited mode", { modes: ["toString"] }, 40000],
    ["modes", { modes: "subscribe" }, 40000],
    ["params", { params: ["rewind"] }, 40000],
    ["params text", { params: "rewind" }, 40000],
    ["cipher", { cipher: { key: "AAAA" } }, 40003],
  ];
  for (const [what, options, code] of bad) {
    for (
      const call of [() => channel.setOptions(options), () => rig.client.channels.get("d", options)]
    ) {
      const error = await failureOf(call);
      assertEquals([error.code, error.statusCode], [code, 400], what);
      assert(error.remediation !== "", what);
    }
  }
  assertEquals(rig.client.channels.exists("d"), false);
  await channel.setOptions({ params: null, modes: null, cipher: null, attachOnSubscribe: null });
});

test("TB2d: modes may be upper case, and TR3u: message_subscribe is subscribe", async () => {
  await using rig = new Rig();
  // deno-lint-ignore no-explicit-any
  await rig.attach(null, { modes: ["PRESENCE", "MESSAGE_SUBSCRIBE"] as any });
  assertEquals(rig.sent()[0]!.flags, MODE_FLAGS.presence | MODE_FLAGS.subscribe);
});

test("RTL16a: a message that arrives before ATTACHED, and once more after it, is delivered once", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const seen: unknown[] = [];
  await channel.subscribe(({ data }) => seen.push(data));
  const message = (data: string) => ({
    action: Action.Message,
    channel: "c",
    id: data,
    channelSerial: `serial of ${data}`,
    messages: [{ data }],
  });
  const set = channel.setOptions(REWIND);
  await rig.settle();
  await rig.receive(message("one"), message("two"));
  await rig.attached("c", { flags: Flag.Resumed });
  await set;
  await rig.receive(message("one"), message("two"), message("three"));
  assertEquals(seen, ["one", "two", "three"]);
});

test("RTL16a, TM2s: a later version of a message that arrived before ATTACHED is delivered", async () => {
  const { update, delete: remove, append } = { update: 1, delete: 2, append: 5 };
  for (const action of [update, remove, append]) {
    await using rig = new Rig();
    const channel = await rig.attach();
    const seen: unknown[] = [];
    await channel.subscribe(({ version }) => seen.push(version.serial));
    const version = (serial: string, action = 0) => ({
      action: Action.Message,
      channel: "c",
      channelSerial: serial,
      // All versions have the id of the first one.
      messages: [{ id: "one", action, serial: "v1", version: { serial } }],
    });
    const set = channel.setOptions(REWIND);
    await rig.settle();
    await rig.receive(version("v1"));
    await rig.attached("c", { flags: Flag.Resumed });
    await set;
    await rig.receive(version("v1"), version("v2", action));
    assertEquals(seen, ["v1", "v2"]);
  }
});

test("RTL16a, RTL3d: a message that each of two answers to ATTACH brings is delivered once", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const seen: unknown[] = [];
  await channel.subscribe(({ data }) => seen.push(data));
  await rig.lose();
  await rig.accept();
  const set = channel.setOptions(REWIND);
  await rig.settle();
  assertEquals(rig.sentActions(), [Action.Attach, Action.Attach]);
  const message = (data: string) => ({
    action: Action.Message,
    channel: "c",
    id: data,
    channelSerial: data,
    messages: [{ data }],
  });
  await rig.attached("c", { flags: Flag.Resumed });
  await rig.receive(message("one"));
  await rig.attached("c", { flags: Flag.Resumed });
  await rig.receive(message("one"), message("two"));
  await set;
  assertEquals(seen, ["one", "two"]);
});

test("RTL16a: a message that the answers to two ATTACHes in a row bring is delivered once", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const seen: unknown[] = [];
  await channel.subscribe(({ data }) => seen.push(data));
  const message = (data: string) => ({
    action: Action.Message,
    channel: "c",
    id: data,
    channelSerial: data,
    messages: [{ data }],
  });
  const first = channel.setOptions(REWIND);
  const second = channel.setOptions({ params: { rewind: "2" } });
  await rig.settle();
  await rig.receive(message("one"));
  await rig.attached("c", { flags: Flag.Resumed });
  await first;
  await rig.settle();
  assertEquals(rig.sent(Action.Attach).length, 3);
  // The second ATTACH was sent before the first answer had brought the message again.
  await rig.receive(message("one"));
  await rig.attached("c", { flags: Flag.Resumed });
  await rig.receive(message("one"), message("two"));
  await second;
  assertEquals(seen, ["one", "two"]);
});

test("RTL17, RTL2f: messages that come after the channel was suspended are announced as a gap", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const seen: unknown[] = [];
  await channel.subscribe(({ data }) => seen.push(data));
  channel.on("attached", ({ resumed }) => seen.push(resumed));
  const set = outcome(channel.setOptions(REWIND), rig);
  await rig.clock.advance(10_000);
  await set;
  assertEquals(channel.state, "suspended");
  const message = (data: string) => ({
    action: Action.Message,
    channel: "c",
    channelSerial: data,
    messages: [{ data }],
  });
  await rig.receive(message("one"));
  await rig.attached("c", { flags: Flag.Resumed, channelSerial: "one" });
  assertEquals(channel.properties.attachSerial, "one");
  await rig.receive(message("two"));
  // Only once: the next time, nothing has been lost.
  await rig.lose();
  await rig.accept();
  await rig.attached("c", { flags: Flag.Resumed });
  assertEquals(seen, [false, "two", true]);
});
