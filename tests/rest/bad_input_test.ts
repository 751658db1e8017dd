// Arguments of wrong types, as plain JavaScript may pass them.
// deno-lint-ignore-file no-explicit-any
import { ErrorInfo, Rest } from "../../mod.ts";
import { createService } from "../../src/testing/mod.ts";
import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
  test,
} from "../harness.ts";
import { type BadCall, failureOf, fakeRest, testBadInput } from "../support/rest_clients.ts";

const bad = (value: unknown) => value as any;
const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;

const NOT_TEXT = [5, true, {}, [], () => {}];
const NOT_A_LIMIT = [0, -1, 1001, 1.5, NaN, Infinity, "ten", true];

function each(values: readonly unknown[], make: (value: unknown) => BadCall): BadCall[] {
  return values.map((value, index) => {
    const call = make(value);
    return { ...call, what: `${call.what}, value ${index} (${typeof value})` };
  });
}

testBadInput("RSN3: channels.get refuses what is no name and no options", [
  ...each([undefined, null, 5, {}, ["a"]], (name) => ({
    what: "name",
    code: 40010,
    call: (rest) => rest.channels.get(bad(name)),
  })),
  ...each([5, "text", true, []], (options) => ({
    what: "options",
    code: 40003,
    call: (rest) => rest.channels.get("c", bad(options)),
  })),
  ...each([
    "key",
    5,
    [],
    {},
    { key: "" },
    { key: "AAAA" },
    { key: new Uint8Array(5) },
    {
      key: new Uint8Array(16),
      keyLength: 256,
    },
    { key: new Uint8Array(16), algorithm: "des" },
    {
      key: new Uint8Array(16),
      mode: "ecb",
    },
  ], (cipher) => ({
    what: "cipher",
    code: 40003,
    call: (rest) => rest.channels.get("c", { cipher: bad(cipher) }),
  })),
  ...each([undefined, 5, []], (options) => ({
    what: "setOptions",
    code: 40003,
    call: (rest) => rest.channels.get("c").setOptions(bad(options)),
  })),
]);

testBadInput("RSL1, RSL11, RSH1b: nothing that URLs take for another path is part of one", [
  ...each([".", "..", "\ud800"], (text) => ({
    what: "channel",
    code: 40010,
    call: (rest) => rest.channels.get(bad(text)).publish("n", "d"),
  })),
  ...each([".", "..", "\ud800"], (text) => ({
    what: "serial",
    code: 40003,
    call: (rest) => rest.channels.get("c").updateMessage({ serial: bad(text) }),
  })),
  ...each([".", "..", "\ud800"], (text) => ({
    what: "device",
    code: 40003,
    call: (rest) => rest.push.admin.deviceRegistrations.remove(bad(text)),
  })),
]);

testBadInput("RSL1, RSC16, RSL8: a signal is one", [
  ...each(["text", 5, {}, () => {}], (signal) => ({
    what: "signal of time",
    code: 40003,
    call: (rest) => rest.time({ signal: bad(signal) }),
  })),
  ...each(["text", 5, {}, () => {}], (signal) => ({
    what: "signal of status",
    code: 40003,
    call: (rest) => rest.channels.get("c").status({ signal: bad(signal) }),
  })),
  ...each([{}, [], () => {}], (signal) => ({
    what: "signal among params",
    code: 40003,
    call: (rest) => rest.channels.get("c").publish("n", "d", { signal: bad(signal) }),
  })),
]);

const TAKING_OPTIONS: Record<string, (rest: Rest, callback: any) => unknown> = {
  "time": (rest, callback) => rest.time(callback),
  "stats": (rest, callback) => rest.stats(callback),
  "request": (rest, callback) => rest.request("GET", "/time", 3, callback),
  "batchPublish": (rest, callback) =>
    rest.batchPublish({ channels: ["c"], messages: [{ name: "n" }] }, callback),
  "batchPresence": (rest, callback) => rest.batchPresence(["c"], callback),
  "listNames": (rest, callback) => rest.channels.listNames(callback),
  "publish, after the data": (rest, callback) => rest.channels.get("c").publish("n", "d", callback),
  "publish, after a message": (rest, callback) =>
    rest.channels.get("c").publish({ name: "n" }, callback),
  "history": (rest, callback) => rest.channels.get("c").history(callback),
  "status": (rest, callback) => rest.channels.get("c").status(callback),
  "getMessage": (rest, callback) => rest.channels.get("c").getMessage("s", callback),
  "getMessageVersions": (rest, callback) =>
    rest.channels.get("c").getMessageVersions("s", callback),
  "updateMessage": (rest, callback) =>
    rest.channels.get("c").updateMessage({ serial: "s" }, null, callback),
  "presence.get": (rest, callback) => rest.channels.get("c").presence.get(callback),
  "presence.history": (rest, callback) => rest.channels.get("c").presence.history(callback),
  "annotations.publish": (rest, callback) =>
    rest.channels.get("c").annotations.publish("s", { type: "x:flag.v1" }, callback),
  "annotations.get": (rest, callback) => rest.channels.get("c").annotations.get("s", callback),
  "push.listSubscriptions": (rest, callback) =>
    rest.channels.get("c").push.listSubscriptions(callback),
  "devices.save": ({ push }, callback) =>
    push.admin.deviceRegistrations.save(
      { id: "i", platform: "ios", formFactor: "tv", push: { recipient: {} } } as any,
      callback,
    ),
  "devices.get": ({ push }, callback) => push.admin.deviceRegistrations.get("i", callback),
  "devices.remove": ({ push }, callback) => push.admin.deviceRegistrations.remove("i", callback),
  "devices.removeWhere": ({ push }, callback) =>
    push.admin.deviceRegistrations.removeWhere(callback),
  "subscriptions.save": ({ push }, callback) =>
    push.admin.channelSubscriptions.save({ channel: "c", clientId: "a" }, callback),
  "subscriptions.remove": ({ push }, callback) =>
    push.admin.channelSubscriptions.remove({ channel: "c", clientId: "a" }, callback),
  "subscriptions.listChannels": ({ push }, callback) =>
    push.admin.channelSubscriptions.listChannels(callback),
};

testBadInput(
  "RSC16, RSL1, RSL2: a callback where options belong is refused",
  Object.entries(TAKING_OPTIONS).map(([what, call]) => ({
    what,
    code: 40025,
    call: (rest) => call(rest, () => {}),
  })),
);

test("RSC16, RSL1, RSL2: what is refused for its options rejects, and does not throw", async () => {
  for (const [what, call] of Object.entries(TAKING_OPTIONS)) {
    const { rest } = fakeRest();
    const refused = call(rest, () => {});
    assertInstanceOf(refused, Promise, what);
    await assertRejects(() => refused, ErrorInfo);
  }
});

test("TG4, TG5: a callback where options belong is refused by pages", async () => {
  await using service = createService();
  const page = await new Rest(service.options()).channels.get("c").history();
  for (const relation of ["next", "first", "current"] as const) {
    const error = await failureOf(() => page[relation](bad(() => {})), relation);
    assertEquals([error.code, error.statusCode], [40025, 400]);
  }
});

test("RSL2b3: what is wrong with a limit says what is wanted", async () => {
  const { rest } = fakeRest();
  for (
    const [limit, found] of [["one", "string"], [1.5, "1.5"], [1001, "1001"], [true, "boolean"]]
  ) {
    const error = await failureOf(() => rest.channels.get("c").history({ limit: bad(limit) }));
    assertStringIncludes(
      error.message,
      `"limit" must be a whole number from 1 to 1000, got ${found}`,
    );
  }
  const error = await failureOf(() => rest.push.admin.channelSubscriptions.list({ limit: 0 }));
  assertStringIncludes(error.message, '"limit" must be a whole number from 1, got 0');
});

testBadInput("RSC8: what cannot be encoded is not sent", [
  ...each([cyclic, { a: 5n }, { a: cyclic }], (value) => ({
    what: "body",
    code: 40003,
    call: (rest) => rest.request("POST", "/x", 3, null, bad(value)),
  })),
  ...each([cyclic, { a: 5n }], (value) => ({
    what: "payload of a push notification",
    code: 40003,
    call: (rest) => rest.push.admin.publish({ clientId: "ann" }, bad(value)),
  })),
  ...each([cyclic, { a: 5n }], (value) => ({
    what: "metadata of an operation",
    code: 40003,
    call: (rest) => rest.channels.get("c").updateMessage({ serial: "s" }, { metadata: bad(value) }),
  })),
  ...each([cyclic, { a: 5n }], (version) => ({
    what: "version",
    code: 40003,
    call: (rest) => rest.channels.get("c").publish(bad({ version })),
  })),
]);

testBadInput("RSL1, RSL4a: publish refuses what cannot be sent", [
  ...each([5, true, () => {}, 5n, Symbol("s")], (message) => ({
    what: "the only argument",
    code: 40013,
    call: (rest) => rest.channels.get("c").publish(bad(message)),
  })),
  ...each([5, true, () => {}, 5n, Symbol("s"), cyclic, { a: 5n }], (data) => ({
    what: "data",
    code: 40013,
    call: (rest) => rest.channels.get("c").publish("n", bad(data)),
  })),
  ...each([5, false, cyclic], (data) => ({
    what: "data of one of several messages",
    code: 40013,
    call: (rest) => rest.channels.get("c").publish([{ data: "fine" }, { data: bad(data) }]),
  })),
  ...each([5, "text", null, undefined, []], (message) => ({
    what: "one of several messages",
    code: 40013,
    call: (rest) => rest.channels.get("c").publish([{ name: "fine" }, bad(message)]),
  })),
  {
    what: "no messages",
    code: 40003,
    call: (rest) => rest.channels.get("c").publish([]),
  },
  ...["name", "id", "clientId", "connectionId", "connectionKey", "encoding"].flatMap((attribute) =>
    each(NOT_TEXT, (value) => ({
      what: attribute,
      code: 40003,
      call: (rest) => rest.channels.get("c").publish(bad({ [attribute]: value })),
    }))
  ),
  ...each(["text", 5, [], new Uint8Array(1), cyclic, { a: 5n }], (extras) => ({
    what: "extras",
    code: 40003,
    call: (rest) => rest.channels.get("c").publish(bad({ extras })),
  })),
  ...each([5, "text", [], { a: {} }, { a: NaN }, { a: [] }, { a: () => {} }], (params) => ({
    what: "params",
    code: 40003,
    call: (rest) => rest.channels.get("c").publish({ name: "n" }, bad(params)),
  })),
  {
    what: "too large",
    code: 40009,
    call: (rest) => rest.channels.get("c").publish("n", "x".repeat(65_536)),
  },
]);

const RANGES: [string, (params: any) => BadCall["call"]][] = [
  ["history", (params) => (rest) => rest.channels.get("c").history(params)],
  ["presence.history", (params) => (rest) => rest.channels.get("c").presence.history(params)],
  ["stats", (params) => (rest) => rest.stats(params)],
];
for (const [name, make] of RANGES) {
  testBadInput(`RSL2b, RSP4b, RSC6b: ${name} refuses parameters out of range`, [
    ...each([5, "text", []], (params) => ({
      what: "params",
      code: 40003,
      call: make(params),
    })),
    ...each(NOT_A_LIMIT, (limit) => ({ what: "limit", code: 40003, call: make({ limit }) })),
    ...each(["up", "FORWARDS", 5, true], (direction) => ({
      what: "direction",
      code: 40003,
      call: make({ direction }),
    })),
    ...["start", "end"].flatMap((bound) =>
      each(["2026-01-01", NaN, Infinity, true, {}, new Date(NaN)], (value) => ({
        what: bound,
        code: 40003,
        call: make({ [bound]: value }),
      }))
    ),
    { what: "start after end", code: 40003, call: make({ start: 2, end: 1 }) },
    { what: "Date after number", code: 40003, call: make({ start: new Date(2), end: 1 }) },
  ]);
}

testBadInput("RSC6b4: stats refuses other units", [
  ...each(["year", "", 5, {}], (unit) => ({
    what: "unit",
    code: 40003,
    call: (rest) => rest.stats({ unit: bad(unit) }),
  })),
]);

testBadInput("RSP3a: presence.get refuses parameters out of range", [
  ...each(NOT_A_LIMIT, (limit) => ({
    what: "limit",
    code: 40003,
    call: (rest) => rest.channels.get("c").presence.get({ limit: bad(limit) }),
  })),
  ...each([{}, []], (clientId) => ({
    what: "clientId",
    code: 40003,
    call: (rest) => rest.channels.get("c").presence.get({ clientId: bad(clientId) }),
  })),
]);

const NO_SERIAL = [undefined, null, "", 5, true, {}, { serial: "" }, { serial: 5 }, []];
const OF_A_MESSAGE: [string, (message: any) => BadCall["call"]][] = [
  ["getMessage", (message) => (rest) => rest.channels.get("c").getMessage(message)],
  ["getMessageVersions", (message) => (rest) => rest.channels.get("c").getMessageVersions(message)],
  ["updateMessage", (message) => (rest) => rest.channels.get("c").updateMessage(message)],
  ["deleteMessage", (message) => (rest) => rest.channels.get("c").deleteMessage(message)],
  ["appendMessage", (message) => (rest) => rest.channels.get("c").appendMessage(message)],
  [
    "annotations.publish",
    (message) => (rest) => rest.channels.get("c").annotations.publish(message, { type: "t" }),
  ],
  [
    "annotations.delete",
    (message) => (rest) => rest.channels.get("c").annotations.delete(message, { type: "t" }),
  ],
  ["annotations.get", (message) => (rest) => rest.channels.get("c").annotations.get(message)],
];
for (const [name, make] of OF_A_MESSAGE) {
  testBadInput(`RSL11a1, RSL15a, RSAN1a: ${name} refuses what has no serial`, [
    ...each(NO_SERIAL, (message) => ({ what: "message", code: 40003, call: make(message) })),
  ]);
}

testBadInput("RSL15: changes refuse what cannot be sent", [
  ...each([5, cyclic], (data) => ({
    what: "data",
    code: 40013,
    call: (rest) => rest.channels.get("c").updateMessage({ serial: "s", data: bad(data) }),
  })),
  ...each([5, "why", [], { clientId: 5 }, { description: {} }, { metadata: "m" }], (operation) => ({
    what: "operation",
    code: 40003,
    call: (rest) => rest.channels.get("c").deleteMessage({ serial: "s" }, bad(operation)),
  })),
  ...each([5, { a: {} }], (params) => ({
    what: "params",
    code: 40003,
    call: (rest) => rest.channels.get("c").appendMessage({ serial: "s" }, null, bad(params)),
  })),
  {
    what: "a serial instead of a message",
    code: 40013,
    call: (rest) => rest.channels.get("c").updateMessage(bad("serial")),
  },
  {
    what: "too large",
    code: 40009,
    call: (rest) => rest.channels.get("c").updateMessage({ serial: "s", data: "x".repeat(65_537) }),
  },
]);

testBadInput("RSAN1a3: annotations need a type, and attributes of the right types", [
  ...each(
    [undefined, null, 5, "text", [], {}, { type: "" }, { type: 5 }, { name: "n" }],
    (value) => ({
      what: "annotation",
      code: 40003,
      call: (rest) => rest.channels.get("c").annotations.publish("s", bad(value)),
    }),
  ),
  ...each([{ name: 5 }, { clientId: {} }, { id: 5 }, { count: 1.5 }, { count: "1" }, {
    extras: "text",
  }], (value) => ({
    what: "annotation",
    code: 40003,
    call: (rest) => rest.channels.get("c").annotations.delete("s", { type: "t", ...bad(value) }),
  })),
  ...each([5, cyclic], (data) => ({
    what: "data",
    code: 40013,
    call: (rest) => rest.channels.get("c").annotations.publish("s", { type: "t", data: bad(data) }),
  })),
  ...each(NOT_A_LIMIT, (limit) => ({
    what: "limit",
    code: 40003,
    call: (rest) => rest.channels.get("c").annotations.get("s", { limit: bad(limit) }),
  })),
]);

testBadInput("RSC22: batchPublish refuses specs that say nothing", [
  ...each([undefined, null, 5, "text", [], [null], {}], (spec) => ({
    what: "spec",
    code: 40003,
    call: (rest) => rest.batchPublish(bad(spec)),
  })),
  ...each([undefined, null, 5, [], {}], (channels) => ({
    what: "channels",
    code: 40003,
    call: (rest) => rest.batchPublish({ channels: bad(channels), messages: [{}] }),
  })),
  ...each(["", [""], [5], ["a", null]], (channels) => ({
    what: "channels",
    code: 40010,
    call: (rest) => rest.batchPublish({ channels: bad(channels), messages: [{}] }),
  })),
  ...each([undefined, null, 5, [], "text"], (messages) => ({
    what: "messages",
    code: 40003,
    call: (rest) => rest.batchPublish({ channels: ["c"], messages: bad(messages) }),
  })),
  ...each([[5], [null], [{ data: 5 }], [{ data: cyclic }]].slice(0, 3), (messages) => ({
    what: "messages",
    code: 40013,
    call: (rest) => rest.batchPublish({ channels: ["c"], messages: bad(messages) }),
  })),
  {
    what: "cyclic data",
    code: 40013,
    call: (rest) => rest.batchPublish({ channels: ["c"], messages: [{ data: cyclic }] }),
  },
  {
    what: "too large",
    code: 40009,
    call: (rest) =>
      rest.batchPublish([{ channels: ["c"], messages: [{ data: "x".repeat(65_537) }] }]),
  },
  {
    what: "a body that is too large as a whole",
    code: 40009,
    call: (rest) =>
      rest.batchPublish(Array.from({ length: 9 }, () => ({
        channels: ["c"],
        messages: [{ data: "x".repeat(65_000) }],
      }))),
  },
]);

testBadInput("RSC24: batchPresence refuses what are no channel names", [
  ...each([undefined, null, "c", 5, {}, []], (channels) => ({
    what: "channels",
    code: 40003,
    call: (rest) => rest.batchPresence(bad(channels)),
  })),
  ...each([[""], [5], ["a,b"]], (channels) => ({
    what: "channels",
    code: 40010,
    call: (rest) => rest.batchPresence(bad(channels)),
  })),
]);

testBadInput("RSC19: request refuses arguments that make no request", [
  ...each(["", "FETCH", "GET ", undefined, 5], (method) => ({
    what: "method",
    code: 40500,
    statusCode: 405,
    call: (rest) => rest.request(bad(method), "/x", 3),
  })),
  ...each(["", "x", "https://other.example/x", undefined, 5], (path) => ({
    what: "path",
    code: 40003,
    call: (rest) => rest.request("GET", bad(path), 3),
  })),
  ...each(["three", 1.5, NaN, {}], (version) => ({
    what: "version",
    code: 40003,
    call: (rest) => rest.request("GET", "/x", bad(version)),
  })),
  ...each(["text", 5, new Uint8Array(1), true], (body) => ({
    what: "body",
    code: 40003,
    call: (rest) => rest.request("POST", "/x", 3, null, bad(body)),
  })),
  {
    what: "a body for GET",
    code: 40003,
    call: (rest) => rest.request("GET", "/x", 3, null, {}),
  },
  ...each([5, "text", { a: {} }], (params) => ({
    what: "params",
    code: 40003,
    call: (rest) => rest.request("GET", "/x", 3, bad(params)),
  })),
  ...each(["/a#b", "/#"], (path) => ({
    what: "path with a fragment",
    code: 40003,
    call: (rest) => rest.request("GET", bad(path), 3),
  })),
  ...each([5, "text", [], { "a b": "c" }, { a: "b\nc" }, { a: "€" }], (headers) => ({
    what: "headers",
    code: 40003,
    call: (rest) => rest.request("GET", "/x", 3, null, null, bad(headers)),
  })),
]);

testBadInput("RSH1, PCS5: push refuses what is empty or contradicts itself", [
  ...each([undefined, null, {}, [], "ann", 5], (recipient) => ({
    what: "recipient",
    code: 40003,
    call: (rest) => rest.push.admin.publish(bad(recipient), { data: {} }),
  })),
  ...each([undefined, null, {}, [], "text"], (payload) => ({
    what: "payload",
    code: 40003,
    call: (rest) => rest.push.admin.publish({ clientId: "ann" }, bad(payload)),
  })),
  ...each([undefined, null, "id", {}, { id: "" }, { id: 5, push: {} }, { id: "d" }], (device) => ({
    what: "device",
    code: 40003,
    call: (rest) => rest.push.admin.deviceRegistrations.save(bad(device)),
  })),
  ...each([undefined, null, "", {}, 5], (device) => ({
    what: "device",
    code: 40003,
    call: (rest) => rest.push.admin.deviceRegistrations.get(bad(device)),
  })),
  ...each([undefined, null, "", {}, 5], (device) => ({
    what: "device",
    code: 40003,
    call: (rest) => rest.push.admin.deviceRegistrations.remove(bad(device)),
  })),
  ...each([undefined, null, {}, { clientId: null }, { clientId: "" }, 5], (params) => ({
    what: "filter",
    code: 40003,
    call: (rest) => rest.push.admin.deviceRegistrations.removeWhere(bad(params)),
  })),
  ...each([undefined, {}, { channel: null }], (params) => ({
    what: "filter",
    code: 40003,
    call: (rest) => rest.push.admin.channelSubscriptions.removeWhere(bad(params)),
  })),
  ...each([undefined, "c", { channel: "c" }, { channel: "c", clientId: "a", deviceId: "d" }, {
    channel: "c",
    clientId: "",
  }, { channel: "c", deviceId: 5 }], (subscription) => ({
    what: "subscription",
    code: 40003,
    call: (rest) => rest.push.admin.channelSubscriptions.save(bad(subscription)),
  })),
  ...each([undefined, "c", {}, { channel: "", clientId: "a" }, {
    channel: "c",
    clientId: "a",
    deviceId: "d",
  }], (subscription) => ({
    what: "subscription",
    code: 40003,
    call: (rest) => rest.push.admin.channelSubscriptions.remove(bad(subscription)),
  })),
  ...each([0, "five", 1.5], (limit) => ({
    what: "limit",
    code: 40003,
    call: (rest) => rest.push.admin.channelSubscriptions.list({ limit: bad(limit) }),
  })),
  {
    what: "subscribeClient without a clientId",
    code: 40012,
    call: (rest) => rest.channels.get("c").push.subscribeClient(),
  },
  {
    what: "unsubscribeClient without a clientId",
    code: 40012,
    call: (rest) => rest.channels.get("c").push.unsubscribeClient(),
  },
]);

testBadInput("RSN, RSC26: lists of channels, and the options of a wrapper SDK", [
  ...each(NOT_A_LIMIT, (limit) => ({
    what: "limit",
    code: 40003,
    call: (rest) => rest.channels.listNames({ limit: bad(limit) }),
  })),
  ...each([undefined, null, 5], (options) => ({
    what: "options",
    code: 40003,
    call: (rest) => rest.createWrapperSDKProxy(bad(options)),
  })),
]);
