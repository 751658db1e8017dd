import type { Message } from "../../../mod.ts";
import { Action } from "../../../src/protocol/actions.ts";
import { assert, assertEquals, test } from "../../harness.ts";
import { aborted, failureOf, outcome, until } from "../../support/outcomes.ts";
import { Rig } from "../../support/realtime_rig.ts";

test("RTL6i, RTL6i1: publishes a name and data, or a message, as one message in a frame", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const published = [
    channel.publish("a", "x"),
    channel.publish({ name: "b", data: { y: 1 }, extras: { headers: { h: "1" } } }),
    channel.publish("c", new Uint8Array([1, 2])),
  ];
  assertEquals(rig.sent(), [
    { action: Action.Message, channel: "c", msgSerial: 0, messages: [{ name: "a", data: "x" }] },
    {
      action: Action.Message,
      channel: "c",
      msgSerial: 1,
      messages: [{
        name: "b",
        data: '{"y":1}',
        encoding: "json",
        extras: { headers: { h: "1" } },
      }],
    },
    {
      action: Action.Message,
      channel: "c",
      msgSerial: 2,
      messages: [{ name: "c", data: "AQI=", encoding: "base64" }],
    },
  ]);
  await rig.acknowledge();
  await Promise.all(published);
});

test("RTL6i2, RTL6j: several messages are one frame, and each gets its serial", async () => {
  await using rig = new Rig();
  await rig.accept();
  const messages: Message[] = [{ name: "a" }, { data: "x" }, { id: "own", clientId: "jim" }];
  const before = JSON.stringify(messages);
  const published = rig.client.channels.get("c").publish(messages);
  assertEquals(rig.sent().map(({ messages }) => messages), [
    [{ name: "a" }, { data: "x" }, { id: "own", clientId: "jim" }],
  ]);
  await rig.acknowledge(["s1", null, "s3"]);
  assertEquals(await published, { serials: ["s1", null, "s3"] });
  assertEquals(JSON.stringify(messages), before); // RTL6a1: no ids on realtime, and hands off the caller's objects.
});

test("RTL6i3: null and undefined are not sent", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const published = [
    channel.publish("click", null),
    channel.publish(null, "x"),
    channel.publish("click"),
    channel.publish({ name: null, data: null, clientId: null, extras: null, encoding: null }),
  ];
  assertEquals(rig.sent().map(({ messages }) => messages), [
    [{ name: "click" }],
    [{ data: "x" }],
    [{ name: "click" }],
    [{}],
  ]);
  await rig.acknowledge();
  await Promise.all(published);
});

test("RTL6c1, RTL6c5: publishes at once in every state but suspended and failed, and does not attach", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const states: string[] = [];
  const publish = () => {
    const before = rig.sent(Action.Message).length;
    const published = channel.publish("a", channel.state);
    assertEquals(rig.sent(Action.Message).length, before + 1, channel.state);
    states.push(channel.state);
    return published;
  };
  const published = [publish()];
  const attaching = channel.attach();
  await rig.settle();
  published.push(publish());
  await rig.attached("c");
  await attaching;
  published.push(publish());
  const detaching = channel.detach();
  await rig.settle();
  published.push(publish());
  await rig.receive({ action: Action.Detached, channel: "c" });
  await detaching;
  published.push(publish());
  assertEquals(states, ["initialized", "attaching", "attached", "detaching", "detached"]);
  assertEquals(rig.sent(Action.Attach).length, 1);
  await rig.acknowledge();
  await Promise.all(published);
});

test("RTL6c4: publishing on a suspended or failed channel fails at once", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  await rig.receive({ action: Action.Detached, channel: "c" }, {
    action: Action.Detached,
    channel: "c",
  });
  assertEquals(channel.state, "suspended");
  assertEquals((await failureOf(() => channel.publish("a"))).code, 90001);
  await rig.receive({ action: Action.Error, channel: "c", error: { code: 40160, message: "No" } });
  const error = await failureOf(() => channel.publish("a"));
  assertEquals([error.code, (error.cause as { code?: number }).code], [90001, 40160]);
  assertEquals(rig.sent(Action.Message), []);
});

test("RTL6c2: without a connection messages wait, and are sent in order", async () => {
  await using rig = new Rig({ autoConnect: false });
  const channel = rig.client.channels.get("c");
  const published = [channel.publish("initialized")];
  rig.client.connect();
  published.push(channel.publish("connecting"));
  await rig.settle();
  await rig.lose();
  assertEquals(rig.client.connection.state, "disconnected");
  published.push(channel.publish("disconnected"));
  rig.client.connect();
  await rig.accept();
  assertEquals(rig.sent().map(({ messages, msgSerial }) => [messages![0]!.name, msgSerial]), [
    ["initialized", 0],
    ["connecting", 1],
    ["disconnected", 2],
  ]);
  await rig.acknowledge();
  await Promise.all(published);
});

test("RTL6c2, RTL6c4: with queueMessages off nothing waits", async () => {
  await using rig = new Rig({ autoConnect: true, queueMessages: false });
  const channel = rig.client.channels.get("c");
  const error = await failureOf(() => channel.publish("a"));
  assert(error.message.includes("connecting"), error.message);
  await rig.accept();
  assertEquals(rig.sent(), []);
});

for (const state of ["suspended", "closing", "closed", "failed"] as const) {
  test(`RTL6c4: publishing fails while the connection is ${state}`, async () => {
    await using rig = new Rig();
    await rig.accept();
    const channel = rig.client.channels.get("c");
    let closed: Promise<void> | undefined;
    if (state === "suspended") await rig.suspend();
    else if (state === "failed") await rig.receive({ action: Action.Error });
    else {
      closed = rig.client.close();
      if (state === "closed") await rig.receive({ action: Action.Closed });
    }
    const error = await failureOf(() => channel.publish("a"));
    assert(error.message.includes(state), error.message);
    if (state === "closing") await rig.receive({ action: Action.Closed });
    await closed;
  });
}

test("RTL6b: a refusal fails the call, and nothing else", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const refused = failureOf(() => channel.publish("a"));
  const accepted = channel.publish("b");
  await rig.receive({
    action: Action.Nack,
    msgSerial: 0,
    count: 1,
    error: { code: 40160, statusCode: 401, message: "No" },
  });
  assertEquals([(await refused).code, channel.state], [40160, "attached"]);
  await rig.receive({ action: Action.Ack, msgSerial: 1, count: 1 });
  assertEquals(await accepted, { serials: [] });
});

test("RTL6a, RSL1i, CD2c: what is too large is refused by the limit of the connection", async () => {
  await using rig = new Rig({ autoConnect: true });
  const channel = rig.client.channels.get("c");
  const large = failureOf(() => channel.publish("a", "x".repeat(65_536)));
  assertEquals((await large).code, 40009);
  await rig.accept({ details: { maxMessageSize: 10 } });
  const fits = channel.publish("abc", "1234567");
  for (const data of ["12345678", "ääää", { a: 123 }, new Uint8Array(8)]) {
    const error = await failureOf(() => channel.publish("abc", data));
    assertEquals([error.code, error.statusCode], [40009, 400]);
  }
  const several = await failureOf(() => channel.publish([{ data: "12345" }, { name: "123456" }]));
  assertEquals(several.code, 40009);
  assertEquals(rig.sent().length, 1);
  await rig.acknowledge();
  await fits;
});

test("TM6: the size is that before encryption", async () => {
  await using rig = new Rig();
  await rig.accept({ details: { maxMessageSize: 10 } });
  const channel = rig.client.channels.get("c", { cipher: { key: new Uint8Array(16) } });
  const published = channel.publish("abc", "1234567");
  await until(() => rig.sent().length === 1);
  await rig.acknowledge();
  await published;
});

test("RSL4a: data that cannot be sent is refused", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  for (const data of [5, true, () => {}, Symbol("s"), 5n, Promise.resolve()]) {
    assertEquals((await failureOf(() => channel.publish("a", data))).code, 40013, String(data));
  }
  // deno-lint-ignore no-explicit-any
  const publish = channel.publish.bind(channel) as (...args: any[]) => Promise<unknown>;
  assertEquals((await failureOf(() => publish(5))).code, 40013);
  assertEquals((await failureOf(() => publish([]))).code, 40003);
  assertEquals((await failureOf(() => publish([null]))).code, 40013);
  assertEquals((await failureOf(() => publish({ name: 5 }))).code, 40003);
  assertEquals(rig.sent(), []);
});

test("RTL6g3: another clientId than one's own is refused, and channel and connection live on", async () => {
  await using rig = new Rig({ clientId: "me" });
  const channel = await rig.attach();
  const error = await failureOf(() =>
    channel.publish([{ name: "a" }, { name: "b", clientId: "you" }])
  );
  assertEquals([error.code, error.statusCode], [40012, 400]);
  assertEquals([channel.state, rig.client.connection.state], ["attached", "connected"]);
  const published = [
    channel.publish({ name: "c", clientId: "me" }), // RTL6g2
    channel.publish({ name: "d" }), // RTL6g1a
  ];
  assertEquals(rig.sent(Action.Message).map(({ messages }) => messages), [
    [{ name: "c", clientId: "me" }],
    [{ name: "d" }],
  ]);
  await rig.acknowledge();
  await Promise.all(published);
});

test("RTL6g4: before the client knows who it is, any clientId may be published", async () => {
  await using rig = new Rig({
    autoConnect: true,
    key: null,
    authCallback: () =>
      Promise.resolve({ token: "t", clientId: "me", issued: 1, expires: 9e15, capability: "" }),
  });
  const channel = rig.client.channels.get("c");
  const published = channel.publish({ name: "a", clientId: "you" });
  await rig.accept({ details: { clientId: "me" } });
  assertEquals(rig.sent()[0]!.messages, [{ name: "a", clientId: "you" }]);
  await rig.receive({
    action: Action.Nack,
    msgSerial: 0,
    count: 1,
    error: { code: 40012, statusCode: 400, message: "Other client" },
  });
  assertEquals((await failureOf(() => published)).message, "Other client");
  assertEquals(
    (await failureOf(() => channel.publish({ name: "b", clientId: "you" }))).code,
    40012,
  );
});

test("RTL6e1: who may be anyone may publish as anyone", async () => {
  await using rig = new Rig();
  await rig.accept({ details: { clientId: "*" } });
  const published = rig.client.channels.get("c").publish({ name: "a", clientId: "you" });
  assertEquals(rig.sent()[0]!.messages, [{ name: "a", clientId: "you" }]);
  await rig.acknowledge();
  await published;
});

test("RTL6k: params go into the frame as text, with a message and with name and data", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const published = [
    channel.publish({ name: "a" }, { quick: true, n: 5, none: null }),
    channel.publish("a", "x", { s: "t" }),
  ];
  assertEquals(rig.sent().map(({ params }) => params), [{ quick: "true", n: "5" }, { s: "t" }]);
  await rig.acknowledge();
  await Promise.all(published);
});

test("a caller who has given up publishes nothing; giving up later leaves the message on its way", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const name = (error: Error) => error.name;
  assertEquals(
    await channel.publish("a", "x", { signal: aborted() }).then(() => "", name),
    "AbortError",
  );
  assertEquals(rig.sent(), []);
  const controller = new AbortController();
  const published = channel.publish("b", "x", { signal: controller.signal }).then(() => "", name);
  controller.abort();
  assertEquals([await published, rig.sent().length], ["AbortError", 1]);
  await rig.acknowledge();
});

test("RTL6i: encrypted and plain messages leave in the order of the calls", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c", { cipher: { key: new Uint8Array(32) } });
  const published = [
    channel.publish("large", "x".repeat(60_000)),
    channel.publish("none"),
    channel.publish("small", "x"),
  ];
  await channel.setOptions({});
  published.push(channel.publish("plain", "x"));
  await until(() => rig.sent().length === 4);
  assertEquals(rig.sent().map(({ messages }) => [messages![0]!.name, messages![0]!.encoding]), [
    ["large", "utf-8/cipher+aes-256-cbc/base64"],
    ["none", undefined],
    ["small", "utf-8/cipher+aes-256-cbc/base64"],
    ["plain", undefined],
  ]);
  await rig.acknowledge();
  await Promise.all(published);
});

test("schemas: checked before publishing; a slow check lets nothing overtake, a failed one stops only its own", async () => {
  await using rig = new Rig();
  await rig.accept();
  let decide = (_: boolean) => {};
  const schema = {
    "~standard": {
      version: 1 as const,
      vendor: "test",
      validate: (value: unknown) =>
        value === "slow"
          ? new Promise<object>((resolve) =>
            decide = (ok) => resolve(ok ? {} : { issues: [{ message: "No" }] })
          )
          : typeof value === "string"
          ? { value }
          : { issues: [{ message: "Not text" }] },
    },
  };
  const channel = rig.client.channels.get("c", { schemas: { a: schema } });
  const slow = channel.publish("a", "slow");
  const bad = outcome(channel.publish("a", { no: "text" }), rig);
  const free = channel.publish("b", { no: "text" });
  const error = await bad as Error & { code: number };
  assertEquals([error.code, error.message.includes("Not text"), rig.sent()], [40013, true, []]);
  decide(true);
  await rig.settle();
  assertEquals(rig.sent().map(({ messages }) => messages![0]!.name), ["a", "b"]);
  await rig.acknowledge();
  await Promise.all([slow, free]);
});

test("RTL32: changes are sent as one message with the action, the serial and the operation", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const message: Message = {
    serial: "s1",
    name: "a",
    data: { x: 1 },
    version: { serial: "old", clientId: "him" },
  };
  const before = JSON.stringify(message);
  const changes = [
    channel.updateMessage(message, { clientId: "me", description: "typo", metadata: { k: "v" } }),
    channel.deleteMessage({ serial: "s1" }, null, { p: 1 }),
    channel.appendMessage({ serial: "s1", data: "more" }),
  ];
  assertEquals(rig.sent().map(({ messages, params }) => [messages, params]), [
    [[{
      action: 1,
      serial: "s1",
      name: "a",
      data: '{"x":1}',
      encoding: "json",
      version: { clientId: "me", description: "typo", metadata: { k: "v" } },
    }], undefined],
    [[{ action: 2, serial: "s1" }], { p: "1" }], // RTL32e
    [[{ action: 5, serial: "s1", data: "more" }], undefined],
  ]);
  assertEquals(JSON.stringify(message), before); // RTL32c
  await rig.acknowledge(["v1"]);
  assertEquals(await Promise.all(changes), Array(3).fill({ versionSerial: "v1" })); // RTL32d
});

test("RTL32a, RTL32d: changes need a serial; a version may have been superseded; a refusal fails", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  for (const change of ["updateMessage", "deleteMessage", "appendMessage"] as const) {
    for (const message of [{}, { serial: "" }, { data: "x" }]) {
      assertEquals((await failureOf(() => channel[change](message))).code, 40003);
    }
  }
  assertEquals(rig.sent(), []);
  const superseded = channel.updateMessage({ serial: "s1" });
  await rig.acknowledge([null]);
  assertEquals(await superseded, { versionSerial: null });
  const refused = failureOf(() => channel.updateMessage({ serial: "s1" }));
  await rig.receive({
    action: Action.Nack,
    msgSerial: 1,
    count: 1,
    error: { code: 93002, statusCode: 400 },
  });
  assertEquals((await refused).code, 93002);
});

test("RTL32b, RTL6g3: a client may change what another has published", async () => {
  await using rig = new Rig({ clientId: "mod" });
  await rig.accept({ details: { clientId: "mod" } });
  const channel = await rig.attach();
  const changed = channel.deleteMessage({ serial: "s", clientId: "alice" });
  assertEquals(rig.sent(Action.Message).map(({ messages }) => messages![0]), [
    { serial: "s", clientId: "alice", action: 2 },
  ]);
  await rig.acknowledge(["v"]);
  assertEquals(await changed, { versionSerial: "v" });
});

test("RTL6c2, RTN19a: what waits, and what is sent again, is what the caller passed", async () => {
  await using rig = new Rig({ autoConnect: true });
  const channel = rig.client.channels.get("c");
  const extras = { headers: { x: "1" } };
  const published = channel.publish({ name: "a", extras });
  extras.headers.x = "changed";
  await rig.accept({ id: "one" });
  await rig.lose();
  await rig.accept({ id: "one" });
  for (const line of rig.network.lines) {
    const [frame] = line.sent(Action.Message);
    assertEquals(frame!.messages![0]!.extras, { headers: { x: "1" } });
  }
  await rig.acknowledge();
  await published;
});

test("schemas: the checked values are sent, even if the objects change meanwhile", async () => {
  await using rig = new Rig();
  await rig.accept();
  const seen: unknown[] = [];
  const validate = async (value: unknown) => {
    seen.push(value);
    return await Promise.resolve({ value });
  };
  const schema = { "~standard": { version: 1 as const, vendor: "test", validate } };
  const channel = rig.client.channels.get("c", { schemas: { a: schema } });
  const messages = [{ name: "a", data: "1" }, { name: "a", data: "2" }];
  const published = channel.publish(messages);
  messages[1]!.data = "changed";
  await rig.settle();
  assertEquals(seen, ["1", "2"]);
  assertEquals(rig.sent(Action.Message)[0]!.messages!.map(({ data }) => data), ["1", "2"]);
  await rig.acknowledge();
  await published;
});

test("schemas: a check that fails late, after another has failed, is no unhandled rejection", async () => {
  await using rig = new Rig();
  await rig.accept();
  const late = Promise.withResolvers<never>();
  const validate = (value: unknown) =>
    value === "late" ? late.promise : { issues: [{ message: "no" }] };
  const schema = { "~standard": { version: 1 as const, vendor: "test", validate } };
  const channel = rig.client.channels.get("c", { schemas: { a: schema } });
  const messages = [{ name: "a", data: "1" }, { name: "a", data: "late" }];
  assertEquals((await failureOf(() => channel.publish(messages))).code, 40013);
  late.reject(new Error("Late"));
  await rig.settle();
});
