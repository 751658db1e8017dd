import { type ClientOptions, Realtime, type RealtimeChannel } from "../../mod.ts";
import { Action } from "../../src/protocol/actions.ts";
import type { ProtocolMessage } from "../../src/protocol/protocol_message.ts";
import { FakeClock } from "../../src/testing/clock/fake_clock.ts";
import { type Frame, Rig } from "../support/realtime_rig.ts";
import { ScriptedNetwork } from "../support/scripted_network.ts";
import { fakeFetch, json, KEY } from "../support/fake_service.ts";
import { type Call, ended, ENDING, testCalls } from "./support/calls.ts";
import type { Plain } from "./support/odd_objects.ts";

const MESSAGE_VALUES = {
  name: "placed",
  data: { order: 7 },
  id: "id-1",
  clientId: "jim",
  extras: { a: 1 },
  serial: "s1",
};
const JSON_DATA = { order: 7, items: [1, 2], at: new Date(0) };
const ANNOTATION = { type: "reaction:multiple.v1", name: "👍", count: 2, data: { a: 1 } };
const OPTIONS = {
  params: { rewind: "1" },
  modes: ["subscribe", "publish"],
  attachOnSubscribe: false,
};
const FREE_PARAMS = { first: "1", second: 2 };

/** The answer of the service to a frame. */
function answer(frame: ProtocolMessage): Frame[] {
  const { action, channel, msgSerial } = frame;
  if (action === Action.Attach) {
    return [{ action: Action.Attached, channel, flags: 0xfffffff & ~1, channelSerial: "serial-0" }];
  }
  if (action === Action.Detach) return [{ action: Action.Detached, channel }];
  if (msgSerial === undefined) return [];
  return [{ action: Action.Ack, msgSerial, count: 1, res: [{ serials: ["s1"] }] }];
}

/** A call of a channel that is attached, seen by the frames and requests that it leads to, and by its result. */
function channel(
  name: string,
  given: Plain,
  call: (channel: RealtimeChannel, given: never, rig: Rig) => unknown,
  { isHttp, ...more }: Partial<Call> & { isHttp?: boolean } = {},
): Call {
  return {
    name: `realtime ${name}`,
    given,
    ready: async () => {
      const network = fakeFetch(() => json([]));
      const rig = new Rig({ clientId: "jim", fetch: network.fetch });
      rig.answer = answer;
      await rig.accept();
      const channel = rig.client.channels.get("c");
      const attaching = channel.attach();
      await rig.settle();
      await attaching;
      const before = rig.sent().length;
      return async (given: never) => {
        try {
          const made = call(channel, given, rig);
          const result = isHttp ? await made : await settled(made, rig);
          const requests = network.seen.map(({ url }) => (url.searchParams.sort(), url.href));
          return [result, rig.sent().slice(before), requests];
        } finally {
          await rig[Symbol.asyncDispose]();
        }
      };
    },
    ...more,
  };
}

async function settled(result: unknown, rig: Rig): Promise<unknown> {
  let isOver = false;
  const done = Promise.resolve(result).finally(() => isOver = true);
  done.catch(() => {});
  for (let i = 0; i < 20 && !isOver; i++) await rig.settle();
  return isOver ? await done : "pending";
}

function ending(
  name: string,
  call: (channel: RealtimeChannel, options: never, rig: Rig) => Promise<unknown>,
): Call {
  return channel(
    `${name}, ending it`,
    ENDING,
    (channel, options, rig) => ended(call(channel, options, rig)),
  );
}

const open = { isOpen: true };
const payload = { isOpen: true, isJson: true };
const message = (data: string, name = "a") => ({
  action: Action.Message,
  channel: "c",
  id: "m",
  messages: [{ id: `m:${data}`, name, clientId: "jim", data }],
});

testCalls([
  channel("publish(message)", MESSAGE_VALUES, (channel, given) => channel.publish(given), {}),
  channel("publish([message])", MESSAGE_VALUES, (channel, given) => channel.publish([given]), {}),
  channel("publish(name, data)", JSON_DATA, (channel, data) => channel.publish("a", data), payload),
  channel(
    "publish({ extras })",
    { a: 1, b: { c: 2 } },
    (channel, extras) => channel.publish({ extras }),
    payload,
  ),
  channel(
    "publish(…, params)",
    FREE_PARAMS,
    (channel, params) => channel.publish("a", "b", params),
    open,
  ),
  channel(
    "updateMessage(message)",
    MESSAGE_VALUES,
    (channel, given) => channel.updateMessage(given),
  ),
  channel(
    "deleteMessage(message)",
    MESSAGE_VALUES,
    (channel, given) => channel.deleteMessage(given),
  ),
  channel(
    "appendMessage(message)",
    MESSAGE_VALUES,
    (channel, given) => channel.appendMessage(given),
  ),
  channel(
    "updateMessage(message, operation)",
    { description: "d", metadata: { a: "b" } },
    (channel, operation) => channel.updateMessage({ serial: "s1" }, operation),
  ),
  channel(
    "annotations.publish(message, annotation)",
    ANNOTATION,
    (channel, given) => channel.annotations.publish("s1", given),
  ),
  channel(
    "annotations.delete(message, annotation)",
    ANNOTATION,
    (channel, given) => channel.annotations.delete("s1", given),
  ),
  channel(
    "annotations.get(message, params)",
    { limit: 5 },
    (channel, params) => channel.annotations.get("s1", params),
    { isHttp: true },
  ),
  channel(
    "presence.enter(data)",
    JSON_DATA,
    (channel, data) => channel.presence.enter(data),
    payload,
  ),
  channel(
    "presence.update(data)",
    JSON_DATA,
    (channel, data) => channel.presence.update(data),
    payload,
  ),
  channel(
    "presence.leave(data)",
    JSON_DATA,
    (channel, data) => channel.presence.leave(data),
    payload,
  ),
  channel(
    "presence.enter(data, extras)",
    { a: 1, b: { c: 2 } },
    (channel, extras) => channel.presence.enter("x", extras),
    payload,
  ),
  channel(
    "presence.enterClient(clientId, data)",
    JSON_DATA,
    (channel, data) => channel.presence.enterClient("jim", data),
    payload,
  ),
  channel(
    "presence.leave(), with what was told before",
    JSON_DATA,
    (channel, data) => {
      const entering = channel.presence.enter(data);
      return entering.then(() => channel.presence.leave());
    },
    payload,
  ),
  channel(
    "history(params)",
    { limit: 5, direction: "forwards", untilAttach: true },
    (channel, params) => channel.history(params),
    { isHttp: true },
  ),
  channel(
    "presence.history(params)",
    { limit: 5, untilAttach: true },
    (channel, params) => channel.presence.history(params),
    { isHttp: true },
  ),
  channel("setOptions(options)", OPTIONS, (channel, options) => channel.setOptions(options)),
  channel(
    "setOptions({ params })",
    { rewind: "1", delta: "vcdiff" },
    (channel, params) => channel.setOptions({ params }),
    open,
  ),
  channel("channels.get(name, options)", OPTIONS, (_channel, options, rig) => {
    const other = rig.client.channels.get("other", options);
    return other.attach().then(() => undefined);
  }),
  channel(
    "channels.getDerived(name, derive)",
    { filter: "name == `a`" },
    (_channel, derive, rig) => {
      return rig.client.channels.getDerived("other", derive).attach().then(() => undefined);
    },
  ),
  channel("channels.getDerived(name, derive, options)", OPTIONS, (_channel, options, rig) => {
    const derived = rig.client.channels.getDerived("other", { filter: "name == `a`" }, options);
    return derived.attach().then(() => derived.name);
  }),
  channel(
    "presence.get(params)",
    { clientId: "ann", waitForSync: false },
    async (channel, params, rig) => {
      const presence = ["ann", "bob"].map((clientId, i) => ({
        action: 2,
        clientId,
        connectionId: `c${i}`,
        id: `c${i}:0:0`,
        timestamp: 1,
      }));
      const getting = channel.presence.get(params);
      await rig.receive({ action: Action.Presence, channel: "c", presence });
      return [await getting, await channel.presence.get({ clientId: "bob" })].map(({ length }) =>
        length
      );
    },
  ),
  channel(
    "subscribe(filter, listener)",
    { name: "a", clientId: "jim" },
    async (channel, filter, rig) => {
      const got: unknown[] = [];
      const subscribed = channel.subscribe(filter, ({ data }) => void got.push(data));
      await subscribed;
      await rig.receive(message("1"), message("2", "b"));
      return got;
    },
  ),
  channel("messages(filter)", { name: "a", clientId: "jim" }, async (channel, filter, rig) => {
    const messages = channel.messages(filter);
    await rig.receive(message("1", "b"), message("2"));
    const { value } = await messages.next();
    await messages.return!();
    return value.data;
  }),
  channel(
    "messages(null, options)",
    { bufferLimit: 1, onOverflow: "drop-oldest" },
    async (channel, options, rig) => {
      const messages = channel.messages(null, options);
      await rig.receive(message("1"), message("2"));
      const { value } = await messages.next();
      await messages.return!();
      return value.data;
    },
  ),
  ending("channel.attach(options)", (channel, options) => channel.attach(options)),
  ending("channel.detach(options)", (channel, options) => channel.detach(options)),
  ending(
    "channel.whenState(state, options)",
    (channel, options) => channel.whenState("failed", options),
  ),
  ending("channel.publish(…, params)", (channel, params) => channel.publish("a", "b", params)),
  ending(
    "channel.annotations.publish(…, options)",
    (channel, options) => channel.annotations.publish("s", { type: "a:b.v1" }, options),
  ),
  ending("channel.presence.get(params)", (channel, params) => channel.presence.get(params)),
  ending(
    "connection.ping(options)",
    (_channel, options, rig) => rig.client.connection.ping(options),
  ),
  ending(
    "connection.whenState(state, options)",
    (_channel, options, rig) => rig.client.connection.whenState("failed", options),
  ),
  channel("channels.getDerived(…, { params })", FREE_PARAMS, (_channel, params, rig) => {
    const derived = rig.client.channels.getDerived("other", { filter: "a" }, { params });
    return derived.attach().then(() => derived.name);
  }, open),
  channel("unsubscribe(filter)", { name: "b" }, async (channel, filter, rig) => {
    const got: unknown[] = [];
    const listener = ({ data }: { data?: unknown }) => void got.push(data);
    await Promise.all([
      channel.subscribe({ name: "a" }, listener),
      channel.subscribe({ name: "b" }, listener),
    ]);
    channel.unsubscribe(filter);
    await rig.receive(message("1"), message("2", "b"));
    return got;
  }, { isLate: true }),
]);

/** A client that is made with options, seen by the URL that it connects to. */
function made(name: string, given: Plain, optionsOf: (given: never) => ClientOptions): Call {
  return {
    name: `new Realtime(${name})`,
    given,
    ready: () => async (given: never) => {
      const network = new ScriptedNetwork();
      const own = { WebSocket: network.WebSocket, clock: new FakeClock(), logHandler: () => {} };
      const client = new Realtime(beside(optionsOf(given), own));
      for (let i = 0; i < 50 && network.lines.length === 0; i++) await Promise.resolve();
      const url = new URL(network.last.url);
      url.searchParams.sort();
      void client.close();
      return url.href;
    },
  };
}

/** An object of the same kind, with a few more members. */
function beside<T extends object>(given: T, more: Plain): T {
  if (typeof given !== "object") return given;
  return new Proxy(given, {
    has: (target, name) => Reflect.has(target, name),
    get: (target, name) =>
      Object.hasOwn(more, name) ? more[name as string] : Reflect.get(target, name),
  });
}

const CLIENT_OPTIONS = {
  key: KEY,
  clientId: "jim",
  endpoint: "rt.example.com",
  echoMessages: false,
  useBinaryProtocol: false,
  transportParams: { a: "1" },
};

testCalls([
  made("options", CLIENT_OPTIONS, (options) => options),
  {
    ...made(
      "{ transportParams }",
      FREE_PARAMS,
      (transportParams) => ({ key: KEY, transportParams }),
    ),
    isOpen: true,
  },
]);
