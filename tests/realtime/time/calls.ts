import type { Realtime, RealtimeChannel } from "../../../mod.ts";

/** The client and the channel of a call. */
export interface Place {
  readonly client: Realtime;
  readonly channel: RealtimeChannel;
  /** The signal of the calls that take one. */
  readonly signal: AbortSignal;
}

type Call = (place: Place) => Promise<unknown>;

const SERIAL = { serial: "01@serial" };
const LIKE = { type: "like", name: "x" };

/** Calls that wait for the connection. Those that sign with a key are left out: a fake clock does not control their crypto. */
export const CALLS: Record<string, Call> = {
  "channel.attach": ({ channel, signal }) => channel.attach({ signal }),
  "channel.detach": ({ channel, signal }) => channel.detach({ signal }),
  "channel.setOptions": ({ channel }) => channel.setOptions({ params: { rewind: "1" } }),
  "channel.subscribe": ({ channel }) => channel.subscribe(() => {}),
  "channel.publish": ({ channel, signal }) => channel.publish("a", "b", { signal }),
  "channel.updateMessage": ({ channel }) => channel.updateMessage({ ...SERIAL, data: "b" }),
  "channel.deleteMessage": ({ channel }) => channel.deleteMessage(SERIAL),
  "channel.appendMessage": ({ channel }) => channel.appendMessage({ ...SERIAL, data: "b" }),
  "presence.enter": ({ channel }) => channel.presence.enter("x"),
  "presence.update": ({ channel }) => channel.presence.update("x"),
  "presence.leave": ({ channel }) => channel.presence.leave("x"),
  "presence.enterClient": ({ channel }) => channel.presence.enterClient("me", "x"),
  "presence.updateClient": ({ channel }) => channel.presence.updateClient("me", "x"),
  "presence.leaveClient": ({ channel }) => channel.presence.leaveClient("me", "x"),
  "presence.get": ({ channel, signal }) => channel.presence.get({ signal }),
  "presence.subscribe": ({ channel }) => channel.presence.subscribe(() => {}),
  "annotations.publish": ({ channel, signal }) =>
    channel.annotations.publish(SERIAL.serial, LIKE, { signal }),
  "annotations.delete": ({ channel }) => channel.annotations.delete(SERIAL.serial, LIKE),
  "annotations.subscribe": ({ channel }) => channel.annotations.subscribe(() => {}),
  "channels.release": ({ client }) => client.channels.release("c"),
  "connection.ping": ({ client, signal }) => client.connection.ping({ signal }),
  "connection.close": ({ client }) => client.connection.close(),
  "client.close": ({ client, signal }) => client.close({ signal }),
  "client.connect": ({ client, signal }) => client.connect({ signal }),
  "auth.authorize": ({ client }) => client.auth.authorize(),
};

/** Calls that wait for an HTTP response. */
export const REQUESTS: Record<string, Call> = {
  "channel.history": ({ channel, signal }) => channel.history({ signal }),
  "channel.status": ({ channel, signal }) => channel.status({ signal }),
  "channel.getMessage": ({ channel }) => channel.getMessage(SERIAL),
  "channel.getMessageVersions": ({ channel }) => channel.getMessageVersions(SERIAL),
  "presence.history": ({ channel }) => channel.presence.history(),
  "annotations.get": ({ channel }) => channel.annotations.get(SERIAL.serial),
  "channel.push.subscribeClient": ({ channel }) => channel.push.subscribeClient(),
  "channel.push.unsubscribeClient": ({ channel }) => channel.push.unsubscribeClient(),
  "channel.push.listSubscriptions": ({ channel }) => channel.push.listSubscriptions(),
  "auth.requestToken": ({ client }) => client.auth.requestToken(),
  "client.time": ({ client, signal }) => client.time({ signal }),
  "client.stats": ({ client }) => client.stats(),
  "client.request": ({ client }) => client.request("get", "/channels", 3),
  "client.batchPublish": ({ client }) =>
    client.batchPublish({ channels: ["c"], messages: [{ data: "x" }] }),
  "client.batchPresence": ({ client }) => client.batchPresence(["c"]),
  "push.admin.publish": ({ client }) =>
    client.push.admin.publish({ clientId: "me" }, { notification: { title: "t" } }),
  "push.admin.deviceRegistrations.list": ({ client }) =>
    client.push.admin.deviceRegistrations.list({}),
  "push.admin.channelSubscriptions.list": ({ client }) =>
    client.push.admin.channelSubscriptions.list({}),
  "push.admin.channelSubscriptions.listChannels": ({ client }) =>
    client.push.admin.channelSubscriptions.listChannels({}),
};

/** Calls that wait for an event that may not occur. Their signal ends them. */
export const WAITS: Record<string, Call> = {
  "channel.whenState": ({ channel, signal }) => channel.whenState("failed", { signal }),
  "connection.whenState": ({ client, signal }) => client.connection.whenState("failed", { signal }),
  "channel.messages().next": ({ channel, signal }) => channel.messages(null, { signal }).next(),
  "presence.events().next": ({ channel, signal }) =>
    channel.presence.events(null, { signal }).next(),
  "annotations.events().next": ({ channel, signal }) =>
    channel.annotations.events(null, { signal }).next(),
};
