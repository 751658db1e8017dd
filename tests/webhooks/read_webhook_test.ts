import { AesCbcCipher } from "../../src/crypto/aes_cbc.ts";
import { getDefaultParams } from "../../src/crypto/cipher_params.ts";
import { ErrorInfo, readWebhook, type WebhookOptions } from "../../src/webhooks/mod.ts";
import { msgpackCodec } from "../../src/protocol/msgpack_codec.ts";
import { utf8 } from "../../src/util/bytes.ts";
import {
  assert,
  assertEquals,
  assertObjectMatch,
  assertRejects,
  assertStringIncludes,
  test,
} from "../harness.ts";
import { seeded } from "../support/seeded.ts";
import {
  KEY,
  LIFECYCLE_ITEM,
  MESSAGE_ENVELOPE,
  MESSAGE_ITEM,
  METRICS,
  OCCUPANCY_ITEM,
  PRESENCE_ITEM,
  requestOf,
  signature,
  signed,
} from "./support/deliveries.ts";
import { encodedPayload } from "../support/payloads.ts";

const UNSIGNED: WebhookOptions = { allowUnsigned: true };
const plugins = { msgpack: msgpackCodec };

function unsigned(body: object): Request {
  return requestOf(JSON.stringify(body));
}

function raw(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>): Request {
  return requestOf(body, {
    "content-type": "text/plain",
    "x-ably-envelope-appid": "app1",
    "x-ably-envelope-channel": "my_channel",
    "x-ably-envelope-rule-id": "rule1",
    "x-ably-envelope-site": "eu-west-1-A",
    "x-ably-envelope-source": "channel.message",
    "x-ably-message-id": "vjzxPR-XK3:3:0",
    "x-ably-message-timestamp": "1485914937909",
    "x-ably-message-connection-id": "vjzxPR-XK3",
    ...headers,
  });
}

async function refusal(run: () => Promise<unknown>): Promise<ErrorInfo> {
  const error = await assertRejects(run, ErrorInfo);
  assert(error.remediation !== "");
  return error;
}

test("webhooks: reads the messages of a batch", async () => {
  const events = await readWebhook(await signed({ items: [MESSAGE_ITEM] }), { key: KEY });
  assertEquals(events, [{
    kind: "message",
    channel: "my-channel-4",
    source: "channel.message",
    ruleId: "ABcDEf",
    site: "eu-west-1-A",
    timestamp: 1562124922426,
    serial: "a7bcdEFghIjklm123456789:4",
    message: {
      id: "ABcDefgHIj:1:0",
      clientId: "user-3",
      connectionId: "ABcDefgHIj",
      timestamp: 1123145678900,
      data: "the message data",
      name: "a message name",
      action: "message.create",
      version: { timestamp: 1123145678900 },
      annotations: { summary: {} },
    },
  }]);
});

test("webhooks: reads the presence messages of a batch", async () => {
  const [event] = await readWebhook(await signed({ items: [PRESENCE_ITEM] }), { key: KEY });
  assert(event?.kind === "presence");
  assertEquals(event.channel, "education-channel");
  assertEquals(event.presence, {
    id: "ABcDefgHIj:1:0",
    clientId: "bob",
    connectionId: "ABcDefgHIj",
    timestamp: 1123145678900,
    data: "the message data",
    action: "update",
    memberKey: "ABcDefgHIj:bob",
  });
});

test("webhooks: reads lifecycle and occupancy events of a batch", async () => {
  const request = await signed({ items: [LIFECYCLE_ITEM, OCCUPANCY_ITEM] });
  const [lifecycle, occupancy] = await readWebhook(request, { key: KEY });
  assertObjectMatch(lifecycle!, {
    kind: "channel.lifecycle",
    channel: "my-channel-5",
    name: "channel.opened",
    isActive: true,
    occupancy: METRICS,
  });
  assert(occupancy?.kind === "channel.occupancy");
  assertEquals(occupancy.occupancy, {
    connections: 3,
    publishers: 2,
    subscribers: 0,
    presenceConnections: 0,
    presenceMembers: 0,
    presenceSubscribers: 0,
    objectPublishers: 0,
    objectSubscribers: 0,
  });
});

test("webhooks: gives one event a message, in order", async () => {
  const messages = Array.from(
    { length: 3 },
    (_, i) => ({ id: `m${i}`, data: i % 2 ? "[1]" : "x", encoding: i % 2 ? "json" : null }),
  );
  const several = { ...MESSAGE_ITEM, data: { channelId: "c", messages } };
  const events = await readWebhook(
    await signed({ items: [several, PRESENCE_ITEM, several, LIFECYCLE_ITEM] }),
    { key: KEY },
  );
  const seen = events.map((event) => event.kind === "message" ? event.message.id : event.kind);
  assertEquals(seen, ["m0", "m1", "m2", "presence", "m0", "m1", "m2", "channel.lifecycle"]);
  assertEquals(await readWebhook(await signed({ items: [] }), { key: KEY }), []);
});

test("webhooks: reads envelopes of messages and presence messages", async () => {
  const [message] = await readWebhook(unsigned(MESSAGE_ENVELOPE), UNSIGNED);
  assertObjectMatch(message!, {
    kind: "message",
    channel: "channel-name",
    source: "channel.message",
    appId: "aBCdEf",
    ruleId: "1-a2Bc",
    site: "eu-central-1-A",
    message: { name: "my message name", data: "some message data" },
  });
  const { messages: _, ...envelope } = MESSAGE_ENVELOPE;
  const presence = PRESENCE_ITEM.data.presence;
  for (const source of ["channel.presence", "channel.message"]) { // The documentation has both.
    const [event] = await readWebhook(unsigned({ ...envelope, source, presence }), UNSIGNED);
    assert(event?.kind === "presence");
    assertEquals([event.source, event.presence.action], ["channel.presence", "update"]);
  }
});

test("webhooks: reads envelopes of lifecycle and occupancy events in any of their forms", async () => {
  const base = { appId: "app1", channel: "c", source: "channel.lifecycle" };
  const status = LIFECYCLE_ITEM.data.status;
  const forms = [
    { ...base, name: "channel.closed", status },
    { ...base, name: "channel.closed", data: { status } },
    { ...base, messages: [{ name: "channel.closed", data: { channelId: "c", status } }] },
    {
      ...base,
      messages: [{ name: "channel.closed", data: JSON.stringify({ status }), encoding: "json" }],
    },
  ];
  for (const form of forms) {
    const [lifecycle] = await readWebhook(unsigned(form), UNSIGNED);
    assertObjectMatch(lifecycle!, {
      kind: "channel.lifecycle",
      channel: "c",
      name: "channel.closed",
      isActive: true,
      occupancy: METRICS,
    });
    const [occupancy] = await readWebhook(
      unsigned({ ...form, source: "channel.occupancy" }),
      UNSIGNED,
    );
    assertObjectMatch(occupancy!, { kind: "channel.occupancy", channel: "c", occupancy: METRICS });
  }
});

test("webhooks: reads bare messages with what their headers say", async () => {
  const request = raw("example", {
    "x-ably-message-name": "publish",
    "x-ably-message-client-id": "bob",
  });
  assertEquals(await readWebhook(request, UNSIGNED), [{
    kind: "message",
    channel: "my_channel",
    source: "channel.message",
    appId: "app1",
    ruleId: "rule1",
    site: "eu-west-1-A",
    timestamp: 1485914937909,
    message: {
      id: "vjzxPR-XK3:3:0",
      name: "publish",
      clientId: "bob",
      connectionId: "vjzxPR-XK3",
      timestamp: 1485914937909,
      data: "example",
      action: "message.create",
      version: { timestamp: 1485914937909 },
      annotations: { summary: {} },
    },
  }]);
});

test("webhooks: an invalid timestamp in a header is ignored", async () => {
  for (const value of ["abc", "", "-1", "1e3", "NaN", "1, 2"]) {
    const [event] = await readWebhook(raw("x", { "x-ably-message-timestamp": value }), UNSIGNED);
    assert(event?.kind === "message");
    const { timestamp, message } = event;
    assertEquals([timestamp, message.timestamp, message.version], [undefined, undefined, {}]);
  }
});

test("webhooks: reads bare payloads of every type", async () => {
  const cases: [string | Uint8Array<ArrayBuffer>, Record<string, string>, unknown][] = [
    ["text", { "content-type": "text/plain; charset=utf-8" }, "text"],
    ['{"a":1}', { "content-type": "text/plain" }, '{"a":1}'],
    ['{"a":1}', { "content-type": "application/json" }, { a: 1 }],
    ["[1]", { "content-type": "application/json", "x-ably-message-encoding": "json" }, [1]],
    [
      new Uint8Array([0, 255]),
      { "content-type": "application/octet-stream" },
      new Uint8Array([0, 255]),
    ],
  ];
  for (const [body, headers, data] of cases) {
    const [event] = await readWebhook(raw(body, headers), UNSIGNED);
    assert(event?.kind === "message");
    assertEquals(event.message.data, data);
  }
  const [empty] = await readWebhook(raw("", {}), UNSIGNED);
  assert(empty?.kind === "message");
  assertEquals(empty.message.data, undefined);
});

test("webhooks: reads bare presence messages, whichever header names the action", async () => {
  for (const header of ["x-ably-message-action", "x-ably-message-name"]) {
    const request = raw("some data", {
      "x-ably-envelope-source": "channel.presence",
      "x-ably-message-client-id": "bob",
      [header]: "enter",
    });
    const [event] = await readWebhook(request, UNSIGNED);
    assert(event?.kind === "presence");
    assertEquals(event.presence, {
      id: "vjzxPR-XK3:3:0",
      action: "enter",
      clientId: "bob",
      connectionId: "vjzxPR-XK3",
      timestamp: 1485914937909,
      data: "some data",
      memberKey: "vjzxPR-XK3:bob",
    });
  }
});

test("webhooks: reads bare lifecycle and occupancy events", async () => {
  const body = JSON.stringify({ status: LIFECYCLE_ITEM.data.status });
  for (const source of ["channel.lifecycle", "channel.occupancy"]) {
    const request = raw(body, {
      "content-type": "application/json",
      "x-ably-envelope-source": source,
      "x-ably-message-name": "channel.opened",
    });
    const [event] = await readWebhook(request, UNSIGNED);
    assertObjectMatch(event!, { kind: source, channel: "my_channel", occupancy: METRICS });
  }
});

test("webhooks: reads MessagePack where the codec is given", async () => {
  const item = {
    ...MESSAGE_ITEM,
    data: { channelId: "c", messages: [{ id: "1", data: new Uint8Array([1, 2]) }] },
  };
  const body = (msgpackCodec.encode({ items: [item, PRESENCE_ITEM] }) as Uint8Array<ArrayBuffer>)
    .slice();
  const headers = { ...await signature(body), "content-type": "application/x-msgpack" };
  const events = await readWebhook(requestOf(body, headers), { key: KEY, plugins });
  assert(events[0]?.kind === "message" && events[1]?.kind === "presence");
  assertEquals(events[0].message.data, new Uint8Array([1, 2]));
  for (const none of [undefined, null, {}, { msgpack: null }]) {
    const options = { key: KEY, plugins: none };
    const error = await refusal(() => readWebhook(requestOf(body, headers), options));
    assertEquals([error.code, error.statusCode], [40019, 400]);
    assertStringIncludes(error.remediation, "plugins");
  }
});

const KEY_256 = Uint8Array.from({ length: 32 }, (_, i) => i);
const KEY_128 = KEY_256.slice(0, 16);

async function encryptedItem(channelId: string, key: Uint8Array, data: unknown) {
  const cipher = new AesCbcCipher(getDefaultParams({ key }));
  const payload = await encodedPayload(data, undefined, { format: "json", cipher });
  return { ...MESSAGE_ITEM, data: { channelId, messages: [{ id: "1", ...payload }] } };
}

test("RSL6a: decrypts with one cipher, or with that of the channel", async () => {
  const items = [
    await encryptedItem("a", KEY_256, { n: 1 }),
    await encryptedItem("b", KEY_128, "two"),
  ];
  const one = await readWebhook(await signed({ items: [items[0]] }), {
    key: KEY,
    cipher: { key: KEY_256 },
  });
  assert(one[0]?.kind === "message");
  assertEquals([one[0].message.data, one[0].message.encoding], [{ n: 1 }, null]);
  const ciphers: Record<string, { key: Uint8Array }> = { a: { key: KEY_256 }, b: { key: KEY_128 } };
  const both = await readWebhook(await signed({ items: [...items, MESSAGE_ITEM] }), {
    key: KEY,
    cipher: (channel) => ciphers[channel],
  });
  const data = both.map((event) => event.kind === "message" && event.message.data);
  assertEquals(data, [{ n: 1 }, "two", "the message data"]);
});

test("RSL6b: delivers what it cannot decrypt as it is, and says why", async () => {
  const items = [await encryptedItem("a", KEY_256, "text"), MESSAGE_ITEM];
  const errors: ErrorInfo[] = [];
  const onError = (error: ErrorInfo) => errors.push(error);
  for (const cipher of [null, { key: KEY_128 }, () => null]) {
    const events = await readWebhook(await signed({ items }), { key: KEY, cipher, onError });
    assert(events[0]?.kind === "message" && events[1]?.kind === "message");
    assertEquals(events[0].message.encoding, "utf-8/cipher+aes-256-cbc");
    assert(events[0].message.data instanceof Uint8Array);
    assertEquals(events[1].message.data, "the message data");
  }
  assertEquals(errors.map(({ code }) => code), [40013, 40013, 40013]);
});

test("RSE1e: refuses a cipher that is not valid", async () => {
  const bad = { key: new Uint8Array(5) };
  for (const cipher of [bad, () => bad]) {
    const error = await refusal(async () =>
      readWebhook(await signed({ items: [MESSAGE_ITEM] }), { key: KEY, cipher })
    );
    assertEquals(error.code, 40003);
  }
});

test("webhooks: refuses what is not signed, in every form", async () => {
  const forms = [
    () => unsigned({ items: [MESSAGE_ITEM] }),
    () => unsigned(MESSAGE_ENVELOPE),
    () => raw("example", {}),
  ];
  for (const form of forms) {
    for (
      const options of [{ key: KEY }, { key: KEY, allowUnsigned: false }, {
        key: KEY,
        allowUnsigned: null,
      }]
    ) {
      const error = await refusal(() => readWebhook(form(), options));
      assertEquals([error.code, error.statusCode], [40100, 401]);
    }
    for (const options of [{ key: KEY, allowUnsigned: true }, UNSIGNED]) {
      assertEquals((await readWebhook(form(), options)).length, 1);
    }
  }
});

test("webhooks: verifies what is signed even where unsigned deliveries are allowed", async () => {
  const body = JSON.stringify({ items: [MESSAGE_ITEM] });
  const headers = await signature(body);
  const options = { key: KEY, allowUnsigned: true };
  assertEquals((await readWebhook(requestOf(body, headers), options)).length, 1);
  const error = await refusal(() => readWebhook(requestOf(body + " ", headers), options));
  assertEquals(error.code, 40101);
});

test("webhooks: headers around a signed body do not make another event of it", async () => {
  const body = JSON.stringify({ items: [MESSAGE_ITEM] });
  const headers = {
    ...await signature(body),
    "content-type": "text/plain",
    "x-ably-envelope-source": "channel.message",
    "x-ably-envelope-channel": "admin",
  };
  for (const options of [{ key: KEY }, { key: KEY, allowUnsigned: true }]) {
    const events = await readWebhook(requestOf(body, headers), options);
    assertEquals(events.map(({ channel }) => channel), ["my-channel-4"]);
  }
});

test("webhooks: refuses to work without a key", async () => {
  for (const options of [{}, { key: null }, { key: [] }, undefined]) {
    const error = await refusal(() =>
      readWebhook(unsigned({ items: [] }), options as WebhookOptions)
    );
    assertEquals([error.code, error.statusCode], [40003, 500]);
  }
  const error = await refusal(() => readWebhook(unsigned({ items: [] }), { key: "no key" }));
  assertEquals(error.code, 40005);
});

test("webhooks: says that something else than a delivery was passed", async () => {
  const headers = {};
  const others: unknown[] = [null, undefined, 5, "text", {}, { headers }, { body: "{}" }, {
    headers,
    body: { items: [] },
  }, { headers: null, body: "" }];
  for (const other of others) {
    const error = await refusal(() => readWebhook(other as Request, { key: KEY }));
    assertEquals([error.code, error.statusCode], [40001, 500], JSON.stringify(other));
  }
  for (const maxBodySize of [NaN, -1, "1 MiB"]) {
    const options = { key: KEY, maxBodySize: maxBodySize as number };
    const error = await refusal(() => readWebhook(unsigned({ items: [] }), options));
    assertEquals([error.code, error.statusCode], [40003, 500]);
  }
});

test("webhooks: refuses bodies that are no delivery", async () => {
  const bodies = [
    "",
    "{",
    "null",
    "[]",
    "5",
    '"text"',
    "{}",
    '{"items":5}',
    '{"source":5}',
    "x".repeat(9),
  ];
  for (const body of [...bodies, new Uint8Array([0xff, 0xfe]), "[".repeat(50_000)]) {
    const error = await refusal(async () => readWebhook(await signed(body), { key: KEY }));
    assertEquals([error.code, error.statusCode], [40001, 400], String(body).slice(0, 20));
  }
  const msgpack = { "content-type": "application/x-msgpack" };
  for (
    const body of [new Uint8Array(), new Uint8Array([0xc1]), new Uint8Array([0x81]), utf8("{}")]
  ) {
    const request = requestOf(body, { ...await signature(body), ...msgpack });
    const error = await refusal(() => readWebhook(request, { key: KEY, plugins }));
    assertEquals([error.code, error.statusCode], [40001, 400]);
  }
});

test("RSF1: hands on what it does not understand, without spoiling the rest", async () => {
  const odd: unknown[] = [
    null,
    5,
    {},
    { source: "channel.future", data: { channelId: "c", x: 1 } },
    { source: "channel.message" },
    { source: "channel.message", data: { channelId: "c" } },
    { source: "channel.message", data: { channelId: "c", messages: {} } },
    { source: "channel.presence", data: { messages: [{}] } },
    { source: "channel.occupancy", data: { channelId: "c", status: {} } },
    { source: "channel.lifecycle", data: { channelId: "c" } },
    { source: 7, data: 7 },
  ];
  const events = await readWebhook(await signed({ items: [...odd, MESSAGE_ITEM] }), { key: KEY });
  assertEquals(events.length, odd.length + 1);
  events.slice(0, -1).forEach((event, i) => {
    assert(event.kind === "unknown", JSON.stringify(event));
    assertEquals(event.data, odd[i]);
  });
  assertEquals(events.at(-1)!.kind, "message");
  const wires = [null, 5, { id: "good", annotations: null, version: null }, {
    id: "odd",
    timestamp: 1,
    version: 5,
  }];
  const mixed = { ...MESSAGE_ITEM, data: { channelId: "c", messages: wires } };
  const kinds = (await readWebhook(await signed({ items: [mixed] }), { key: KEY })).map((e) =>
    e.kind
  );
  assertEquals(kinds, ["unknown", "unknown", "message", "unknown"]);
});

test("RSF1: actions from the future are named unknown", async () => {
  const item = structuredClone(PRESENCE_ITEM);
  item.data.presence[0]!.action = 99;
  const [event] = await readWebhook(await signed({ items: [item] }), { key: KEY });
  assert(event?.kind === "presence");
  assertEquals(event.presence.action, "unknown");
});

test("webhooks: 5,000 mutated deliveries give events or the documented errors", async () => {
  const draw = seeded(2104);
  const batch = { items: [MESSAGE_ITEM, PRESENCE_ITEM, LIFECYCLE_ITEM, OCCUPANCY_ITEM] };
  const packed = (msgpackCodec.encode(batch) as Uint8Array<ArrayBuffer>).slice();
  const seeds: [Uint8Array<ArrayBuffer>, Record<string, string>][] = [
    [utf8(JSON.stringify(batch)), {}],
    [utf8(JSON.stringify(MESSAGE_ENVELOPE)), {}],
    [packed, { "content-type": "application/x-msgpack" }],
    [utf8('{"status":{}}'), {
      "x-ably-envelope-source": "channel.lifecycle",
      "x-ably-message-encoding": "json/utf-8/cipher+aes-128-cbc/base64",
    }],
  ];
  const options: WebhookOptions = {
    allowUnsigned: true,
    plugins,
    cipher: { key: KEY_128 },
    onError: () => {},
  };
  let refused = 0;
  for (let round = 0; round < 5000; round++) {
    const [seed, headers] = seeds[draw(seeds.length)]!;
    const body = seed.slice(0, draw(5) === 0 ? draw(seed.length) : seed.length);
    for (let count = draw(6); count > 0 && body.length > 0; count--) {
      body[draw(body.length)] = draw(256);
    }
    try {
      const events = await readWebhook({ headers, body }, options);
      assert(
        events.every(({ kind, channel }) => kind !== undefined && typeof channel === "string"),
      );
    } catch (error) {
      assert(error instanceof ErrorInfo && error.code === 40001, String(error));
      refused++;
    }
  }
  assert(refused > 500 && refused < 5000, `${refused} refused`);
});
