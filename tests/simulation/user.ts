import {
  type Annotation,
  type ChannelOptions,
  type ChannelStateChange,
  type ClientOptions,
  type ConnectionStateChange,
  type InboundMessage,
  type InboundPresenceMessage,
  Realtime,
  type RealtimeChannel,
  type RealtimePresence,
  Rest,
} from "../../mod.ts";
import type { ClientPlan, Step } from "./plan.ts";
import { annotationsOf, summaryKey, versionKey } from "./truth.ts";

/** A call of the public API. */
export interface Call {
  readonly label: string;
  readonly at: number;
  /** Whether there was no connection at that moment. */
  readonly isOffline: boolean;
  /** The names of the messages that it publishes. */
  readonly names: readonly string[];
  /** The channel that it publishes to. */
  readonly channel?: string;
  /** The object whose messages keep the order of the calls. After a release there is another one with the same name. */
  readonly publisher?: RealtimeChannel;
  /** Whether the messages have an id that survives the connection. */
  readonly hasId?: boolean;
  /** The position of the attachment until which it reads the history. */
  readonly untilSerial?: string;
  /** Whether it only settles when the client is closed. */
  readonly isEndless?: boolean;
  settledAt?: number;
  value?: unknown;
  error?: unknown;
}

/** One thing that a listener of a channel was called with. */
export type Heard =
  | {
    readonly at: number;
    readonly change: ChannelStateChange;
    readonly attachSerial: string | undefined;
  }
  | {
    readonly at: number;
    readonly key: string;
    readonly name: string;
    readonly data?: unknown;
    readonly isAppend?: boolean;
    /** Whether the connection that brings it has published it. */
    readonly isOwn?: boolean;
    readonly summary?: unknown;
  };

/** A listener for messages. */
type Listener = (message: InboundMessage) => void;

/** A listener for the messages of a channel, with what it and the state of its channel went through. */
export interface Ear {
  readonly channel: string;
  /** The list of the truth that it follows: the messages of the channel, or its annotations. */
  readonly list: string;
  readonly object: RealtimeChannel;
  readonly heard: Heard[];
  /** The number of changes of the channel before it listened. */
  readonly since: number;
  /** Whether it is a loop, which takes messages later than they arrive. */
  readonly isLoop: boolean;
  /** The message in whose delivery it was added. */
  readonly addedIn: string | undefined;
  /** The position from which it must receive everything, if it was added right after an attach. */
  from?: string;
  /** Stops it. */
  readonly stop: () => void;
  /** The time at which it was stopped. */
  stoppedAt?: number;
}

/** The presence that a user wants on a channel. */
export interface Wish {
  readonly object: RealtimeChannel;
  /** The clientId of the member. */
  readonly member: string;
  /** The data; undefined for a member that is to be absent. */
  readonly data: string | undefined;
  /** The number of changes of the channel before the call. */
  readonly changesBefore: number;
  call?: Call;
}

/** A call that asks for a channel to be attached or detached. */
export interface LastCall {
  readonly wants: "attached" | "detached";
  readonly call: Call;
  /** The number of changes of the channel until the call. */
  readonly changesBefore: number;
}

/** The steps that attach a channel. */
const ATTACHING: ReadonlySet<string> = new Set([
  "attach",
  "subscribe",
  "subscribeAttached",
  "iterate",
  "enter",
  "enterGuest",
  "update",
  "leave",
  "members",
  "watchMembers",
  "watchAnnotations",
  "setObject",
  "removeObject",
  "watchObjects",
  "increment",
]);

/** The members of a channel as its presence events add and remove them. */
export interface FollowedMembers {
  readonly members: Map<string, unknown>;
  /** Whether the events were followed from the beginning. */
  readonly isWhole: boolean;
}

const KEY = new Uint8Array(32).fill(3);

const ALL_MODES = [
  "publish",
  "subscribe",
  "presence",
  "presence_subscribe",
  "annotation_publish",
  "annotation_subscribe",
  "object_publish",
  "object_subscribe",
] as const;

/** The number of messages before the attachment that one channel begins with. */
export const REWIND = 3;

const OPTIONS: Readonly<Record<string, ChannelOptions>> = {
  sealed: { cipher: { key: KEY } },
  delta: { params: { delta: "vcdiff" } },
  rewound: { params: { rewind: String(REWIND) } },
  objects: { modes: [...ALL_MODES] },
  "mutable:log": { modes: [...ALL_MODES] },
};

/** One client with a user, and all that the user was called or answered with. */
export class User {
  readonly name: string;
  /** The number of clients before it that had its name. */
  readonly generation: number;
  readonly plan: ClientPlan;
  readonly client: Realtime;
  readonly rest: Rest;
  readonly calls: Call[] = [];
  readonly ears: Ear[] = [];
  readonly changes: ConnectionStateChange[] = [];
  /** The times of these changes. */
  readonly changeTimes: number[] = [];
  readonly connectionIds = new Set<string | undefined>();
  /** The ids of the connections of the processes before this one. */
  readonly earlierIds = new Set<string | undefined>();
  /** The tokens that the client had when its connection changed. */
  readonly tokens = new Set<string>();
  /** The changes as a second listener was called with them. */
  readonly changesAgain: ConnectionStateChange[] = [];
  /** The changes of each channel object, of which there are several by name after a release. */
  readonly channels = new Map<RealtimeChannel, ChannelStateChange[]>();
  /** The last presence that the user asked for, by channel and member. */
  readonly wishes = new Map<string, Wish>();
  /** The last call that asks for a channel to be attached or detached. */
  readonly last = new Map<RealtimeChannel, LastCall>();
  /** The members that a listener follows. */
  readonly followed = new Map<RealtimeChannel, FollowedMembers>();
  /** The objects of channels, as they were in the last call of a listener for their changes. */
  readonly noted = new Map<RealtimeChannel, string | undefined>();
  /** The state of the connection at each change of a channel. */
  readonly connectionAt = new Map<ChannelStateChange, string>();
  /** The channels that `channels.get()` still returned right after their release. */
  readonly kept: string[] = [];
  /** The times at which the user asked for something that opens a connection. */
  readonly requestsToConnect: number[] = [];
  /** The times at which the connection was opened. */
  readonly attempts: number[] = [];
  /** The calls at the end by which the members and objects of each channel are read. */
  readonly final = {
    members: new Map<RealtimeChannel, Call>(),
    membersByRest: new Map<RealtimeChannel, Call>(),
    objects: new Map<RealtimeChannel, Call>(),
  };
  readonly now: () => number;
  readonly #waiting: Record<"message" | "state", (() => void)[]> = { message: [], state: [] };
  #published = 0;
  /** The message that a listener is being called with. */
  #delivering: string | undefined;

  constructor(
    plan: ClientPlan,
    options: { realtime: ClientOptions; rest: ClientOptions },
    now: () => number,
    generation = 0,
  ) {
    this.generation = generation;
    this.plan = plan;
    this.name = plan.name;
    this.now = now;
    this.client = new Realtime(options.realtime);
    this.rest = new Rest(options.rest);
    this.client.connection.on((change) => {
      this.changes.push(change);
      this.changeTimes.push(this.now());
      if (change.current === "connected") this.connectionIds.add(this.client.connection.id);
      if (change.current === "connecting") this.attempts.push(this.now());
      const { tokenDetails } = this.client.auth;
      if (tokenDetails) this.tokens.add(tokenDetails.token);
      this.#callBack("state");
    });
    this.client.connection.on((change) => this.changesAgain.push(change));
  }

  /** Does something now, or inside the next call of a listener. */
  take(step: Step, deed: (user: User, step: Step) => void): void {
    const act = () => {
      for (let times = step.twice ? 2 : 1; times > 0; times--) {
        const before = this.calls.length;
        deed(this, step);
        this.#noteLast(step, before);
      }
    };
    if (step.inside) this.#waiting[step.inside].push(act);
    else act();
  }

  #noteLast({ what, channel: name }: Step, index: number): void {
    const call = this.calls[index];
    const detaches = what === "detach" || what === "release";
    if (call === undefined || !(ATTACHING.has(what) || detaches)) return;
    if (what === "release") return void this.last.clear();
    // A later call may have been made inside this one, by a listener.
    if (this.calls.slice(index + 1).some(({ label }) => label.startsWith("release"))) return;
    const channel = this.channel(name);
    if (this.calls.indexOf(this.last.get(channel)?.call as Call) > index) return;
    const changesBefore = this.channels.get(channel)!.length;
    this.last.set(channel, {
      wants: detaches ? "detached" : "attached",
      call,
      changesBefore,
    });
  }

  /** Forgets the steps that still wait for a listener to be called. */
  settleDown(): void {
    this.#waiting.message.length = this.#waiting.state.length = 0;
  }

  /** Records a call. Its promise must settle in time. */
  call<T>(label: string, make: () => Promise<T> | T, more: Partial<Call> = {}): Call {
    const isOffline = this.client.connection.state !== "connected";
    const call: Call = { label, at: this.now(), isOffline, names: [], ...more };
    this.calls.push(call);
    const settle = (outcome: Partial<Call>) =>
      void Object.assign(call, outcome, { settledAt: this.now() });
    try {
      Promise.resolve(make()).then((value) => settle({ value }), (error) => settle({ error }));
    } catch (error) {
      settle({ error });
    }
    return call;
  }

  /** Names for messages, which no other message has. */
  names(count: number): string[] {
    const prefix = this.generation > 0 ? `${this.generation}-` : "";
    return Array.from({ length: count }, () => `${this.name}-${prefix}${++this.#published}`);
  }

  /** Publishes messages in one call. */
  publish(channel: string, count: number, given: { id?: string } = {}): void {
    const names = this.names(count);
    const messages = names.map((name) => ({ name, data: payloadOf(name, channel), ...given }));
    const publisher = this.channel(channel);
    const hasId = given.id !== undefined;
    this.call(
      `publish ${names.join()} on ${channel}`,
      () => publisher.publish(messages),
      { names, channel, publisher, hasId },
    );
  }

  /** Listens to the messages of a channel. A listener of the state may stop it while it starts. */
  listen(
    name: string,
    { start, stop }: Record<
      "start" | "stop",
      (object: RealtimeChannel, listener: Listener) => void
    >,
    { isLoop = false } = {},
  ): Ear {
    const object = this.channel(name);
    const since = this.channels.get(object)!.length;
    const ear: Ear = {
      channel: name,
      list: name,
      object,
      heard: [],
      since,
      isLoop,
      addedIn: this.#delivering,
      stop: () => stop(object, listener),
    };
    this.ears.push(ear);
    object.on((change) => {
      const attachSerial = object.properties.attachSerial ?? undefined;
      ear.heard.push({ at: this.now(), change, attachSerial });
    });
    const listener: Listener = (message) => {
      const { id, serial, version, name, data, action, annotations, connectionId } = message;
      const isOwn = connectionId != null && connectionId === this.client.connection.id;
      const isSummary = action === "message.summary";
      const key = isSummary ? summaryKey(serial, id) : versionKey(serial, version?.serial);
      // RTE6a: a listener that is removed inside another one still gets the current message.
      const isLate = ear.stoppedAt !== undefined && ear.stoppedAt < this.now();
      ear.heard.push({
        at: this.now(),
        key: isLate ? "late" : key,
        name: name ?? "",
        data,
        isAppend: action === "message.append",
        isOwn: isOwn && action === "message.create",
        summary: isSummary ? annotations?.summary : undefined,
      });
      this.#delivering = key;
      this.#callBack("message");
      this.#delivering = undefined;
    };
    start(object, listener);
    return ear;
  }

  /** Listens to the annotations of a channel. */
  listenToAnnotations(name: string): void {
    const object = this.channel(name);
    const since = this.channels.get(object)!.length;
    const ear: Ear = {
      channel: name,
      list: annotationsOf(name),
      object,
      heard: [],
      since,
      isLoop: false,
      addedIn: this.#delivering,
      stop: () => object.annotations.unsubscribe(listener),
    };
    this.ears.push(ear);
    object.on((change) => {
      const attachSerial = object.properties.attachSerial ?? undefined;
      ear.heard.push({ at: this.now(), change, attachSerial });
    });
    const listener = ({ serial, type }: Annotation) => {
      const isLate = ear.stoppedAt !== undefined && ear.stoppedAt < this.now();
      ear.heard.push({ at: this.now(), key: isLate ? "late" : serial!, name: type! });
      this.#delivering = serial;
      this.#callBack("message");
      this.#delivering = undefined;
    };
    this.call(`annotations of ${name}`, () => object.annotations.subscribe(listener));
  }

  channel(name: string): RealtimeChannel {
    const { channels } = this.client;
    // A channel from a recovery key exists already, but without options.
    const isKnown = channels.exists(name) && this.channels.has(channels.get(name));
    const channel = channels.get(name, isKnown ? null : OPTIONS[name]);
    if (!this.channels.has(channel)) {
      const changes: ChannelStateChange[] = [];
      this.channels.set(channel, changes);
      channel.on((change) => {
        changes.push(change);
        this.connectionAt.set(change, this.client.connection.state);
        // RTP5a: the members are forgotten without events.
        if (["detached", "failed"].includes(change.current)) {
          this.followed.get(channel)?.members.clear();
        }
        this.#callBack("state");
      });
    }
    return channel;
  }

  /** Notes what the user wants to be on a channel. */
  wish(
    channel: string,
    { member = this.name, data, act }: {
      /** The clientId of the member; by default its own. */
      member?: string;
      data?: string;
      act: (presence: RealtimePresence) => Promise<void>;
    },
  ): void {
    const object = this.channel(channel);
    const changesBefore = this.channels.get(object)!.length;
    const wish: Wish = { object, member, data, changesBefore };
    // Before the call, because a listener may make a later one inside it.
    this.wishes.set(`${channel}/${member}`, wish);
    wish.call = this.call(`${data ?? "leave"} on ${channel}`, () => act(object.presence));
  }

  /** Follows the members of a channel by its presence events. */
  follow(object: RealtimeChannel): void {
    const members = new Map<string, unknown>();
    this.followed.set(object, { members, isWhole: object.state === "initialized" });
    const listener = ({ action, clientId, connectionId, data }: InboundPresenceMessage) => {
      const key = `${connectionId}/${clientId}`;
      if (action === "leave" || action === "absent") members.delete(key);
      else members.set(key, data);
    };
    this.call(`presence of ${object.name}`, () => object.presence.subscribe(listener));
  }

  /** Reads the members and objects of all attached channels. */
  readAll(): void {
    for (const channel of this.channels.keys()) {
      if (channel.state !== "attached") continue;
      const members = this.call("final members", () => channel.presence.get());
      this.final.members.set(channel, members);
      const { presence } = this.rest.channels.get(channel.name, channel.channelOptions);
      const byRest = this.call("members over HTTP", async () => (await presence.get()).items);
      this.final.membersByRest.set(channel, byRest);
      if (channel.name !== "objects") continue;
      const objects = this.call("final objects", async () => {
        const root = await channel.object.get();
        return objectsText(root);
      });
      this.final.objects.set(channel, objects);
    }
  }

  #callBack(kind: "message" | "state"): void {
    for (const act of this.#waiting[kind].splice(0)) act();
  }
}

/** The payload of a message: text where it can be appended to; on an encrypted channel often none, which needs no cipher. */
export function payloadOf(name: string, channel: string): unknown {
  if (channel === "sealed" && /[02468]$/.test(name)) return undefined;
  const text = `from ${name}, and from no other message`;
  return channel === "mutable:log" ? text : { text };
}

/** A flat object as text, to compare it. */
export function canonical(object: Record<string, unknown>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(object).sort()));
}

/** The objects of a channel as text, to compare them: the keys, and their values. */
export function objectsText(
  root: { keys(): Iterable<string>; compactJson(): unknown },
): string {
  const values = (root.compactJson() ?? {}) as Record<string, unknown>;
  return canonical(
    Object.fromEntries(Array.from(root.keys(), (key) => [key, values[key] ?? null])),
  );
}

/** The members of a channel as text, to compare them. The service cannot read the data of an encrypted channel. */
export function listed(
  channel: string,
  members: readonly { clientId?: unknown; connectionId?: unknown; data?: unknown }[],
): string {
  return members.map(({ clientId, connectionId, data }) =>
    memberText(channel, `${connectionId}/${clientId}`, data)
  ).sort().join();
}

/** A member as text. */
export function memberText(channel: string, key: string, data: unknown): string {
  return channel === "sealed" ? key : `${key}=${data}`;
}
