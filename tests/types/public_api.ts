/**
 * The types that a user sees. Nothing is run: every line has to compile, those after `@ts-expect-error` must not.
 *
 * @module
 */
import {
  Crypto,
  ErrorCode,
  ErrorInfo,
  type InboundMessage,
  Message,
  Realtime,
  Rest,
  type RestClient,
} from "@ably-edge/sdk";
import type {
  Annotation,
  BatchPresenceResult,
  BatchPublishResult,
  Channel,
  ChannelMode,
  Channels,
  ChannelStateChange,
  ConnectionEvent,
  ConnectionStateChange,
  EventEmitter,
  HttpPaginatedResponse,
  InboundPresenceMessage,
  messageCallback,
  MessageExtras,
  OutboundAnnotation,
  PaginatedResult,
  RealtimeChannel,
  ResolvedChannelMode,
  Stats,
  TokenDetails,
  TokenRequest,
} from "@ably-edge/sdk";
import { msgpackCodec } from "@ably-edge/sdk/msgpack";
import { Realtime as SmallRealtime } from "@ably-edge/sdk/realtime";
import { Rest as SmallRest } from "@ably-edge/sdk/rest";

/** Compiles only if both types are the same. */
function same<Found, Wanted>(
  _: (<T>() => T extends Found ? 1 : 2) extends (<T>() => T extends Wanted ? 1 : 2) ? true : never,
): void {}

/** The options and the ways to make a client. */
export function construction(): void {
  new Rest("appId.keyId:secret");
  new Rest({ key: "appId.keyId:secret", clientId: null, endpoint: "main", tls: true });
  new Realtime({
    authUrl: "/token",
    authMethod: "POST",
    authHeaders: { a: "b" },
    autoConnect: false,
  });
  new Realtime({ authCallback: (_params, callback) => callback(null, "token") });
  new Realtime({ authCallback: async ({ clientId }) => `token of ${clientId}` });
  new Realtime({ authCallback: async (_params, callback) => callback(null, "token") });
  new Realtime({
    authCallback: (_params, callback) => fetch("/token").then(() => callback(null, "token")),
  });
  new Realtime({ token: { token: "t" } as TokenDetails });
  new Rest({ token: {} as TokenRequest });
  new SmallRest({ key: "k", plugins: { msgpack: msgpackCodec } });
  new SmallRealtime({
    key: "k",
    transportParams: { heartbeatInterval: 15_000, remainPresentFor: 1 },
  });
  // @ts-expect-error: There has to be a way to authenticate.
  new Rest();
  // @ts-expect-error: Misspelt.
  new Rest({ kee: "" });
  // @ts-expect-error: A number is no key.
  new Rest({ key: 1 });
}

/** The calls of a REST client. */
export async function rest(client: Rest): Promise<void> {
  same<typeof client.time, RestClient["time"]>(true);
  const either: RestClient = client;
  same<typeof either.channels, typeof client.channels>(true);
  const channels: Channels<Channel> = client.channels;
  for (const { name } of channels) same<typeof name, string>(true);
  const time = await client.time();
  same<typeof time, number>(true);
  const stats = await client.stats({ unit: "hour", limit: 10 });
  same<typeof stats, PaginatedResult<Stats>>(true);
  for await (const { intervalId } of stats) same<typeof intervalId, string>(true);
  const response = await client.request<{ id: string }>("get", "/x", 3, { a: "b" }, null, {
    c: "d",
  });
  same<typeof response, HttpPaginatedResponse<{ id: string }>>(true);
  const one = await client.batchPublish({ channels: ["a"], messages: [{ name: "n" }] });
  const many = await client.batchPublish([{ channels: ["a"], messages: [{ name: "n" }] }]);
  same<typeof one, BatchPublishResult>(true);
  same<typeof many, BatchPublishResult[]>(true);
  const present = await client.batchPresence(["a"]);
  same<typeof present, BatchPresenceResult>(true);

  const token = await client.auth.requestToken({ capability: { a: ["subscribe"] }, ttl: 1000 });
  same<typeof token, TokenDetails>(true);
  await client.auth.createTokenRequest({ capability: '{"*":["*"]}' });
  await client.auth.revokeTokens([{ type: "clientId", value: "x" }], { allowReauthMargin: true });

  const channel = client.channels.get("c", { cipher: { key: await Crypto.generateRandomKey() } });
  const { serials } = await channel.publish("event", { data: 1 });
  same<typeof serials, (string | null)[]>(true);
  await channel.publish({ name: "event", extras: { headers: { a: "b" } } });
  await channel.publish([{ name: "a" }, { data: new Uint8Array(1) }], { quickAck: "true" });
  const history = await channel.history({ direction: "forwards", start: new Date(), limit: 5 });
  same<typeof history, PaginatedResult<InboundMessage>>(true);
  same<typeof history.items[0]["data"], unknown>(true);
  const next = await history.next();
  same<typeof next, PaginatedResult<InboundMessage> | null>(true);
  // @ts-expect-error: There is no such direction.
  await channel.history({ direction: "sideways" });
  // @ts-expect-error: The data of a message may be anything, and has to be narrowed before use.
  history.items[0]!.data.text;

  const { versionSerial } = await channel.updateMessage({ serial: "s", data: 1 }, {
    description: "",
  });
  same<typeof versionSerial, string | null>(true);
  await channel.deleteMessage({ serial: "s" });
  await channel.appendMessage({ serial: "s", data: "more" });
  await channel.annotations.publish("serial", { type: "reaction:distinct.v1", name: "👍" });
  // @ts-expect-error: An annotation has a type.
  await channel.annotations.publish("serial", { name: "👍" });
  await client.push.admin.publish({ clientId: "x" }, { notification: { title: "t", body: "b" } });
  await using closing = client;
  same<typeof closing, Rest>(true);
}

/** The calls of a realtime client. */
export async function realtime(client: Realtime): Promise<void> {
  client.connection.on(({ current, previous, reason, retryIn }) => {
    same<typeof current, typeof previous>(true);
    same<typeof reason, ErrorInfo | undefined>(true);
    same<typeof retryIn, number | undefined>(true);
  });
  client.connection.on(["failed", "suspended"], () => {});
  // @ts-expect-error: There is no such event.
  client.connection.on("broken", () => {});
  const change = await client.connection.once("connected");
  same<typeof change, ConnectionStateChange>(true);
  same<typeof client.connection.id, string | undefined>(true);
  same<typeof client.connection.errorReason, ErrorInfo | null>(true);
  const ping = await client.connection.ping({ signal: AbortSignal.timeout(1000) });
  same<typeof ping, number>(true);

  const channel = client.channels.get("c", {
    params: { rewind: "1" },
    modes: ["SUBSCRIBE", "publish"],
  });
  same<typeof channel.modes, readonly ResolvedChannelMode[]>(true);
  const modes: ChannelMode[] = ["PUBLISH", ...channel.modes];
  await channel.setOptions({ modes });
  const channels: Channels<RealtimeChannel> = client.channels;
  same<typeof channels.all, Record<string, RealtimeChannel>>(true);
  const emitter: EventEmitter<
    (change: ConnectionStateChange) => void,
    ConnectionStateChange,
    ConnectionEvent
  > = client.connection;
  emitter.once("connected").then(({ current }) => current);
  const attached = await channel.attach();
  same<typeof attached, ChannelStateChange | null>(true);
  await channel.subscribe((message) => same<typeof message, InboundMessage>(true));
  await channel.subscribe("event", () => {});
  await channel.subscribe(["a", "b"], () => {});
  await channel.subscribe({ isRef: false }, () => {});
  channel.unsubscribe("event");
  for await (const message of channel.messages(null, { signal: AbortSignal.timeout(1000) })) {
    same<typeof message, InboundMessage>(true);
  }
  for await (const { name } of channel.messages("event")) same<typeof name, "event">(true);
  await channel.history({ untilAttach: true });
  await channel.presence.subscribe(["enter", "leave"], (member) => {
    same<typeof member, InboundPresenceMessage>(true);
  });
  await channel.presence.enter({ mood: "glad" });
  const members = await channel.presence.get({ waitForSync: false });
  same<typeof members, InboundPresenceMessage[]>(true);
  // @ts-expect-error: There is no such action.
  await channel.presence.subscribe("arrive", () => {});
  await client.close();
}

interface Orders {
  placed: { id: number };
  cancelled: { id: number; reason: string };
}

/** Channels whose events have types. */
export async function typedChannels(client: Realtime): Promise<void> {
  const channel = client.channels.get<Orders>("orders");
  await channel.publish("placed", { id: 1 });
  // @ts-expect-error: A part is missing.
  await channel.publish("cancelled", { id: 1 });
  // @ts-expect-error: There is no such event.
  await channel.publish("lost", { id: 1 });
  await channel.subscribe("cancelled", ({ data }) => same<typeof data, Orders["cancelled"]>(true));
  await channel.subscribe(({ name, data }) => {
    if (name === "cancelled") same<typeof data.reason, string>(true);
  });
}

/** Channels of which only the data has a type, and those that take any data, as those of `ably`. */
export async function wildcards(client: Realtime, rest: Rest): Promise<void> {
  const channel = client.channels.get<Record<string, { foo: number }>>("foos");
  await channel.subscribe(({ data }) => same<typeof data, { foo: number }>(true));
  await channel.subscribe("event", ({ data }) => same<typeof data, { foo: number }>(true));
  for await (const { data } of channel.messages()) same<typeof data.foo, number>(true);
  await channel.publish("event", { foo: 1 });
  await channel.publish({ name: "event", data: { foo: 1 } });
  // @ts-expect-error: Of another type.
  await channel.publish({ name: "event", data: { foo: "1" } });
  const foos = rest.channels.get<Record<string, { foo: number }>>("foos");
  for await (const { data } of await foos.history()) same<typeof data, { foo: number }>(true);

  // deno-lint-ignore no-explicit-any
  const loose = client.channels.get<Record<string, any>>("any");
  await loose.subscribe((message) => message.data.foo.bar);
  await loose.subscribe("event", (message) => message.data.foo.bar);
  for await (const { data } of loose.messages()) data.foo.bar;
  await loose.publish("event", 1);
  await loose.publish({ data: { foo: 1 } });
  // deno-lint-ignore no-explicit-any
  const looser = rest.channels.get<any>("any");
  for await (const { data } of await looser.history()) data.foo.bar;
  const plain: RealtimeChannel = loose;
  await plain.subscribe((message) => same<typeof message, InboundMessage>(true));
}

/** Members of received items that are never null. */
export function received(
  message: InboundMessage,
  member: InboundPresenceMessage,
  annotation: Annotation,
): void {
  same<typeof annotation.name, string | undefined>(true);
  same<typeof annotation.clientId, string | undefined>(true);
  same<typeof annotation.count, number | undefined>(true);
  const again: OutboundAnnotation = { ...annotation, type: "x:flag.v1", name: null, extras: null };
  Rest.Annotation.fromValues({ ...annotation, type: again.type });
  same<typeof message.name, string | undefined>(true);
  same<typeof message.clientId, string | undefined>(true);
  same<typeof message.connectionId, string | undefined>(true);
  same<typeof message.extras, MessageExtras | undefined>(true);
  same<typeof member.extras, MessageExtras | undefined>(true);
  if (message.extras?.headers?.x === "y") message.extras?.ref?.timeserial.length;
  const extras: Record<string, unknown> | undefined = message.extras;
  const outbound: Message = message;
  const listener: messageCallback<InboundMessage> = ({ id }) => id.length;
  listener({ ...message, extras: { ...extras, own: outbound } });
}

/** Errors and what is made without a client. */
export async function others(error: unknown): Promise<void> {
  if (error instanceof ErrorInfo) {
    same<typeof error.code, number>(true);
    same<typeof error.remediation, string>(true);
    if (error.code === ErrorCode.InvalidCredential) throw error;
    same<typeof error.cause, ErrorInfo | Error | undefined>(true);
    const reason = error.cause instanceof ErrorInfo ? error.cause.code : error.cause?.message;
    same<typeof reason, string | number | undefined>(true);
  }
  const message = await Message.fromEncoded({ name: "x" }, { cipher: { key: new Uint8Array(16) } });
  same<typeof message, InboundMessage>(true);
  Rest.Message.fromValues({ name: "x" });
  Realtime.Crypto.getDefaultParams({ key: "AAAAAAAAAAAAAAAAAAAAAA==" });
}
