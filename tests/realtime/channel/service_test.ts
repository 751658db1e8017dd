import type { ChannelOptions, InboundMessage, RealtimeChannel } from "../../../mod.ts";
import { Action } from "../../../src/protocol/actions.ts";
import type { ProtocolMessage } from "../../../src/protocol/protocol_message.ts";
import { assert, assertEquals, assertRejects } from "../../harness.ts";
import { failureOf } from "../../support/outcomes.ts";
import { Collector, testRealtime } from "../../support/realtime_clients.ts";

const KEY = new Uint8Array(32).fill(5);
const PAYLOADS: unknown[] = [
  "text",
  "",
  "grün 🎈",
  { a: [1, { b: null }] },
  [],
  new Uint8Array([0, 255]),
];

async function collect(channel: RealtimeChannel): Promise<Collector<InboundMessage>> {
  const collector = new Collector<InboundMessage>();
  await channel.subscribe(collector.add);
  return collector;
}

const data = (messages: InboundMessage[]) => messages.map(({ data }) => data);
const names = (messages: InboundMessage[]) => messages.map(({ name }) => name);

for (
  const [what, options] of [
    ["plain", {}],
    ["encrypted", { cipher: { key: KEY } }],
    ["as deltas", { params: { delta: "vcdiff" } }],
    ["encrypted, as deltas", { cipher: { key: KEY }, params: { delta: "vcdiff" } }],
  ] as [string, ChannelOptions][]
) {
  testRealtime(
    `RTL6a, RTL7d: payloads arrive as they were published, ${what}`,
    async ({ client }) => {
      const channel = client().channels.get("c", options);
      const seen = await collect(channel);
      const results = await Promise.all(PAYLOADS.map((payload) => channel.publish("a", payload)));
      await channel.publish(PAYLOADS.map((payload) => ({ name: "a", data: payload })));
      const messages = await seen.count(2 * PAYLOADS.length);
      assertEquals(data(messages), [...PAYLOADS, ...PAYLOADS]);
      assert(messages.every(({ encoding }) => encoding == null));
      assertEquals(
        messages.slice(0, PAYLOADS.length).map(({ serial }) => serial),
        results.map(({ serials }) => serials[0]),
      );
      assertEquals(channel.state, "attached");
    },
  );
}

testRealtime(
  "RTL6f, RTL6e1, RTL6g1b: a message says who sent it, and over which connection",
  async ({ client }) => {
    const [anyone, me] = [client(), client({ clientId: "me" })];
    const seen = await collect(client().channels.get("c"));
    await anyone.channels.get("c").publish({ name: "a", clientId: "jim" });
    await me.channels.get("c").publish("b");
    const [first, second] = await seen.count(2);
    assertEquals([first!.clientId, second!.clientId], ["jim", "me"]);
    assertEquals([first!.connectionId, second!.connectionId], [
      anyone.connection.id,
      me.connection.id,
    ]);
  },
);

testRealtime(
  "RTL7f: with echoMessages off one's own messages do not come back",
  async ({ client }) => {
    const [quiet, other] = [client({ echoMessages: false }), client()];
    const seen = await collect(quiet.channels.get("c"));
    await quiet.channels.get("c").publish("own");
    await other.channels.get("c").publish("other");
    assertEquals(names(await seen.count(1)), ["other"]);
  },
);

testRealtime(
  "RTL6b: many messages over several connections are all acknowledged, each in its order",
  async ({ client }) => {
    const publishers = [client(), client(), client()];
    const seen = await collect(client().channels.get("c"));
    const results = await Promise.all(
      publishers.flatMap((publisher, which) =>
        Array.from(
          { length: 100 },
          (_, i) => publisher.channels.get("c").publish(String(which), { i }),
        )
      ),
    );
    assertEquals(new Set(results.map(({ serials }) => serials[0])).size, 300);
    const messages = await seen.count(300);
    for (const which of ["0", "1", "2"]) {
      const own = messages.filter(({ name }) => name === which);
      assertEquals(own.map(({ data }) => (data as { i: number }).i), own.map((_, i) => i));
    }
  },
);

testRealtime(
  "RTL2f, RTL4c1: after a broken connection nothing is lost and nothing comes twice",
  async ({ client, service }) => {
    const [subscriber, publisher] = [client(), client()];
    const channel = subscriber.channels.get("c");
    const seen = await collect(channel);
    const other = publisher.channels.get("c");
    await publisher.connection.whenState("connected");
    await other.publish("before");
    await seen.count(1);
    const attached = channel.once("attached");
    service.faults.drop({ connectionId: subscriber.connection.id! });
    await Promise.all(["one", "two", "three"].map((name) => other.publish(name)));
    assertEquals((await attached).resumed, true);
    await other.publish("after");
    assertEquals(names(await seen.count(5)), ["before", "one", "two", "three", "after"]);
  },
);

testRealtime(
  "RTL2f: when the service has forgotten, the channel says so",
  async ({ client, service }) => {
    const subscriber = client();
    const channel = subscriber.channels.get("c");
    const seen = await collect(channel);
    await channel.publish("before");
    await seen.count(1);
    service.faults.toClient({ action: Action.Message }, { swallow: true }, { times: 1 });
    await channel.publish("lost");
    service.faults.forgetConnections();
    service.faults.forgetEvents();
    const attached = channel.once("attached");
    service.faults.drop();
    assertEquals((await attached).resumed, false);
    await channel.publish("after");
    assertEquals(names(await seen.count(2)), ["before", "after"]);
  },
);

testRealtime(
  "RTN16: another client goes on where the first one stopped",
  async ({ client, service }) => {
    const first = client();
    await collect(first.channels.get("c"));
    const recover = first.connection.createRecoveryKey();
    service.faults.hang({ connectionId: first.connection.id! });
    const publisher = client();
    await publisher.channels.get("c").publish("missed");
    const second = client({ recover });
    const seen = new Collector<InboundMessage>();
    const change = await second.channels.get("c").subscribe(seen.add);
    assertEquals(change?.resumed, true);
    assertEquals(names(await seen.count(1)), ["missed"]);
  },
);

testRealtime(
  "RTL13a: a channel that the service detaches comes back by itself",
  async ({ client, service }) => {
    const channel = client().channels.get("c");
    const seen = await collect(channel);
    const attached = channel.once("attached");
    service.faults.detach("c", { message: "Moved", code: 90198 });
    await attached;
    await channel.publish("a");
    await seen.count(1);
    assertEquals([channel.state, channel.errorReason?.code], ["attached", 90198]);
  },
);

testRealtime(
  "RTL14: a channel that the service refuses has failed, until it is attached again",
  async ({ client, service }) => {
    const channel = client().channels.get("c");
    await channel.attach();
    const failed = channel.once("failed");
    service.faults.failChannel("c", { message: "No", code: 40160, statusCode: 401 });
    assertEquals((await failed).reason?.code, 40160);
    await assertRejects(() => channel.publish("a"));
    await channel.attach();
    await channel.publish("a");
  },
);

testRealtime("RTL4k, RTL4k1: rewind brings what was there before", async ({ client }) => {
  const publisher = client().channels.get("c");
  for (const name of ["a", "b", "c"]) await publisher.publish(name);
  const channel = client().channels.get("c", { params: { rewind: "2", unknown: "x" } });
  const seen = new Collector<InboundMessage>();
  const change = await channel.subscribe(seen.add);
  assertEquals([change?.hasBacklog, channel.params], [true, { rewind: "2" }]);
  assertEquals(names(await seen.count(2)), ["b", "c"]);
});

testRealtime(
  "RTL4l, RTL4m, RTL16a: modes decide what can be done, and can be changed",
  async ({ client }) => {
    const channel = client().channels.get("c", { modes: ["subscribe"] });
    const seen = await collect(channel);
    assertEquals(channel.modes, ["subscribe"]);
    const error = await failureOf(() => channel.publish("a"));
    assert([40160, 40165].includes(error.code), String(error.code));
    await channel.setOptions({ modes: ["subscribe", "publish"] });
    assertEquals([channel.modes, channel.state], [["publish", "subscribe"], "attached"]);
    await channel.publish("b");
    assertEquals(names(await seen.count(1)), ["b"]);
  },
);

testRealtime("RTS5: a derived channel gets what its filter matches", async ({ client }) => {
  const { channels } = client();
  const derived = channels.getDerived("c", { filter: 'name == `"b"` && headers.number == `5`' });
  const [some, all] = [await collect(derived), await collect(channels.get("c"))];
  await channels.get("c").publish([
    { name: "a", extras: { headers: { number: 5 } } },
    { name: "b", extras: { headers: { number: 4 } } },
    { name: "b", data: "yes", extras: { headers: { number: 5 } } },
  ]);
  await channels.get("c").publish({ name: "b", data: "too", extras: { headers: { number: 5 } } });
  assertEquals(data(await some.count(2)), ["yes", "too"]);
  assertEquals((await all.count(4)).length, 4);
});

testRealtime(
  "RTL10b, RTL10d: history is that of everyone, or of before the attachment",
  async ({ client }) => {
    const publisher = client().channels.get("persisted:c");
    await publisher.publish([{ name: "a" }, { name: "b" }]);
    const channel = client().channels.get("persisted:c");
    await channel.attach();
    await publisher.publish("c");
    const past = await channel.history({ direction: "forwards", untilAttach: true });
    assertEquals(names(past.items), ["a", "b"]);
    assertEquals(names((await channel.history()).items), ["c", "b", "a"]);
  },
);

testRealtime(
  "RTL32, RTL28, RTL31: messages are updated, appended to and deleted",
  async ({ client }) => {
    const channel = client({ clientId: "me" }).channels.get("mutable:c");
    const seen = await collect(channel);
    const { serials: [serial] } = await channel.publish("a", "one");
    const updated = await channel.updateMessage({ serial: serial!, data: "two" }, {
      description: "why",
    });
    await channel.appendMessage({ serial: serial!, data: " and three" });
    await channel.deleteMessage({ serial: serial!, data: "gone" });
    const messages = await seen.count(4);
    assertEquals(messages.map(({ action, data, name }) => [action, data, name]), [
      ["message.create", "one", "a"],
      ["message.update", "two", "a"],
      ["message.append", " and three", "a"],
      ["message.delete", "gone", "a"],
    ]);
    assertEquals(new Set(messages.map((message) => message.serial)).size, 1);
    assertEquals([messages[1]!.version.serial, messages[1]!.version.description], [
      updated.versionSerial,
      "why",
    ]);
    assertEquals((await channel.getMessage(serial!)).data, "gone");
    assertEquals((await channel.getMessageVersions(messages[0]!)).items.length, 4);
  },
);

testRealtime(
  "RTL32: who comes later gets what was appended as a whole first, then as it is appended",
  async ({ client }) => {
    const publisher = client().channels.get("mutable:c");
    const { serials: [serial] } = await publisher.publish("a", "one");
    const seen = await collect(client().channels.get("mutable:c"));
    await publisher.appendMessage({ serial: serial!, data: " two" });
    await publisher.appendMessage({ serial: serial!, data: " three" });
    assertEquals((await seen.count(2)).map(({ action, data }) => [action, data]), [
      ["message.update", "one two"],
      ["message.append", " three"],
    ]);
  },
);

/** Has the service spoil the delta of one message. */
function spoilDelta(message: ProtocolMessage): ProtocolMessage {
  const messages = message.messages?.map((wire) =>
    wire.encoding?.includes("vcdiff")
      ? { ...wire, extras: { delta: { from: "another", format: "vcdiff" } } }
      : wire
  );
  return { ...message, messages };
}

testRealtime(
  "RTL18: after a delta that does not fit everything arrives once and in order",
  async ({ client, service }) => {
    const subscriber = client();
    const channel = subscriber.channels.get("c", { params: { delta: "vcdiff" } });
    const seen = await collect(channel);
    const states: string[] = [];
    channel.on(({ event, reason }) => void states.push(`${event}:${reason?.code ?? ""}`));
    const match = { action: Action.Message, connectionId: subscriber.connection.id! };
    using fault = service.faults.toClient(match, { replace: spoilDelta }, { skip: 3, times: 1 });
    const publisher = client().channels.get("c");
    const values = Array.from({ length: 12 }, (_, i) => ({ text: "much the same", i }));
    for (const value of values.slice(0, 6)) await publisher.publish("a", value);
    await publisher.publish(values.slice(6, 9).map((value) => ({ name: "a", data: value })));
    for (const value of values.slice(9)) await publisher.publish("a", value);
    assertEquals(data(await seen.count(values.length)), values);
    assertEquals([fault.fired, states], [1, ["attaching:40018", "attached:"]] as unknown[]);
  },
);

testRealtime("RTS4a: release detaches; the service sends no more", async ({ client, service }) => {
  const subscriber = client();
  const channel = subscriber.channels.get("c");
  const seen = await collect(channel);
  await subscriber.channels.release("c");
  assertEquals([channel.state, subscriber.channels.exists("c")], ["detached", false]);
  await client().channels.get("c").publish("a");
  assertEquals(seen.items, []);
  const again = await collect(subscriber.channels.get("c"));
  await client().channels.get("c").publish("b");
  assertEquals(names(await again.count(1)), ["b"]);
  assert(service.apps.length === 1);
});

testRealtime("messages(): a loop takes messages until it is left", async ({ client }) => {
  const subscriber = client();
  const channel = subscriber.channels.get("c");
  const items = channel.messages("a");
  await channel.whenState("attached");
  const publisher = client().channels.get("c");
  await publisher.publish([{ name: "a", data: 0 + "" }, { name: "b" }, { name: "a", data: "1" }]);
  const taken: unknown[] = [];
  for await (const message of items) {
    taken.push(message.data);
    if (taken.length === 2) break;
  }
  assertEquals(taken, ["0", "1"]);
});

testRealtime(
  "RTL4: 50 channels on one connection attach, deliver and detach",
  async ({ client }) => {
    const { channels } = client();
    const all = Array.from({ length: 50 }, (_, i) => channels.get(`c-${i}`));
    const seen = await Promise.all(all.map(collect));
    await Promise.all(all.map((channel) => channel.publish("a", channel.name)));
    for (const [i, collector] of seen.entries()) {
      assertEquals(data(await collector.count(1)), [`c-${i}`]);
    }
    await Promise.all(all.map(({ name }) => channels.release(name)));
    assertEquals([...channels], []);
  },
);
