import { Revocations } from "../auth/revocations.ts";
import { TokenStore } from "../auth/token_store.ts";
import type { Clock, Timer } from "../../util/clock.ts";
import type { RandomSource } from "../../util/random.ts";
import type { ObjectsBehavior } from "../objects/objects_behavior.ts";
import type { AppClock } from "./app_clock.ts";
import type { AppKey } from "./app_key.ts";
import type { AppSetup, KeySetup, Namespace } from "./app_setup.ts";
import { Channel, type PushPayload } from "./channel.ts";
import { limitExceeded } from "../limits/limit_errors.ts";
import { Rate } from "../limits/rate.ts";
import type { ServiceLimits } from "../limits/service_limits.ts";
import { EVENT_RETENTION } from "./event_log.ts";
import { namespaceOf } from "./channel_name.ts";
import { type ChannelKind, kindOf } from "./channel_kind.ts";
import { ConnectionRegistry, type LiveConnection } from "./connection_registry.ts";
import { alphanumeric } from "./identifiers.ts";
import { enterFixtures } from "./member_changes.ts";
import { describeChannel } from "./occupancy.ts";
import { publishMessages } from "./accept_messages.ts";
import { type FindApp, pushTo } from "./push_delivery.ts";
import { PushStore } from "./push_store.ts";
import { SerialSource } from "./serials.ts";
import { ServiceCode, serviceError } from "./service_error.ts";
import { StatsStore } from "./stats_store.ts";

/** The number of channels from which unused ones are removed. */
const FIRST_SWEEP = 1_000;

const CHANNEL_LIFECYCLE = "[meta]channel.lifecycle";
const CONNECTION_LIFECYCLE = "[meta]connection.lifecycle";

/** The parts of the service that an app uses. */
export interface AppSources {
  /** The time of the service. */
  readonly clock: AppClock;
  /** Runs the timers. */
  readonly timers: Clock;
  readonly random: RandomSource;
  /** Finds the app that a key belongs to. */
  readonly findApp: FindApp;
  /** The deviations for objects. */
  readonly objects: ObjectsBehavior;
  /** The kinds of channels that products use. */
  readonly kinds: readonly ChannelKind[];
  readonly limits: ServiceLimits;
}

/** One app: its keys, tokens, channels and connections, separate from those of other apps. */
export class AblyApp {
  readonly id: string;
  readonly setup: AppSetup;
  readonly keys = new Map<string, AppKey>();
  readonly namespaces = new Map<string, Namespace>();
  readonly channels = new Map<string, Channel>();
  readonly connections = new ConnectionRegistry();
  readonly revocations = new Revocations();
  readonly tokens: TokenStore;
  readonly clock: AppClock;
  readonly serials = new SerialSource();
  readonly stats: StatsStore;
  readonly push = new PushStore();
  /** The clock that timers run on. */
  readonly timers: Clock;
  readonly random: RandomSource;
  readonly created: number;
  readonly objects: ObjectsBehavior;
  readonly limits: ServiceLimits;
  readonly messageRate: Rate;
  readonly #channelRate: Rate;
  readonly #findApp: FindApp;
  readonly #kinds: readonly ChannelKind[];
  readonly #pending = new Set<Timer>();
  #sweepAt = FIRST_SWEEP;
  #sweptAt: number;

  constructor(setup: AppSetup, sources: AppSources) {
    const { clock, timers, random } = sources;
    this.setup = setup;
    this.id = setup.id ?? alphanumeric(random, 8);
    this.timers = timers;
    this.random = random;
    this.clock = clock;
    this.objects = sources.objects;
    this.limits = sources.limits;
    this.messageRate = new Rate(sources.limits.messageRate);
    this.#channelRate = new Rate(sources.limits.channelRate);
    this.#findApp = sources.findApp;
    this.#kinds = sources.kinds;
    this.stats = new StatsStore(() => timers.now());
    this.created = clock.now();
    this.#sweptAt = this.created;
    this.tokens = new TokenStore(this.id, random);
    for (const namespace of setup.namespaces) this.namespaces.set(namespace.id, namespace);
    for (const key of setup.keys) this.addKey(key);
    for (const { name, presence } of setup.channels) enterFixtures(this.channel(name), presence);
  }

  /** Adds a key, or replaces the one with its id. */
  addKey(setup: KeySetup): void {
    const id = setup.id ?? alphanumeric(this.random, 6);
    const drawn = "secret" in setup ? undefined : alphanumeric(this.random, 43);
    this.keys.set(id, {
      id,
      name: `${this.id}.${id}`,
      get secret() {
        return drawn ?? setup.secret!;
      },
      grants: setup.capability,
      revocableTokens: setup.revocableTokens,
      privileged: setup.privileged,
      created: this.created,
    });
  }

  /**
   * The channel with a base name. It is made on first use.
   *
   * @throws {ErrorInfo} 40114 or 90021 if there may not be another one now.
   */
  channel(base: string): Channel {
    let channel = this.channels.get(base);
    const now = this.clock.now();
    if (channel !== undefined) channel.usedAt = now;
    if (now - this.#sweptAt > EVENT_RETENTION) this.forgetIdle();
    if (channel === undefined) {
      if (this.channels.size >= this.#sweepAt) this.#sweep();
      this.#checkLimits();
      const namespace = this.namespaces.get(namespaceOf(base));
      channel = new Channel(base, { namespace, kind: kindOf(this.#kinds, base) }, this);
      this.channels.set(base, channel);
      this.stats.add("channels.opened");
      this.stats.peak("channels.peak", this.channels.size);
    }
    return channel;
  }

  /** Checks that there may be another channel. */
  #checkLimits(): void {
    const { channels = Infinity, channelRate } = this.limits;
    if (channels !== null && this.channels.size >= channels) this.#sweep();
    if (channels !== null && this.channels.size >= channels) {
      throw limitExceeded(ServiceCode.ChannelLimit, channels);
    }
    if (!this.#channelRate.take(1, this.clock.now())) {
      throw limitExceeded(ServiceCode.ChannelRate, channelRate!);
    }
  }

  /**
   * Forgets everything whose time is over: items of channels, connections that can no longer be resumed, and the channels that
   * store nothing and have been unused for longer than clients can resume.
   */
  forgetIdle(): this {
    const now = this.clock.now();
    this.#sweptAt = now;
    this.connections.prune(now);
    for (const [name, channel] of this.channels) {
      channel.prune(now);
      const unused = now - channel.usedAt > EVENT_RETENTION;
      if (unused && channel.isIdle(now)) this.channels.delete(name);
    }
    return this;
  }

  /** Removes idle channels. The more channels remain, the less often it runs. */
  #sweep(): void {
    const now = this.clock.now();
    for (const [name, channel] of this.channels) {
      if (channel.isIdle(now)) this.channels.delete(name);
    }
    this.#sweepAt = Math.max(FIRST_SWEEP, 2 * this.channels.size);
  }

  /** Sends a push notification to the devices subscribed to a channel. */
  pushed(channel: string, payload: PushPayload): void {
    const how = { store: this.push, findApp: this.#findApp };
    for (const { push } of this.push.devicesSubscribedTo(channel)) {
      pushTo(push.recipient, payload, how);
    }
  }

  /** Publishes an event of a channel on its metachannel. */
  lifecycle(channel: Channel, event: "opened" | "closed"): void {
    if (channel.name.startsWith("[meta]")) return;
    this.#tell(
      CHANNEL_LIFECYCLE,
      `channel.${event}`,
      () => describeChannel(channel.name, channel),
    );
  }

  /** Publishes an event of a connection on its metachannel. */
  connectionLifecycle({ id, grant }: LiveConnection, event: "opened" | "closed"): void {
    const { clientId } = grant;
    this.#tell(CONNECTION_LIFECYCLE, `connection.${event}`, () => ({ connectionId: id, clientId }));
  }

  /** Publishes on a metachannel, if a client has used it. */
  #tell(metachannel: string, name: string, describe: () => object): void {
    const channel = this.channels.get(metachannel);
    if (channel === undefined) return;
    const data = JSON.stringify(describe());
    const message = { name, data, encoding: "json", action: 0, hasData: true };
    publishMessages(channel, [message], { publisher: { wildcard: true } });
  }

  /** The key with a name `appId.keyId`, if it belongs to this app. */
  keyNamed(name: string): AppKey | undefined {
    return name.startsWith(`${this.id}.`)
      ? this.keys.get(name.slice(this.id.length + 1))
      : undefined;
  }

  /** Calls back after a delay in milliseconds, unless the app is closed by then. */
  later(delay: number, callback: () => void): Timer {
    const timer = this.timers.setTimeout(() => {
      this.#pending.delete(timer);
      callback();
    }, Math.max(0, delay));
    this.#pending.add(timer);
    return timer;
  }

  /** Cancels a callback. */
  cancel(timer: Timer): void {
    this.timers.clearTimeout(timer);
    this.#pending.delete(timer);
  }

  /** Stops all timers. */
  close(): void {
    for (const timer of this.#pending) this.timers.clearTimeout(timer);
    this.#pending.clear();
    const error = serviceError(ServiceCode.Disconnected, "The service is shutting down");
    for (const connection of this.connections.values()) connection.disconnect(error);
    for (const connection of this.connections.values()) connection.dispose();
  }
}
