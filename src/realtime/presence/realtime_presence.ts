import * as ErrorCode from "../../error_numbers.ts";
import { createError, type ErrorInfo } from "../../errors.ts";
import {
  type InboundPresenceMessage,
  isPresenceMessage,
  markPresenceMessage,
  type PresenceAction,
  type PresenceMessage,
} from "../../messages/presence_message.ts";
import { type CallOptions, checkedSignal } from "../../client/call_options.ts";
import type { ClientContext } from "../../client/context.ts";
import type { PaginatedResult } from "../../operations/paging/paginated_result.ts";
import type { RangeParams } from "../../operations/range_params.ts";
import { presenceHistory } from "../../operations/presence.ts";
import { ownExtras, withOwnData } from "../../client/own_message.ts";
import { warnOfMisses } from "../../util/near_misses.ts";
import { readMembers, type Shape } from "../../util/read_members.ts";
import { snapshotOf } from "../../util/copy.ts";
import { untilAborted } from "../../util/deadline.ts";
import type { ChannelManager } from "../channel/channel_manager.ts";
import type { ChannelCore } from "../channel/channel_core.ts";
import type { ChannelStateChange } from "../channel/channel_state.ts";
import { attachForSubscribe, checkMode, ensureActive } from "../channel/implicit_attach.ts";
import type { LiveOptions } from "../channel/live_items.ts";
import { liveSubscription } from "../channel/live_subscription.ts";
import {
  requireListener,
  subscribeArguments,
  warnOfCallback,
} from "../channel/subscribe_arguments.ts";
import type { SubscriptionListener } from "../channel/subscriptions.ts";
import { untilAttachParams } from "../channel/until_attach.ts";
import type { PresenceData, PresenceManager } from "./presence_manager.ts";
import { checkNoCallback, isIgnoredCallback } from "../../util/callbacks.ts";
import { inspect, shownAs } from "../../util/inspect.ts";

/** The params for getting members (RTP11c). */
export interface RealtimePresenceParams extends CallOptions {
  /** Whether to wait for the end of a sync. Defaults to true (RTP11c1). */
  waitForSync?: boolean | null;
  /** Only members with this clientId (RTP11c2). */
  clientId?: string | null;
  /** Only members on this connection (RTP11c3). */
  connectionId?: string | null;
}

const GET_PARAMS: Shape<RealtimePresenceParams> = {
  what: "The parameters",
  names: { waitForSync: "boolean", clientId: "string", connectionId: "string", signal: true },
};

/** The params for reading the presence history (RTP12a). */
export interface RealtimePresenceHistoryParams extends RangeParams {
  /** Whether to read only events from before the channel was attached. Defaults to false. */
  untilAttach?: boolean | null;
}

/** Called with presence events. */
export type PresenceListener = SubscriptionListener<InboundPresenceMessage>;

/**
 * The presence set of a channel (RTL9).
 *
 * @example Entering, and getting the members
 * ```ts
 * import { Realtime } from "@ably-edge/sdk";
 *
 * await using client = new Realtime({ key: "appId.keyId:secret", clientId: "ann" });
 * const { presence } = client.channels.get("room");
 * await presence.subscribe(["enter", "leave"], ({ action, clientId }) => {
 *   console.log(action, clientId); // enter ann
 * });
 * await presence.enter({ mood: "glad" });
 * const members = await presence.get();
 * console.log(members.length); // 1
 * ```
 */
export class RealtimePresence {
  readonly #channel: ChannelManager;
  readonly #presence: PresenceManager;
  readonly #requests: ClientContext;

  /** Made by its channel. */
  constructor({ manager, presence }: ChannelCore, context: ClientContext) {
    this.#channel = manager;
    this.#presence = presence;
    this.#requests = context;
  }

  /** Whether all members are known since the channel was attached (RTP13). */
  get syncComplete(): boolean {
    return this.#presence.syncComplete;
  }

  /** The form in which a console shows it. */
  [inspect](...given: unknown[]): unknown {
    const { syncComplete } = this;
    return shownAs("RealtimePresence", { channel: this.#channel.name, syncComplete }, given);
  }

  /**
   * Gets the members; attaches the channel if it is not attached (RTP11a).
   *
   * @param params The filters, and whether to wait for all members.
   * @throws {ErrorInfo} 91005 if the channel is suspended and `waitForSync` is not false; 91008 if the channel was attached
   * without the `presence_subscribe` mode and `strictMode` is on; or the error of attaching.
   */
  async get(params?: RealtimePresenceParams | null): Promise<InboundPresenceMessage[]> {
    checkNoCallback(arguments);
    warnOfMisses(this.#channel.context.options.logger, params, GET_PARAMS);
    const { waitForSync = true, clientId, connectionId, signal } = readMembers(params, GET_PARAMS);
    await untilAborted(this.#ready(waitForSync), checkedSignal(signal));
    return this.#presence.members.filter((member) =>
      (clientId === undefined || member.clientId === clientId) &&
      (connectionId === undefined || member.connectionId === connectionId)
    ).map((member) => markPresenceMessage({ ...member }));
  }

  /**
   * Reads the history of presence events over REST (RTP12).
   *
   * @param params The range of events.
   * @throws {ErrorInfo} 40000 if `untilAttach` is set and the channel is not attached, 40003 if a parameter is out of its
   * range; or the error that the service returned.
   */
  async history(
    params?: RealtimePresenceHistoryParams | null,
  ): Promise<PaginatedResult<InboundPresenceMessage>> {
    checkNoCallback(arguments);
    const { name, options } = this.#channel;
    return await presenceHistory(
      this.#requests,
      { name, cipher: options.cipher },
      untilAttachParams(this.#channel, params),
    );
  }

  /**
   * Enters the channel as this client; attaches it if it is not attached (RTP8a).
   *
   * @param data The data that other members see. A presence message from `PresenceMessage.fromValues()`, `fromEncoded()` or
   * {@linkcode get} stands for its data and extras.
   * @param extras Headers and other metadata.
   * @throws {ErrorInfo} 40012 if the client is anonymous or has a wildcard clientId (RTP8j), 90001 if the state of the channel
   * does not permit it; or the error that the service returned.
   */
  enter(data?: unknown, extras?: Record<string, unknown> | null): Promise<void> {
    return this.#sendOwn({ action: "enter", data, extras });
  }

  /** Changes the data of this client; enters if it is not present (RTP9a, RTP9b). Fails as {@linkcode enter} does. */
  update(data?: unknown, extras?: Record<string, unknown> | null): Promise<void> {
    return this.#sendOwn({ action: "update", data, extras });
  }

  /**
   * Leaves the channel as this client (RTP10). Without data, the leave repeats the latest data (RTP10a). Fails as
   * {@linkcode enter} does.
   */
  leave(data?: unknown, extras?: Record<string, unknown> | null): Promise<void> {
    return this.#sendOwn({ action: "leave", ...this.#lastData(this.#clientId, data), extras });
  }

  /**
   * Enters the channel under another clientId, for clients that may use it (RTP14a, RTP15a).
   *
   * @param clientId The clientId of the member.
   * @param data The data that other members see.
   * @param extras Headers and other metadata.
   * @throws {ErrorInfo} 40012 if this client may not use the clientId (RTP15f); otherwise as {@linkcode enter}.
   */
  enterClient(
    clientId: string,
    data?: unknown,
    extras?: Record<string, unknown> | null,
  ): Promise<void> {
    return this.#sendFor(clientId, { action: "enter", data, extras });
  }

  /** Changes the data of a member with another clientId (RTP15). Fails as {@linkcode enterClient} does. */
  updateClient(
    clientId: string,
    data?: unknown,
    extras?: Record<string, unknown> | null,
  ): Promise<void> {
    return this.#sendFor(clientId, { action: "update", data, extras });
  }

  /** Leaves the channel under another clientId (RTP15). Fails as {@linkcode enterClient} does. */
  leaveClient(
    clientId: string,
    data?: unknown,
    extras?: Record<string, unknown> | null,
  ): Promise<void> {
    return this.#sendFor(clientId, {
      action: "leave",
      ...this.#lastData(clientId, data),
      extras,
    });
  }

  /**
   * Subscribes to all presence events; attaches the channel unless the options say otherwise (RTP6a).
   *
   * @param listener Called with each event. It stays subscribed even if attaching fails.
   * @returns The state change to attached; `null` if the channel was attached already.
   * @throws {ErrorInfo} The error of attaching.
   */
  subscribe(listener: PresenceListener): Promise<ChannelStateChange | null>;
  /** Subscribes to the events with one action, or one of several (RTP6b). */
  subscribe(
    action: PresenceAction | readonly PresenceAction[],
    listener: PresenceListener,
  ): Promise<ChannelStateChange | null>;
  async subscribe(
    action: PresenceAction | readonly PresenceAction[] | PresenceListener,
    listener?: PresenceListener,
  ): Promise<ChannelStateChange | null> {
    const given = subscribeArguments<InboundPresenceMessage>(action, listener);
    warnOfCallback(this.#channel, arguments);
    this.#presence.subscriptions.add(given.target, requireListener(given));
    return await attachForSubscribe(this.#channel, "presence_subscribe"); // RTP6d, RTP6e
  }

  /** Removes all listeners (RTP7c). */
  unsubscribe(): void;
  /** Removes a listener (RTP7a). */
  unsubscribe(listener: PresenceListener): void;
  /** Removes a listener, or all, from the events with one action, or one of several (RTP7b). */
  unsubscribe(
    action: PresenceAction | readonly PresenceAction[] | null,
    listener?: PresenceListener | null,
  ): void;
  unsubscribe(
    action?: PresenceAction | readonly PresenceAction[] | PresenceListener | null,
    listener?: PresenceListener | null,
  ): void {
    const given = subscribeArguments<InboundPresenceMessage>(action, listener);
    this.#presence.subscriptions.remove(given.target, given.listener);
  }

  /**
   * Presence events, for `for await`. Begins and ends as `messages()` of the channel does.
   *
   * @param action The actions; all by default.
   * @param options The signal, and the number of events that may be queued.
   */
  events(
    action?: PresenceAction | readonly PresenceAction[] | null,
    options?: LiveOptions | null,
  ): AsyncIterableIterator<InboundPresenceMessage> {
    const { target } = subscribeArguments<InboundPresenceMessage>(action, null);
    const { subscriptions } = this.#presence;
    return liveSubscription(
      this.#channel,
      { subscriptions, target, mode: "presence_subscribe" },
      options,
    );
  }

  async #ready(waitForSync: boolean): Promise<void> {
    await ensureActive(this.#channel, "get presence"); // RTP11e
    checkMode(this.#channel, "presence_subscribe"); // RTP11f
    if (!waitForSync) return;
    if (this.#channel.state === "suspended") throw outOfSync(this.#channel.name); // RTP11d
    await this.#presence.synced();
  }

  /** RTP10a: the latest data sent, even if the service has not confirmed it yet. */
  #lastData(clientId: string | null, data: unknown): PresenceData {
    const { logger } = this.#channel.context.options;
    if (!isIgnoredCallback(logger, "leave", data) && data !== undefined) return { data };
    const last = this.#presence.lastData.of(this.#presence.outbox.nameOf(clientId));
    return last?.value ?? { data: this.#presence.ownMember(clientId)?.data };
  }

  async #send(clientId: string | null, message: PresenceMessage): Promise<void> {
    const { lastData, outbox } = this.#presence;
    this.#presence.catchUp();
    const { data, extras, encoding } = contentOf(this.#withoutCallback(message));
    const own = withOwnData(
      { ...message, encoding, extras: extras == null ? extras : ownExtras(extras) },
      data,
    );
    const sending = outbox.send(own);
    const sent = message.action === "leave"
      ? {}
      : { data: snapshotOf(own.data), encoding: own.encoding };
    await untilAborted(lastData.during(outbox.nameOf(clientId), sent, sending));
  }

  get #clientId(): string | null {
    return this.#channel.context.credentials.clientId;
  }

  /** Ignores a callback, which `ably` 1.x accepted after the data or in place of it. */
  #withoutCallback(message: PresenceMessage): PresenceMessage {
    const { logger } = this.#channel.context.options;
    const { action, data, extras } = message;
    if (isIgnoredCallback(logger, action!, extras)) return { ...message, extras: null };
    return isIgnoredCallback(logger, action!, data) ? { ...message, data: null } : message;
  }

  async #sendOwn(message: PresenceMessage): Promise<void> {
    const { context, connection } = this.#channel;
    const { clientId } = context.credentials;
    if (connection.status.name === "connected" && (clientId === null || clientId === "*")) { // RTP8j
      throw clientIdNeeded(clientId);
    }
    await this.#send(clientId, message); // RTP8c, RTP9d, RTP10c: without a clientId, which the service knows
  }

  async #sendFor(clientId: string, message: PresenceMessage): Promise<void> {
    if (typeof clientId !== "string" || clientId === "" || clientId === "*") {
      throw clientIdNeeded(clientId);
    }
    const own = this.#channel.context.credentials.clientId;
    if (own !== null && own !== "*" && own !== clientId) throw otherClientId(clientId, own); // RTP15f
    await this.#send(clientId, { ...message, clientId });
  }
}

/** RTP8a: takes data and extras from a presence message that was passed as data. */
function contentOf(message: PresenceMessage): PresenceMessage {
  const { data, extras } = message;
  return isPresenceMessage(data) ? { ...data, extras: extras ?? data.extras } : message;
}

function outOfSync(name: string): ErrorInfo {
  return createError(
    ErrorCode.PresenceOutOfSync,
    `The members of channel "${name}" are out of sync, because the channel is suspended`,
    "Wait for the channel to become attached, or get the members last known with { waitForSync: false }.",
    { statusCode: 400 },
  );
}

function clientIdNeeded(clientId: unknown): ErrorInfo {
  return createError(
    ErrorCode.InvalidClientId,
    `Failed to use presence: ${
      clientId === null ? "the client has no clientId" : `"${clientId}" does not name a client`
    }`,
    "Set clientId in the client options or the token, or use enterClient() with a non-empty clientId.",
  );
}

function otherClientId(clientId: string, own: string): ErrorInfo {
  return createError(
    ErrorCode.InvalidClientId,
    `Failed to use presence as "${clientId}": this client is "${own}"`,
    "Use a client without a clientId, with a key or a token for any clientId.",
  );
}
