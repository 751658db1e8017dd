import { msgpackCodec } from "../../protocol/msgpack_codec.ts";
import type { Grant } from "../auth/grant.ts";
import type { ObjectState } from "../objects/wire_operation.ts";
import type { AppRegistry } from "./app_registry.ts";
import type { AppSetup } from "./app_setup.ts";
import type { Channel } from "./channel.ts";
import type { StoredAnnotation, StoredMessage, StoredPresence } from "./channel_event.ts";
import { removeMembers } from "./member_changes.ts";
import type { PushDevice, PushSubscription } from "./push_store.ts";
import type { AblyApp } from "./ably_app.ts";

/** The time that the members in a snapshot stay present if their connections do not return, in milliseconds. */
const LINGER = 15_000;
const VERSION = 1;

type TokenSnapshot = Omit<Grant, "key"> & { keyId: string; token: string };

interface ChannelSnapshot {
  name: string;
  messages: StoredMessage[][];
  annotations: StoredAnnotation[];
  members: StoredPresence[];
  presenceHistory: StoredPresence[];
  objects: ObjectState[];
}

interface AppSnapshot {
  setup: AppSetup;
  tokens: TokenSnapshot[];
  devices: PushDevice[];
  subscriptions: PushSubscription[];
  channels: ChannelSnapshot[];
}

interface Snapshot {
  version: number;
  apps: AppSnapshot[];
}

/**
 * The lasting state of a service's apps, in bytes: keys, tokens, messages, presence, annotations, objects, devices.
 * Connections are not kept.
 */
export function takeSnapshot(apps: AppRegistry): Uint8Array<ArrayBuffer> {
  const snapshot: Snapshot = { version: VERSION, apps: apps.values().map(appSnapshot) };
  return msgpackCodec.encode(snapshot) as Uint8Array<ArrayBuffer>;
}

/**
 * Makes the apps of a snapshot.
 *
 * @throws {TypeError} If it is not a snapshot.
 */
export function restoreSnapshot(apps: AppRegistry, bytes: Uint8Array<ArrayBuffer>): void {
  const snapshot = readSnapshot(bytes);
  for (const { setup, tokens, devices, subscriptions, channels } of snapshot.apps) {
    const app = apps.create({ ...setup, channels: [] });
    app.setup.channels.push(...setup.channels);
    for (const { keyId, ...token } of tokens) {
      const key = app.keys.get(keyId);
      if (key !== undefined) app.tokens.restore({ ...token, key });
    }
    for (const device of devices) app.push.save(device);
    for (const subscription of subscriptions) app.push.subscribe(subscription);
    for (const channel of channels) restoreChannel(app, channel);
  }
}

function readSnapshot(bytes: Uint8Array<ArrayBuffer>): Snapshot {
  try {
    const snapshot = msgpackCodec.decode(bytes) as Snapshot;
    if (snapshot.version === VERSION && Array.isArray(snapshot.apps)) return snapshot;
  } catch {
    // Reported below.
  }
  throw new TypeError("The snapshot cannot be read: it is damaged, or of another version");
}

function appSnapshot(app: AblyApp): AppSnapshot {
  const { id, setup, keys, tokens, push, channels } = app;
  return {
    setup: {
      ...setup,
      id,
      keys: [...keys.values()].map(({ id, secret, grants, revocableTokens, privileged }) => ({
        id,
        secret,
        capability: grants,
        revocableTokens,
        privileged,
      })),
    },
    tokens: tokens.all().map(({ key, ...token }) => ({ ...token, keyId: key.id } as TokenSnapshot)),
    devices: push.devices(),
    subscriptions: push.subscriptions(),
    channels: [...channels.values()].map((channel) => channelSnapshot(channel)),
  };
}

function channelSnapshot(channel: Channel): ChannelSnapshot {
  const { name, messages, annotations, presence, objects, clock } = channel;
  return {
    name,
    messages: messages.history().map((versions) => [...versions]),
    annotations: annotations.all(),
    members: presence.members(),
    presenceHistory: [...presence.history(clock.now())],
    objects: objects.states(),
  };
}

function restoreChannel(app: AblyApp, snapshot: ChannelSnapshot): void {
  const { name, messages, annotations, members, presenceHistory, objects } = snapshot;
  const channel = app.channel(name);
  for (const versions of messages) channel.messages.restore(versions);
  for (const annotation of annotations) channel.annotations.add(annotation);
  for (const object of objects) channel.objects.restore(object);
  channel.presence.restore(members, presenceHistory);
  const fixtures = app.setup.channels.find((setup) => setup.name === name)?.presence ?? [];
  const leaving = members.filter(({ clientId }) =>
    !fixtures.some((fixture) => fixture.clientId === clientId)
  );
  if (leaving.length === 0) return;
  app.later(LINGER, () => {
    for (const id of new Set(leaving.map(({ connectionId }) => connectionId))) {
      removeMembers(channel, id);
    }
  });
}
