import { Action, MODE_FLAGS } from "../../../src/protocol/actions.ts";
import { assert, assertEquals, assertStrictEquals, assertThrows, test } from "../../harness.ts";
import { type ChannelOptions, ErrorInfo, type Realtime } from "../../../mod.ts";
import { failureOf, outcome, until } from "../../support/outcomes.ts";
import { Rig } from "../../support/realtime_rig.ts";
import { fakeFetch } from "../../support/fake_service.ts";

test("RTS2, RTS3a: a channel is made once; it can be looked for and iterated over", async () => {
  await using rig = new Rig({ autoConnect: false });
  const { channels } = rig.client;
  assertEquals([channels.exists("a"), [...channels]], [false, []]);
  const a = channels.get("a");
  assertStrictEquals(channels.get("a"), a);
  const b = channels.get("b");
  assertEquals([channels.exists("a"), channels.exists("c")], [true, false]);
  assertEquals([...channels], [a, b]);
  assertEquals(channels.all, { a, b });
});

test("RTS3b, RTS3c: options are set when a channel is made, and later where nothing need be asked", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c", { params: { rewind: "1" } });
  rig.client.channels.get("c", { params: { rewind: "2" } });
  rig.client.channels.get("c"); // No options change no options.
  const attaching = channel.attach();
  await rig.settle();
  assertEquals(rig.sent()[0]!.params, { rewind: "2" });
  await rig.attached("c");
  await attaching;
  rig.client.channels.get("c", { params: { rewind: "2" }, attachOnSubscribe: false });
  await rig.settle();
  assertEquals(rig.sent().length, 1); // The service knows already.
});

test("RTS3c1: options that would have an active channel attached anew are refused", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  for (const options of [{ params: { rewind: "1" } }, { modes: ["publish" as const] }]) {
    const error = assertThrows(() => rig.client.channels.get("c", options), ErrorInfo);
    assertEquals([error.code, error.statusCode], [40000, 400]);
    assert(error.remediation.includes("setOptions"));
  }
  assertEquals([rig.sent().length, channel.state], [1, "attached"]);
});

test("RSN1: a channel needs a name", async () => {
  await using rig = new Rig({ autoConnect: false });
  for (const name of [null, undefined, 5]) {
    const error = assertThrows(() => rig.client.channels.get(name as never), ErrorInfo);
    assertEquals(error.code, 40010);
  }
});

test("RTS4a: release forgets at once, and resolves once the service has let go too", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const released = rig.client.channels.release("c");
  await rig.settle();
  const { channels } = rig.client;
  assertEquals([channel.state, channels.exists("c"), [...channels], channels.all] as unknown, [
    "detaching",
    false,
    [],
    {},
  ]);
  assertEquals(await outcome(released, rig), "pending");
  await rig.receive({ action: Action.Detached, channel: "c" });
  await released;
  assertEquals([channel.state, channels.exists("c")], ["detached", false]);
  assert(channels.get("c") !== channel);
});

test("RTS4a: releasing what does not exist, or has failed, or was never attached, is easy", async () => {
  await using rig = new Rig();
  const { channels } = rig.client;
  await channels.release("unknown");
  await rig.attach();
  await rig.receive({ action: Action.Error, channel: "c" });
  channels.get("d");
  await Promise.all([channels.release("c"), channels.release("d")]);
  assertEquals([...channels], []);
  assertEquals(rig.sent(Action.Detach), []);
});

test("RTS4a: a service that does not answer keeps no channel from being released", async () => {
  await using rig = new Rig({ realtimeRequestTimeout: 5_000 });
  const channel = await rig.attach();
  const released = rig.client.channels.release("c");
  await rig.clock.advance(4_999);
  assertEquals(await outcome(released, rig), "pending");
  await rig.clock.advance(1);
  assertEquals([await outcome(released, rig), channel.state], [undefined, "detached"]);
});

test("RTS4a: releasing settles everyone who waits, and a channel that fails on the way is released", async () => {
  await using rig = new Rig({ clientId: "me" });
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const waiting = [
    channel.attach(),
    channel.presence.enter("x"),
    channel.presence.get(),
    channel.subscribe(() => {}),
  ].map((promise) => failureOf(() => promise));
  await rig.settle();
  const released = rig.client.channels.release("c");
  await rig.receive({
    action: Action.Error,
    channel: "c",
    error: { code: 40160, statusCode: 401, message: "No" },
  });
  await released;
  for (const error of await Promise.all(waiting)) assertEquals(error.code, 40160);
  assertEquals(rig.client.channels.exists("c"), false);
});

test("RTS5a, DO2a: a derived channel has the filter, and the params, in its name", async () => {
  await using rig = new Rig({ autoConnect: false });
  const { channels } = rig.client;
  const filter = 'name == `"grün"` && headers.number == `26095`';
  const encoded = btoa(String.fromCharCode(...new TextEncoder().encode(filter)));
  assertEquals(channels.getDerived("c", { filter }).name, `[filter=${encoded}]c`);
  const derived = channels.getDerived("c", { filter }, { params: { rewind: "1", a: "b&c" } });
  assertEquals(derived.name, `[filter=${encoded}?rewind=1&a=b%26c]c`); // RTS5a2
  assertStrictEquals(channels.getDerived("c", { filter }), channels.get(`[filter=${encoded}]c`));
  const named = channels.getDerived("[?rewind=1]c", { filter }, { params: { a: "b" } });
  assertEquals(named.name, `[filter=${encoded}?rewind=1&a=b]c`);
});

test("RTS5: what cannot be derived from is refused", async () => {
  await using rig = new Rig({ autoConnect: false });
  const { channels } = rig.client;
  const code = (call: () => unknown) => assertThrows(call, ErrorInfo).code;
  assertEquals(code(() => channels.getDerived("[meta]log", { filter: "a" })), 40010);
  assertEquals(code(() => channels.getDerived("[?rewind=1][meta]log", { filter: "a" })), 40010);
  assertEquals(code(() => channels.getDerived("", { filter: "a" })), 40010);
  assertEquals(code(() => channels.getDerived("c", { filter: "" })), 40003);
  // deno-lint-ignore no-explicit-any
  assertEquals(code(() => channels.getDerived("c", undefined as any)), 40003);
});

test("WP6, RSC7d7: requests of a channel that a wrapper SDK has got name it, and no others", async () => {
  const http = fakeFetch(() => Response.json([]));
  await using rig = new Rig({ fetch: http.fetch, clientId: "me" });
  await rig.accept();
  const proxy = rig.client.createWrapperSDKProxy({ agents: { chat: "1.2" } });
  const agentsOf = async (client: Pick<Realtime, "channels" | "auth">) => {
    const channel = client.channels.get("c");
    const before = http.seen.length;
    await Promise.allSettled([ // Some of them want another answer.
      channel.history(),
      channel.status(),
      channel.getMessage("serial"),
      channel.getMessageVersions("serial"),
      channel.presence.history(),
      channel.annotations.get("serial"),
      channel.push.listSubscriptions(),
      client.auth.revokeTokens([{ type: "clientId", value: "x" }]),
    ]);
    const agents = http.seen.slice(before).map(({ headers }) => headers.get("ably-agent")!);
    assertEquals(agents.length, 8);
    return new Set(agents.map((agent) => agent.endsWith(" chat/1.2")));
  };
  assertEquals(await agentsOf(proxy), new Set([true]));
  assertEquals(await agentsOf(rig.client), new Set([false]));
});

test("WP2, WP5: a channel is the same, whether a wrapper SDK has got it or the client", async () => {
  await using rig = new Rig({ clientId: "me" });
  await rig.accept();
  const { channels } = rig.client;
  const proxy = rig.client.createWrapperSDKProxy({ agents: { chat: "1.2" } });
  const seen: string[] = [];
  const note = (name: string) => () => void seen.push(name);
  const [stays, goes] = [note("stays"), note("goes")];
  const theirs = proxy.channels.get("c");
  assertStrictEquals(proxy.channels.get("c"), theirs);
  assertEquals([...proxy.channels], [theirs]);
  const own = channels.get("c");
  for (const channel of [own, theirs]) {
    channel.on("attached", stays);
    channel.on("attached", goes);
    void channel.subscribe("n", stays);
    void channel.subscribe("n", goes);
    void channel.presence.subscribe("enter", stays);
    void channel.presence.subscribe("enter", goes);
    void channel.annotations.subscribe("a:b", stays);
    void channel.annotations.subscribe("a:b", goes);
  }
  assertEquals(own.listeners("attached"), [stays, goes, stays, goes]);
  for (const part of [own, theirs.presence, own.annotations]) part.unsubscribe(goes);
  theirs.off(goes);
  await rig.settle();
  await rig.receive(
    { action: Action.Attached, channel: "c", flags: 0xffffffff },
    { action: Action.Message, channel: "c", id: "m", messages: [{ name: "n" }] },
    {
      action: Action.Presence,
      channel: "c",
      id: "p",
      connectionId: "other",
      timestamp: 1,
      presence: [{ action: 2, clientId: "you" }],
    },
    { action: Action.Annotation, channel: "c", id: "a", annotations: [{ action: 0, type: "a:b" }] },
  );
  assertEquals(seen, Array(8).fill("stays"));
  assertEquals([own.state, theirs.state], ["attached", "attached"]);
  // RTP10a: both members: the one that entered and the one that leaves.
  void theirs.presence.enter("here");
  void own.presence.leave();
  await rig.settle();
  const told = rig.sent(Action.Presence).flatMap(({ presence }) => presence!);
  assertEquals(told.map(({ action, data }) => [action, data]), [[2, "here"], [3, "here"]]);
  await rig.acknowledge();
});

test("WP7: attachments made through a wrapper SDK name it", async () => {
  await using rig = new Rig();
  await rig.accept();
  const proxy = rig.client.createWrapperSDKProxy({ agents: { chat: "1.2", flag: undefined } });
  const channel = proxy.channels.get("c", { params: { rewind: "1" } });
  const attaching = channel.attach();
  await rig.settle();
  assertEquals(rig.sent()[0]!.params, { rewind: "1", agent: "chat/1.2 flag" });
  await rig.attached("c");
  await attaching;
  assertEquals(rig.client.channels.get("c").state, "attached"); // One house, one channel.
  const plain = rig.client.channels.get("d");
  void plain.attach();
  await rig.settle();
  assertEquals(rig.lastFrame().params, undefined);
  await rig.attached("d");
});

test("WP7: a channel that exists names the wrapper SDK too, from its next attachment on", async () => {
  await using rig = new Rig();
  await rig.accept();
  const proxy = rig.client.createWrapperSDKProxy({ agents: { chat: "1.2" } });
  const agent = "chat/1.2";
  const cipher = { key: new Uint8Array(32) };
  const options: ChannelOptions = { cipher, params: { rewind: "1" }, modes: ["publish"] };
  const channel = rig.client.channels.get("c", options);
  assertEquals(proxy.channels.get("c").state, "initialized");
  const attaching = channel.attach();
  await rig.settle();
  const [attach] = rig.sent(Action.Attach);
  assertEquals(attach!.params, { rewind: "1", agent });
  assertEquals(attach!.flags, MODE_FLAGS.publish);
  await rig.attached("c");
  await attaching;
  const published = channel.publish("a", "secret");
  await until(() => rig.sent(Action.Message).length > 0);
  const [message] = rig.sent(Action.Message)[0]!.messages!;
  assertEquals(message!.encoding, "utf-8/cipher+aes-256-cbc/base64");
  await rig.acknowledge();
  await published;
  // One that is attached, or about to be, is left alone (RTS3c1).
  for (const state of ["attaching", "attached"] as const) {
    const other = rig.client.channels.get(state);
    void other.attach();
    if (state === "attached") await rig.attached(state);
    assertEquals(other.state, state);
    assertEquals(proxy.channels.get(state).state, state);
    await rig.settle();
  }
  await rig.attached("attaching");
  assertEquals(rig.sent(Action.Attach).map(({ params }) => params?.agent), [
    agent,
    undefined,
    undefined,
  ]);
});

test("WP7, RTS3c1: that a wrapper SDK has got a channel makes its options no others", async () => {
  await using rig = new Rig();
  await rig.accept();
  const proxy = rig.client.createWrapperSDKProxy({ agents: { chat: "1.2" } });
  const channel = rig.client.channels.get("c", {});
  assertEquals(proxy.channels.get("c", { modes: ["publish"] }).name, "c");
  const attaching = channel.attach();
  await rig.settle();
  await rig.attached("c");
  await attaching;
  assertEquals(rig.client.channels.get("c", { modes: ["publish"] }).state, "attached");
});

test("WP7, RTS3c: a wrapper SDK that asks for a channel without options leaves it its own", async () => {
  await using rig = new Rig();
  await rig.accept();
  const proxy = rig.client.createWrapperSDKProxy({ agents: { chat: "1.2" } });
  const cipher = { key: new Uint8Array(32) };
  for (const channels of [rig.client.channels, proxy.channels]) {
    const channel = channels.get("c", { cipher });
    void channel.attach();
    await rig.settle();
    await rig.attached("c");
    assertEquals(proxy.channels.get("c").state, "attached");
    const published = channel.publish("a", "secret");
    await until(() => rig.sent(Action.Message).length > 0);
    const [message] = rig.lastFrame(Action.Message).messages!;
    assertEquals(message!.encoding, "utf-8/cipher+aes-256-cbc/base64");
    await rig.acknowledge();
    await published;
    const released = channels.release("c");
    await rig.receive({ action: Action.Detached, channel: "c" });
    await released;
    await rig.lose();
    await rig.accept();
  }
});
