import { Crypto, type Message } from "../../mod.ts";
import { assert, assertEquals, assertMatch, assertNotEquals, test } from "../harness.ts";
import { json, refusal } from "../support/fake_service.ts";
import { bodyOf, failureOf, fakeRest, testInBothFormats } from "../support/rest_clients.ts";

const published = () => json({ channel: "c", messageId: "m", serials: ["s1", "s2"] }, 201);

test("RSL1b: name and data are sent as one message to the messages of the channel", async () => {
  const { rest, last, lastBody } = fakeRest(published, { idempotentRestPublishing: false });
  await rest.channels.get("a/b:c?d&e ü").publish("name", "data");
  assertEquals(last().method, "POST");
  assertEquals(last().url.pathname, "/channels/a%2Fb%3Ac%3Fd%26e%20%C3%BC/messages");
  assertEquals(lastBody(), [{ name: "name", data: "data" }]);
});

test("RSL1c: an array goes in one request, in order", async () => {
  const { rest, network, lastBody } = fakeRest(published, { idempotentRestPublishing: false });
  await rest.channels.get("c").publish([{ name: "1" }, { data: "2" }]);
  assertEquals(network.seen.length, 1);
  assertEquals(lastBody(), [{ name: "1" }, { data: "2" }]);
});

test("RSL1d: a refusal rejects with the service's error", async () => {
  const { rest } = fakeRest(() => refusal(40160, 401, "Not permitted"));
  const error = await failureOf(() => rest.channels.get("c").publish("n", "d"));
  assertEquals([error.code, error.statusCode, error.message], [40160, 401, "Not permitted"]);
});

test("RSL1n, PBR2a: resolves with the serials, null for a conflated message", async () => {
  const { rest } = fakeRest(() => json({ serials: ["s1", null], messageId: "m" }, 201));
  const result = await rest.channels.get("c").publish([{ name: "1" }, { name: "2" }]);
  assertEquals(result, { serials: ["s1", null] });
});

test("RSL1e: null and undefined name and data are not sent", async () => {
  const { rest, network } = fakeRest(published, { idempotentRestPublishing: false });
  const channel = rest.channels.get("c");
  await channel.publish("click", null);
  await channel.publish(null, "data");
  await channel.publish(undefined, undefined);
  await channel.publish({ name: null, data: undefined, clientId: null, extras: null });
  await channel.publish({ name: "", data: "" });
  assertEquals(network.seen.map((request) => request.body), [
    '[{"name":"click"}]',
    '[{"data":"data"}]',
    "[{}]",
    "[{}]",
    '[{"name":"","data":""}]',
  ]);
});

test("RSL1j: every attribute that is given is sent", async () => {
  const { rest, lastBody } = fakeRest(published);
  const message: Message = {
    id: "my-id",
    name: "n",
    data: "d",
    clientId: "ann",
    connectionId: "conn",
    connectionKey: "key",
    extras: { headers: { a: "b" }, push: { notification: { title: "t" } }, other: [1] },
    timestamp: 5,
  };
  await rest.channels.get("c").publish(message);
  assertEquals(lastBody(), [{ ...message }]);
});

test("RSL1m: the client's own clientId is not written into messages", async () => {
  const { rest, last, lastBody } = fakeRest(published, {
    clientId: "ann",
    idempotentRestPublishing: false,
  });
  await rest.channels.get("c").publish("n", "d");
  assertEquals(lastBody(), [{ name: "n", data: "d" }]);
  assertEquals(atob(last().headers.get("x-ably-clientid")!), "ann");
});

testInBothFormats("RSL1m1-4: whose message it is", async ({ client }) => {
  const ann = client({ clientId: "ann" }).channels.get("c");
  const anyone = client().channels.get("c");
  await ann.publish({ name: "m1" });
  await ann.publish({ name: "m2", clientId: "ann" });
  await anyone.publish({ name: "m3", clientId: "bob" });
  const { items } = await anyone.history({ direction: "forwards" });
  assertEquals(items.map(({ name, clientId }) => [name, clientId]), [
    ["m1", "ann"],
    ["m2", "ann"],
    ["m3", "bob"],
  ]);
  const issuer = client();
  const identified = client({
    key: null,
    authCallback: () => issuer.auth.requestToken({ clientId: "ann" }),
  });
  const error = await failureOf(() =>
    identified.channels.get("c").publish({ name: "m4", clientId: "bob" })
  );
  assertEquals([error.code, error.statusCode], [40012, 400]);
  assertEquals((await anyone.history()).items.length, 3);
});

test("RSL1k1: messages without ids get them, on a new base for each call", async () => {
  const { rest, network } = fakeRest(published);
  const channel = rest.channels.get("c");
  const messages = [{ name: "1" }, { name: "2", id: "" }, { name: "3" }];
  await channel.publish(messages);
  await channel.publish(messages);
  await channel.publish("n", "d");
  const ids = network.seen.map((request) => (bodyOf(request) as Message[]).map(({ id }) => id!));
  const bases = ids.map(([first]) => first!.split(":")[0]!);
  ids.forEach((own, i) => assertEquals(own, own.map((_, j) => `${bases[i]}:${j}`)));
  assertEquals(new Set(bases).size, 3);
  for (const base of bases) assert(atob(base).length >= 9, base);
  assertEquals(messages, [{ name: "1" }, { name: "2", id: "" }, { name: "3" }]);
});

test("RSL1k2, RSL1k3: the caller's ids are kept, and no other is added", async () => {
  const { rest, network } = fakeRest(published);
  const channel = rest.channels.get("c");
  await channel.publish({ id: "mine", name: "1" });
  await channel.publish([{ name: "1" }, { id: "b:1", name: "2" }]);
  assertEquals(network.seen.map(bodyOf), [
    [{ id: "mine", name: "1" }],
    [{ name: "1" }, { id: "b:1", name: "2" }],
  ]);
});

test("RSL1k: no ids where idempotentRestPublishing is off", async () => {
  const { rest, lastBody } = fakeRest(published, { idempotentRestPublishing: false });
  await rest.channels.get("c").publish("n", "d");
  assertEquals(lastBody(), [{ name: "n", data: "d" }]);
});

testInBothFormats("RSL1k4: a retry after a lost answer is not a second message", async (under) => {
  let lost = 0;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const response = await under.service.fetch(input, init);
    if (!String(input).includes("/messages") || init?.method !== "POST" || lost++ > 0) {
      return response;
    }
    await response.body?.cancel();
    return new Response("{}", { status: 500, headers: { "content-type": "application/json" } });
  };
  const rest = under.client({ fetch, fallbackHosts: ["fallback.local"] });
  const channel = rest.channels.get("c");
  const { serials } = await channel.publish([{ name: "1" }, { name: "2" }]);
  assertEquals(lost, 2);
  const { items } = await channel.history({ direction: "forwards" });
  assertEquals(items.map(({ name }) => name), ["1", "2"]);
  assertEquals(items.map(({ serial }) => serial ?? null), serials);
}, { inProcessOnly: true });

testInBothFormats("RSL1k5: one id is one message, however often it is published", async (under) => {
  const channel = under.client().channels.get("c");
  const first = await channel.publish({ id: "once", name: "n", data: "first" });
  const second = await channel.publish({ id: "once", name: "n", data: "second" });
  assertEquals(second, first);
  const { items } = await channel.history();
  assertEquals(items.map(({ id, data }) => [id, data]), [["once", "first"]]);
});

testInBothFormats("RSL1k: an object published twice is two messages", async (under) => {
  const channel = under.client().channels.get("c");
  const message = Object.freeze({ name: "n", data: "d" });
  const [first, second] = [await channel.publish(message), await channel.publish(message)];
  assertNotEquals(first.serials, second.serials);
  assertEquals((await channel.history()).items.length, 2);
});

test("RSL1l: params go into the query, the signal does not", async () => {
  const { rest, network } = fakeRest(published);
  const channel = rest.channels.get("c");
  const { signal } = new AbortController();
  const params = { quickAck: true, n: 5, text: "ä b", none: null, signal };
  await channel.publish({ name: "n" }, params);
  await channel.publish([{ name: "n" }], params);
  await channel.publish("n", "d", params);
  for (const { url } of network.seen) {
    assertEquals(Object.fromEntries(url.searchParams), { quickAck: "true", n: "5", text: "ä b" });
  }
});

testInBothFormats("RSL1l1: _forceNack makes the service refuse", async ({ client }) => {
  const channel = client().channels.get("c");
  const error = await failureOf(() => channel.publish({ name: "n" }, { _forceNack: true }));
  assertEquals(error.code, 40099);
  assertEquals((await channel.history()).items, []);
});

testInBothFormats("TM2h: a wrong connectionKey is refused by the service", async ({ client }) => {
  const channel = client().channels.get("c");
  const error = await failureOf(() => channel.publish({ name: "n", connectionKey: "not!a-key" }));
  assertEquals([error.code, error.statusCode], [40006, 400]);
});

testInBothFormats("RSL6a2: extras come back as they were", async ({ client }) => {
  const channel = client().channels.get("c");
  const extras = { push: [{ title: "Testing" }], headers: { a: "b" } };
  await channel.publish({ name: "n", extras });
  assertEquals((await channel.history()).items[0]!.extras, extras);
});

test("RSL1i, TM6: sizes are those before encoding and encryption", async () => {
  const { rest, network } = fakeRest(published, { maxMessageSize: 100 });
  const key = await Crypto.generateRandomKey();
  const channels = [rest.channels.get("plain"), rest.channels.get("secret", { cipher: { key } })];
  for (const channel of channels) {
    const before = network.seen.length;
    const fits: Message[] = [
      { data: "x".repeat(100) },
      { name: "n".repeat(40), data: new Uint8Array(60) },
      { clientId: "c".repeat(50), extras: { a: "x".repeat(42) } },
      { data: { a: "x".repeat(92) } },
      { data: "ü".repeat(50) },
    ];
    for (const message of fits) await channel.publish(message);
    assertEquals(network.seen.length, before + fits.length);
    const tooLarge: (Message | Message[])[] = [
      { data: "x".repeat(101) },
      { data: new Uint8Array(101) },
      { data: { a: "x".repeat(93) } },
      { data: "ü".repeat(51) },
      { clientId: "c".repeat(50), extras: { a: "x".repeat(43) } },
      [{ data: "x".repeat(50) }, { data: "x".repeat(51) }],
    ];
    for (const message of tooLarge) {
      const error = await failureOf(() => channel.publish(message as Message));
      assertEquals([error.code, error.statusCode], [40009, 400]);
      assertMatch(error.message, /101|102/);
    }
    assertEquals(network.seen.length, before + fits.length);
  }
});

test("RSL1i: what is sent has no size of its own on the wire", async () => {
  const { rest, last } = fakeRest(published, { idempotentRestPublishing: false });
  await rest.channels.get("c").publish("n", { a: 1 });
  assertEquals(last().body, '[{"name":"n","data":"{\\"a\\":1}","encoding":"json"}]');
});

/** Values that have no JSON form, or one that is no object: text that would arrive as if text had been published. */
const NO_PAYLOADS = [
  new Date(0),
  new URL("https://example.com"),
  new String("text"),
  new Number(5),
  new Boolean(true),
  new Map([["a", 1]]),
  new Set([1]),
  new Error("lost"),
  /pattern/,
  Promise.resolve(1),
  { toJSON: () => undefined },
  () => {},
  Symbol("s"),
  5n,
  NaN,
];

test("RSL4a: a payload is text, bytes, or what JSON makes an object or an array of", async () => {
  const { rest, network, lastBody } = fakeRest(published, { idempotentRestPublishing: false });
  const channel = rest.channels.get("c");
  for (const data of NO_PAYLOADS) {
    const calls = [
      () => channel.publish("n", data),
      () => channel.publish({ name: "n", data }),
      () => channel.publish([{ data: "first" }, { data }]),
      () => rest.batchPublish({ channels: ["c"], messages: [{ data }] }),
      () => channel.updateMessage({ serial: "s", data }),
      () => channel.annotations.publish("s", { type: "t", data }),
    ];
    for (const call of calls) assertEquals((await failureOf(call)).code, 40013, String(data));
  }
  assertEquals(network.seen.length, 0);
  await channel.publish("n", { toJSON: () => ({ id: 1 }) });
  assertEquals(lastBody(), [{ name: "n", data: '{"id":1}', encoding: "json" }]);
});

test("RSL4a: an object with members of other names only is no message", async () => {
  const { rest, network, lastBody } = fakeRest(published, { idempotentRestPublishing: false });
  const channel = rest.channels.get("c");
  const given = { event: "placed", payload: 17 } as Message;
  const calls = [
    () => channel.publish(given),
    () => channel.publish([{ data: "first" }, given]),
    () => rest.batchPublish({ channels: ["c"], messages: [given] }),
  ];
  for (const call of calls) assertEquals((await failureOf(call)).code, 40013);
  assertEquals(network.seen.length, 0);
  await channel.publish({}); // RSL1e
  assertEquals(lastBody(), [{}]);
  await channel.publish({ ...given, name: "placed" });
  assertEquals(lastBody(), [{ name: "placed" }]);
});

for (const cipher of [null, { key: new Uint8Array(16) }]) {
  const how = cipher ? "encrypted" : "plain";
  testInBothFormats(
    `RSL1: what is published, ${how}, is what the caller passed, even if the caller changes it afterwards`,
    async ({ client }) => {
      const channel = client().channels.get("c", { cipher });
      const message = { name: "n", data: new Uint8Array([1, 2]), extras: { headers: { x: "1" } } };
      const published = channel.publish(message);
      message.name = "changed";
      message.data.fill(9);
      message.extras.headers.x = "changed";
      await published;
      const [received] = (await channel.history()).items;
      assertEquals([received!.name, received!.data, received!.extras], [
        "n",
        new Uint8Array([1, 2]),
        { headers: { x: "1" } },
      ]);
    },
  );
}

test("RSL1j: annotations that are given are sent", async () => {
  const { rest, lastBody } = fakeRest(published, { idempotentRestPublishing: false });
  const annotations = { summary: { "reaction:distinct.v1": {} } };
  await rest.channels.get("c").publish({ name: "n", annotations });
  assertEquals(lastBody(), [{ name: "n", annotations }]);
});

test("RSL1i, RSL4a: what was measured is what is sent", async () => {
  const { rest, lastBody } = fakeRest(() => json({ serials: ["s1"] }));
  const channel = rest.channels.get("c");
  let asked = 0;
  const growing = { toJSON: () => asked++ === 0 ? { small: 1 } : { large: "x".repeat(100_000) } };
  await channel.publish({ name: "a", data: growing });
  const [message] = lastBody() as { data: string }[];
  assertEquals([message!.data, asked], ['{"small":1}', 1]);
  asked = 0;
  await channel.publish({ name: "a", extras: growing as never });
  assertEquals([(lastBody() as { extras: object }[])[0]!.extras, asked], [{ small: 1 }, 1]);
});

test("RSL4a: a schema checks what is sent", async () => {
  const checked: unknown[] = [];
  const validate = (value: unknown) => (checked.push(value), { value });
  const schema = { "~standard": { version: 1 as const, vendor: "test", validate } };
  const { rest } = fakeRest(() => json({ serials: ["s1"] }));
  const channel = rest.channels.get("c", { schemas: { a: schema } });
  await channel.publish("a", { at: new Date(0), none: undefined });
  await channel.publish("a", "text");
  assertEquals(checked, [{ at: "1970-01-01T00:00:00.000Z" }, "text"]);
});
