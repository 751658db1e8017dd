import { type ClientOptions, Rest, type RestChannel } from "../../mod.ts";
import { bodyOf, fakeRest } from "../support/rest_clients.ts";
import { type Answer, fakeFetch, json, KEY, type SeenRequest } from "../support/fake_service.ts";
import { FakeClock } from "../../src/testing/clock/fake_clock.ts";
import { type Call, ended, ENDING, testCalls } from "./support/calls.ts";
import type { Plain } from "./support/odd_objects.ts";

const MESSAGE_VALUES = {
  name: "placed",
  data: { order: 7 },
  id: "id-1",
  clientId: "jim",
  extras: { headers: { a: 1 } },
  encoding: "",
  serial: "s1",
};
const RANGE = { start: 1_000, end: new Date(2_000), direction: "forwards", limit: 7 };
const FREE_PARAMS = { first: "1", second: 2, third: true };
const JSON_DATA = { order: 7, items: [1, 2], at: new Date(0) };
const ANNOTATION = { type: "reaction:multiple.v1", name: "👍", count: 2, data: { a: 1 } };
const OPERATION = { clientId: "jim", description: "a reason", metadata: { a: "b" } };
const RECIPIENT = { transportType: "fcm", registrationToken: "t" };
const DEVICE = {
  id: "d1",
  clientId: "jim",
  formFactor: "phone",
  platform: "ios",
  metadata: { a: 1 },
  push: { recipient: RECIPIENT, state: "ACTIVE" },
  deviceSecret: "x",
};
const SUBSCRIPTION = { channel: "c", clientId: "jim" };

const answers: Answer = ({ url, method }) => {
  if (url.pathname.endsWith("/requestToken")) return json({ token: "t", issued: 1, expires: 9e15 });
  if (url.pathname === "/time") return json([5]);
  if (method === "GET") return json(url.pathname === "/channels/c" ? { channelId: "c" } : []);
  if (url.pathname === "/messages") return json([{ results: [] }]);
  return json({ serials: ["s1"], results: [] });
};

function shown(request: SeenRequest | undefined): unknown {
  if (request === undefined) return "nothing was sent";
  const { method, url, headers, body } = request;
  url.searchParams.sort();
  const { mac: _mac, ...sent } = (body ? bodyOf(request) : {}) as Plain;
  const { "user-agent": _agent, ...others } = Object.fromEntries(headers);
  const content = Array.isArray(body && bodyOf(request)) ? bodyOf(request) : sent;
  return [method, decodeURIComponent(url.href), others, content];
}

const FIXED: ClientOptions = {
  clock: new FakeClock(),
  random: { bytes: (length) => new Uint8Array(length).fill(7), number: () => 0.5 },
  clientId: "jim",
};

/** A call of a client, seen by the last request that it leads to. */
function rest(
  name: string,
  given: Plain,
  call: (rest: Rest, given: never) => unknown,
  more: Partial<Call> = {},
): Call {
  return {
    name,
    given,
    ready: () => async (given: never) => {
      const { rest, network } = fakeRest(answers, FIXED);
      const result = await call(rest, given);
      return network.seen.length > 0 ? shown(network.seen.at(-1)) : result;
    },
    ...more,
  };
}

/** A call of a channel. */
function channel(
  name: string,
  given: Plain,
  call: (channel: RestChannel, given: never) => unknown,
  more: Partial<Call> = {},
): Call {
  return rest(`channel.${name}`, given, (rest, given) => call(rest.channels.get("c"), given), more);
}

/** A call with options that end it. */
function ending(name: string, call: (rest: Rest, options: never) => Promise<unknown>): Call {
  return {
    name: `${name}, ending it`,
    given: ENDING,
    ready: () => (options: never) => ended(call(fakeRest(answers, FIXED).rest, options)),
  };
}

const open = { isOpen: true };
const payload = { isOpen: true, isJson: true };

testCalls([
  rest("stats(params)", { ...RANGE, unit: "hour" }, (rest, params) => rest.stats(params)),
  rest(
    "request(…, params)",
    FREE_PARAMS,
    (rest, params) => rest.request("GET", "/x", 3, params),
    open,
  ),
  rest(
    "request(…, headers)",
    { "x-a": "1", "x-b": "2" },
    (rest, headers) => rest.request("GET", "/x", 3, null, null, headers),
    open,
  ),
  rest(
    "request(…, body)",
    JSON_DATA,
    (rest, body) => rest.request("POST", "/x", 3, null, body),
    payload,
  ),
  rest(
    "batchPublish(spec)",
    { channels: ["a", "b"], messages: [MESSAGE_VALUES] },
    (rest, spec) => rest.batchPublish(spec),
  ),
  rest(
    "batchPublish({ messages: [message] })",
    MESSAGE_VALUES,
    (rest, message) => rest.batchPublish({ channels: ["a"], messages: [message] }),
  ),
  rest(
    "channels.listNames(params)",
    { limit: 5, prefix: "a" },
    (rest, params) => rest.channels.listNames(params),
  ),
  rest(
    "channels.listDetails(params)",
    { limit: 5, prefix: "a" },
    (rest, params) => rest.channels.listNames(params),
  ),
  rest(
    "channels.get(name, options)",
    { cipher: { key: new Uint8Array(16) } },
    (rest, options) => rest.channels.get("c", options).publish("a", "b"),
  ),
  rest(
    "channels.get(name, { cipher })",
    { key: new Uint8Array(32), keyLength: 256, algorithm: "AES", mode: "cbc" },
    (rest, cipher) => rest.channels.get("c", { cipher }).publish("a", "b"),
  ),
  rest(
    "channel.setOptions(options)",
    { cipher: { key: new Uint8Array(16) } },
    async (rest, options) => {
      const channel = rest.channels.get("c");
      await Promise.all([channel.setOptions(options)]);
      return await channel.publish("a", "b");
    },
  ),
  rest(
    "createWrapperSDKProxy(options)",
    { agents: { sdk: "1.2" } },
    (rest, options) => rest.createWrapperSDKProxy(options).request("GET", "/x", 3),
  ),
  rest(
    "createWrapperSDKProxy({ agents })",
    { sdk: "1.2", other: "3" },
    (rest, agents) => rest.createWrapperSDKProxy({ agents }).request("GET", "/x", 3),
    open,
  ),
  channel("publish(message)", MESSAGE_VALUES, (channel, message) => channel.publish(message), {}),
  channel(
    "publish([message])",
    MESSAGE_VALUES,
    (channel, message) => channel.publish([message, { name: "b" }]),
    {},
  ),
  channel("publish(name, data)", JSON_DATA, (channel, data) => channel.publish("a", data), payload),
  channel("publish({ data })", JSON_DATA, (channel, data) => channel.publish({ data }), payload),
  channel(
    "publish({ extras })",
    { headers: { a: 1 }, push: { b: 2 } },
    (channel, extras) => channel.publish({ extras }),
    payload,
  ),
  channel(
    "publish(…, params)",
    FREE_PARAMS,
    (channel, params) => channel.publish("a", "b", params),
    open,
  ),
  channel("history(params)", RANGE, (channel, params) => channel.history(params)),
  channel(
    "getMessage(message)",
    { serial: "s1" },
    (channel, message) => channel.getMessageVersions(message),
  ),
  channel(
    "getMessageVersions(message, params)",
    FREE_PARAMS,
    (channel, params) => channel.getMessageVersions("s1", params),
    open,
  ),
  channel(
    "updateMessage(message)",
    MESSAGE_VALUES,
    (channel, message) => channel.updateMessage(message),
  ),
  channel(
    "deleteMessage(message)",
    MESSAGE_VALUES,
    (channel, message) => channel.deleteMessage(message),
  ),
  channel(
    "appendMessage(message)",
    MESSAGE_VALUES,
    (channel, message) => channel.appendMessage(message),
  ),
  channel(
    "updateMessage(message, operation)",
    OPERATION,
    (channel, operation) => channel.updateMessage({ serial: "s1" }, operation),
  ),
  channel(
    "updateMessage(message, { metadata })",
    { a: "b", c: "d" },
    (channel, metadata) => channel.updateMessage({ serial: "s1" }, { metadata }),
    payload,
  ),
  channel(
    "updateMessage(message, null, params)",
    FREE_PARAMS,
    (channel, params) => channel.updateMessage({ serial: "s1" }, null, params),
    open,
  ),
  channel(
    "presence.get(params)",
    { limit: 5, clientId: "a", connectionId: "b" },
    (channel, params) => channel.presence.get(params),
  ),
  channel("presence.history(params)", RANGE, (channel, params) => channel.presence.history(params)),
  channel(
    "annotations.publish(message, annotation)",
    ANNOTATION,
    (channel, annotation) => channel.annotations.publish("s1", annotation),
  ),
  channel(
    "annotations.delete(message, annotation)",
    ANNOTATION,
    (channel, annotation) => channel.annotations.delete("s1", annotation),
  ),
  channel(
    "annotations.publish(message)",
    { serial: "s1" },
    (channel, message) => channel.annotations.publish(message, { type: "a:b.v1" }),
  ),
  channel(
    "annotations.publish(…, { data })",
    JSON_DATA,
    (channel, data) => channel.annotations.publish("s1", { type: "a:b.v1", data }),
    payload,
  ),
  channel(
    "annotations.publish(…, { extras })",
    { headers: { a: 1 }, other: { b: 1 } },
    (channel, extras) => channel.annotations.publish("s1", { type: "a:b.v1", extras }),
    payload,
  ),
  channel(
    "annotations.get(message, params)",
    { limit: 5 },
    (channel, params) => channel.annotations.get("s1", params),
  ),
  channel(
    "push.listSubscriptions(params)",
    { limit: 5, deviceId: "d" },
    (channel, params) => channel.push.listSubscriptions(params),
  ),
  rest(
    "push.admin.publish(recipient)",
    RECIPIENT,
    (rest, recipient) => rest.push.admin.publish(recipient, { data: { a: 1 } }),
    payload,
  ),
  rest(
    "push.admin.publish(…, payload)",
    { notification: { title: "a" }, data: { b: 1 } },
    (rest, payload) => rest.push.admin.publish(RECIPIENT, payload),
    payload,
  ),
  rest(
    "deviceRegistrations.save(device)",
    DEVICE,
    (rest, device) => rest.push.admin.deviceRegistrations.save(device),
  ),
  rest(
    "deviceRegistrations.save({ push })",
    { recipient: RECIPIENT, state: "ACTIVE" },
    (rest, push) => rest.push.admin.deviceRegistrations.save({ ...DEVICE, push } as never),
  ),
  rest(
    "deviceRegistrations.get(device)",
    { id: "d1" },
    (rest, device) => rest.push.admin.deviceRegistrations.get(device),
  ),
  rest(
    "deviceRegistrations.remove(device)",
    { id: "d1" },
    (rest, device) => rest.push.admin.deviceRegistrations.remove(device),
  ),
  rest(
    "deviceRegistrations.list(params)",
    { deviceId: "d", clientId: "c", state: "ACTIVE", limit: 5 },
    (rest, params) => rest.push.admin.deviceRegistrations.list(params),
  ),
  rest(
    "deviceRegistrations.removeWhere(params)",
    { deviceId: "d", clientId: "c" },
    (rest, params) => rest.push.admin.deviceRegistrations.removeWhere(params),
  ),
  rest(
    "channelSubscriptions.save(subscription)",
    SUBSCRIPTION,
    (rest, given) => rest.push.admin.channelSubscriptions.save(given),
  ),
  rest(
    "channelSubscriptions.remove(subscription)",
    SUBSCRIPTION,
    (rest, given) => rest.push.admin.channelSubscriptions.remove(given),
  ),
  rest(
    "channelSubscriptions.list(params)",
    { channel: "c", deviceId: "d", concatFilters: true, limit: 5 },
    (rest, params) => rest.push.admin.channelSubscriptions.list(params),
  ),
  rest(
    "channelSubscriptions.removeWhere(params)",
    { channel: "c", deviceId: "d" },
    (rest, params) => rest.push.admin.channelSubscriptions.removeWhere(params),
  ),
  rest(
    "channelSubscriptions.listChannels(params)",
    { limit: 5 },
    (rest, params) => rest.push.admin.channelSubscriptions.listChannels(params),
  ),
  ending("time(options)", (rest, options) => rest.time(options)),
  ending("stats(params)", (rest, options) => rest.stats(options)),
  ending("request(…, params)", (rest, options) => rest.request("GET", "/x", 3, options)),
  ending(
    "batchPublish(spec, options)",
    (rest, options) => rest.batchPublish({ channels: ["a"], messages: [{}] }, options),
  ),
  ending("batchPresence(channels, options)", (rest, options) => rest.batchPresence(["a"], options)),
  ending(
    "channel.publish(…, params)",
    (rest, options) => rest.channels.get("c").publish("a", "b", options),
  ),
  ending("channel.status(options)", (rest, options) => rest.channels.get("c").status(options)),
  ending("channel.history(params)", (rest, options) => rest.channels.get("c").history(options)),
  ending(
    "channel.getMessage(message, options)",
    (rest, options) => rest.channels.get("c").getMessage("s1", options),
  ),
  ending(
    "channel.annotations.publish(…, options)",
    (rest, options) =>
      rest.channels.get("c").annotations.publish("s1", { type: "a:b.v1" }, options),
  ),
  ending(
    "channel.push.subscribeClient(options)",
    (rest, options) => rest.channels.get("c").push.subscribeClient(options),
  ),
  ending(
    "channel.push.unsubscribeClient(options)",
    (rest, options) => rest.channels.get("c").push.unsubscribeClient(options),
  ),
  ending(
    "push.admin.publish(…, options)",
    (rest, options) => rest.push.admin.publish({ clientId: "a" }, { data: {} }, options),
  ),
  ending(
    "deviceRegistrations.save(device, options)",
    (rest, options) => rest.push.admin.deviceRegistrations.save(DEVICE as never, options),
  ),
  ending(
    "deviceRegistrations.get(id, options)",
    (rest, options) => rest.push.admin.deviceRegistrations.get("d", options),
  ),
  ending(
    "channelSubscriptions.save(…, options)",
    (rest, options) => rest.push.admin.channelSubscriptions.save(SUBSCRIPTION, options),
  ),
]);

/** A client that is made with options, seen by a request. */
function made(
  name: string,
  given: Plain,
  optionsOf: (given: never) => ClientOptions,
  more: Partial<Call> = {},
): Call {
  return {
    name,
    given,
    ready: () => async (given: never) => {
      const network = fakeFetch(answers);
      const options = optionsOf(given);
      const rest = new Rest(
        name === "new Rest(options)" ? options : { fetch: network.fetch, ...options },
      );
      await rest.channels.get("c").publish("a", { b: 1 });
      const [first] = name === "new Rest(options)" ? SEEN : network.seen;
      SEEN.length = 0;
      return shown(first);
    },
    ...more,
  };
}

const SEEN: SeenRequest[] = [];
const recording: typeof fetch = (input, init) => {
  const network = fakeFetch(answers);
  return network.fetch(input, init).finally(() => SEEN.push(...network.seen));
};

testCalls([
  made(
    "new Rest(options)",
    {
      key: KEY,
      clientId: "jim",
      endpoint: "rest.example.com",
      tlsPort: 444,
      useBinaryProtocol: false,
      useTokenAuth: true,
      defaultTokenParams: { ttl: 60_000, nonce: "x" },
      agents: { sdk: "1" },
      fetch: recording,
      logLevel: "none",
      ...FIXED,
    },
    (options) => options,
  ),
  made(
    "new Rest({ defaultTokenParams })",
    { ttl: 60_000, capability: { lobby: ["subscribe"] }, clientId: "ann" },
    (defaultTokenParams) => ({
      key: KEY,
      ...FIXED,
      clientId: null,
      useTokenAuth: true,
      useBinaryProtocol: false,
      defaultTokenParams,
    }),
  ),
  made(
    "new Rest({ agents })",
    { sdk: "1", other: "2" },
    (agents) => ({ key: KEY, ...FIXED, agents }),
    open,
  ),
  made(
    "new Rest({ plugins })",
    {
      msgpack: {
        mediaType: "application/json",
        contentType: "application/json",
        format: "json",
        encode: () => new Uint8Array([123, 125]),
        decode: () => [],
      },
    },
    (plugins) => ({ key: KEY, ...FIXED, plugins }),
  ),
]);
