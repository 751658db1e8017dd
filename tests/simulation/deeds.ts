import type { InboundMessage, Message, RealtimeChannel } from "../../mod.ts";
import type { LiveCounter } from "../../src/liveobjects/mod.ts";
import type { Deed, Step } from "./plan.ts";
import type { Truth } from "./truth.ts";
import { type Ear, objectsText, payloadOf, type User } from "./user.ts";

/** The channel options that a user changes to. They do not alter which messages the channel brings. */
const CHANGES: readonly Record<string, string>[] = [{}, { fresh: "1" }, { fresh: "2" }];

/** The annotations that users publish and delete. */
const ANNOTATIONS = [
  { type: "likes:flag.v1", name: "like" },
  { type: "moods:distinct.v1", name: "happy" },
  { type: "moods:distinct.v1", name: "sad" },
  { type: "views:total.v1" },
];

/** The number of members that a user enters besides itself. */
const GUESTS = 2;

/** The name of the counter that every user increments. */
export const COUNTER = "total";

/** The number of messages on a page of the history. */
export const PAGE = 20;

/** The label of calls of authorize(), each of which asks for a token of its own. */
export const AUTHORIZE = "authorize";

/** The label of calls with a callback that returns nothing. */
export const BAD_CALLBACK = "a callback that returns nothing";

interface Root {
  [COUNTER]: LiveCounter;
  [key: string]: LiveCounter | number;
}

/** The things that users do. */
export const DEEDS: Readonly<Record<Deed, (user: User, step: Step) => void>> = {
  publish: (user, { channel, size = 1 }) => user.publish(channel, size),
  publishOnce(user, { channel }) {
    // The user of a process that has ended may have made as many calls.
    user.publish(channel, 1, { id: `once-${user.name}-${user.now()}-${user.calls.length}` });
  },
  restPublish(user, { channel }) {
    const names = user.names(1);
    const messages = names.map((name) => ({ name, data: payloadOf(name, channel) }));
    user.call(`rest ${names.join()} on ${channel}`, () => {
      return user.rest.channels.get(channel, user.channel(channel).channelOptions).publish(
        messages,
      );
    }, { names, hasId: true });
  },

  subscribe(user, { channel }) {
    user.listen(channel, {
      start: (object, listener) =>
        user.call(`subscribe ${channel}`, () => object.subscribe(listener)),
      stop: (object, listener) => object.unsubscribe(listener),
    });
  },
  /** A promise of attach() resolves before what follows ATTACHED is handled. */
  subscribeAttached(user, { channel }) {
    const object = user.channel(channel);
    user.call(`attach ${channel}, then subscribe`, async () => {
      const change = await object.attach();
      // Another channel object may have taken its place in the meantime.
      if (user.channel(channel) !== object) return;
      user.take({ what: "subscribe", client: user.name, channel, at: 0 }, DEEDS.subscribe);
      const { attachSerial } = object.properties;
      // After a detach that failed the position is that of the attach before.
      const isNew = change && !change.resumed && change.previous !== "detaching";
      if (isNew && attachSerial) user.ears.at(-1)!.from = attachSerial;
    });
  },
  iterate(user, { channel }) {
    const end = new AbortController();
    let loop: Promise<void> | undefined;
    const ear = user.listen(channel, {
      start(object, listener) {
        const make = () => loop = iterate(object, listener, end.signal);
        user.call(`messages of ${channel}`, make, { isEndless: true });
      },
      stop: () => end.abort(),
    }, { isLoop: true });
    // It begins with the call, and ends when the channel does.
    void loop!.catch(() => {}).finally(() => ear.stoppedAt ??= user.now());
  },
  unsubscribe(user, { channel }) {
    const ear = user.ears.find((ear) => ear.channel === channel && ear.stoppedAt === undefined);
    if (ear === undefined) return;
    ear.stoppedAt = user.now();
    ear.stop();
  },

  attach: (user, { channel }) => {
    user.call(`attach ${channel}`, () => user.channel(channel).attach());
  },
  detach(user, { channel }) {
    const object = user.channel(channel);
    // A detach that was sent waits for its answer, even if the connection is lost.
    const label = object.state === "detaching" ? "repeated detach" : "detach";
    user.call(`${label} ${channel}`, () => object.detach());
  },
  release: (user, { channel }) => {
    const { channels } = user.client;
    const object = user.channel(channel);
    user.call(`release ${channel}`, () => channels.release(channel));
    if (channels.exists(channel) && channels.get(channel) === object) user.kept.push(channel);
  },
  setOptions(user, { channel, size = 0 }) {
    const object = user.channel(channel);
    const options = { ...object.channelOptions };
    const params = { ...options.params, ...CHANGES[size] };
    user.call(`setOptions ${channel}`, () => object.setOptions({ ...options, params }));
  },

  enter(user, step) {
    const { channel } = step;
    if (user.plan.isAnyone) return DEEDS.enterGuest(user, { size: user.calls.length % 4, ...step });
    user.wish(channel, { data: "in", act: (presence) => presence.enter("in") });
  },
  update(user, { channel, size }) {
    const data = `mood ${size}`;
    user.wish(channel, { data, act: (presence) => presence.update(data) });
  },
  leave(user, { channel }) {
    user.wish(channel, { act: (presence) => presence.leave() });
  },
  /** Enters a member besides the user itself, or takes it out again. Only some users may. */
  enterGuest(user, { channel, size = 0 }) {
    const member = `guest-${size % GUESTS}`;
    const data = size < 2 * GUESTS ? `mood ${size}` : undefined;
    user.wish(channel, {
      member,
      ...(data && { data }),
      act: (presence) => data ? presence.enterClient(member, data) : presence.leaveClient(member),
    });
  },
  members: (user, { channel }) => {
    user.call(`members ${channel}`, () => user.channel(channel).presence.get());
  },
  watchMembers(user, { channel }) {
    const object = user.channel(channel);
    if (!user.followed.has(object)) user.follow(object);
  },

  edit(user, { channel, size = 0 }) {
    const target = lastReceived(user, channel);
    if (target === undefined) return;
    const object = user.channel(channel);
    user.call(`edit ${channel}`, () => {
      if (size === 0) return object.updateMessage({ serial: target.serial, data: "edited" });
      if (size === 1) return object.deleteMessage({ serial: target.serial });
      return object.appendMessage({ serial: target.serial, data: "+" });
    });
  },
  annotate(user, { channel, size = 0 }) {
    const target = lastReceived(user, channel);
    if (target === undefined) return;
    const { annotations } = user.channel(channel);
    const annotation = ANNOTATIONS[size % ANNOTATIONS.length]!;
    const isDelete = size >= ANNOTATIONS.length;
    user.call("annotate", () => annotations[isDelete ? "delete" : "publish"](target, annotation));
  },
  watchAnnotations: (user, { channel }) => user.listenToAnnotations(channel),

  setObject(user, { channel }) {
    const number = user.calls.length;
    user.call(`set ${channel}`, async () => {
      const root = await user.channel(channel).object.get<Root>();
      await root.set(`key${number % 3}`, number);
    });
  },
  removeObject(user, { channel }) {
    const key = `key${user.calls.length % 3}`;
    user.call(`remove ${key} of ${channel}`, async () => {
      const root = await user.channel(channel).object.get<Root>();
      await root.remove(key);
    });
  },
  /** Notes the objects when they are known, and in each call of a listener for their changes. */
  watchObjects(user, { channel }) {
    const object = user.channel(channel);
    if (user.noted.has(object)) return;
    user.noted.set(object, undefined);
    user.call(`watch ${channel}`, async () => {
      const root = await object.object.get<Root>();
      const note = () => void user.noted.set(object, objectsText(root));
      root.subscribe(note);
      note();
    });
  },
  increment(user, { channel }) {
    user.call(`increment ${channel}`, async () => {
      const root = await user.channel(channel).object.get<Root>();
      await root.get(COUNTER).increment(1);
    });
  },

  connect(user) {
    user.requestsToConnect.push(user.now());
    user.call("connect", () => user.client.connect());
  },
  close: (user) => {
    user.call("close", () => user.client.close());
  },
  ping: (user) => {
    user.call("ping", () => user.client.connection.ping());
  },
  authorize(user) {
    user.requestsToConnect.push(user.now());
    user.call(AUTHORIZE, () => user.client.auth.authorize());
  },
  /** A callback that forgets to return something. Only this call uses it. */
  badCallback(user) {
    const authCallback = () => {};
    user.call(BAD_CALLBACK, () => user.client.auth.requestToken(null, { authCallback }));
  },
  /** Reads the messages that came before the attachment. */
  catchUp(user, { channel }) {
    const object = user.channel(channel);
    const { attachSerial: untilSerial } = object.properties;
    if (object.state !== "attached" || !untilSerial) return;
    user.call(`what ${channel} missed`, () => object.history({ untilAttach: true, limit: PAGE }), {
      channel,
      untilSerial,
    });
  },
  /** Several requests at the same time, which need the same token. */
  history(user, { channel }) {
    for (let count = 3; count > 0; count--) {
      user.call(`history ${channel}`, () => user.channel(channel).history({ limit: 5 }));
    }
  },
};

/** A channel that a client followed when its process ended. */
export interface Followed {
  readonly channel: string;
  /** The position from which the next client must receive everything, if it can recover the channel. */
  readonly from?: string;
}

/** The channels that a client follows now. */
export function followedBy(
  { ears }: User,
  { recover, truth }: { recover: string | null; truth: Truth },
): Followed[] {
  const { channelSerials } = (recover === null ? { channelSerials: {} } : JSON.parse(recover)) as {
    channelSerials: Record<string, string>;
  };
  const followed = ears.filter(({ list, channel, isLoop, stoppedAt }) =>
    list === channel && !isLoop && stoppedAt === undefined
  );
  return Array.from(new Set(followed.map((ear) => ear.channel)), (channel) => {
    const [last] = followed.flatMap((ear) =>
      ear.channel === channel ? lastPosition(ear, truth) : []
    );
    const serial = channelSerials[channel];
    return { channel, ...(serial && { from: last ?? serial }) };
  });
}

/** Subscribes to channels in place of a client whose process has ended. No message may be missing, and none may come again. */
export function inherit(user: User, followed: readonly Followed[], before: User): void {
  for (const id of before.connectionIds.union(before.earlierIds)) user.earlierIds.add(id);
  for (const { channel, from } of followed) {
    user.take({ what: "subscribe", client: user.name, channel, at: 0 }, DEEDS.subscribe);
    if (from !== undefined) user.ears.at(-1)!.from = from;
    inheritMembers(user, channel, before);
  }
}

/** RTP17b: the members of the connection that a client has recovered are its own, as soon as the service has sent them. */
function inheritMembers(user: User, channel: string, before: User): void {
  const object = user.channel(channel);
  const { id } = before.client.connection;
  user.call(`members ${channel}`, async () => {
    const members = await object.presence.get();
    if (id === null || user.client.connection.id !== id) return;
    for (const { clientId: member, connectionId, data } of members) {
      const key = `${channel}/${member}`;
      if (connectionId !== id || user.wishes.has(key)) continue;
      const changesBefore = user.channels.get(object)!.length;
      const call = {
        label: "recovery",
        at: user.now(),
        isOffline: false,
        names: [],
        settledAt: user.now(),
      };
      user.wishes.set(key, { object, member, data: String(data), changesBefore, call });
    }
  });
}

/** The position of the last message that a listener received since the last gap. */
function lastPosition({ list, heard }: Ear, truth: Truth): string[] {
  const gap = heard.findLastIndex((one) => "change" in one && !one.change.resumed);
  const last = heard.slice(gap + 1).findLast((one) => "key" in one);
  const accepted = last && "key" in last ? truth.find(list, last.key) : undefined;
  return accepted ? [accepted.channelSerial] : [];
}

async function iterate(
  object: RealtimeChannel,
  listener: (message: InboundMessage) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const message of object.messages(null, { signal })) listener(message);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** The message that a listener of the user received last. */
function lastReceived(user: User, channel: string): Message | undefined {
  for (const ear of user.ears.toReversed()) {
    const last = ear.channel === channel && ear.heard.findLast((one) => "key" in one);
    if (ear.list !== ear.channel) continue;
    if (last && "key" in last && last.key !== "late") return { serial: last.key.split("/")[0]! };
  }
  return undefined;
}
