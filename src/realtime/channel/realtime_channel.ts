import { atCaller, type ErrorInfo } from "../../errors.ts";
import type {
  EventMap,
  EventName,
  InboundMessageOf,
  OutboundMessageOf,
} from "../../messages/typed_events.ts";
import type { RealtimeObject } from "../../liveobjects/core/api_objects.ts";
import type { InboundMessage, Message } from "../../messages/message.ts";
import type { ResolvedChannelMode } from "../../protocol/actions.ts";
import { type CallOptions, type CallParams, signalOf } from "../../client/call_options.ts";
import { type ChannelDetails, channelStatus } from "../../operations/channel_details.ts";
import type { ChannelOptions } from "../../client/channel_options.ts";
import type { ChannelRef } from "../../client/channel_ref.ts";
import { type ListenerFields, listenerFields } from "../../compat/ably_event_emitter.ts";
import type { ClientContext } from "../../client/context.ts";
import { history, type HistoryParams } from "../../operations/history.ts";
import {
  changedMessage,
  getMessage,
  getMessageVersions,
  type MessageChangeArguments,
  type MessageOperation,
  type MessageOrSerial,
  type UpdateDeleteResult,
} from "../../operations/message_changes.ts";
import type { PaginatedResult } from "../../operations/paging/paginated_result.ts";
import { publishArguments, type PublishResult } from "../../operations/publish.ts";
import { PushChannel } from "../../operations/push/push_channel.ts";
import { requireObjects } from "../../client/objects_plugin.ts";
import { abortable } from "../../util/deadline.ts";
import { call, EventEmitter, type Listener } from "../../util/event_emitter.ts";
import { RealtimePresence } from "../presence/realtime_presence.ts";
import type { ChannelManager } from "./channel_manager.ts";
import { resolveChannelOptions } from "./resolve_channel_options.ts";
import type { ChannelCore } from "./channel_core.ts";
import type { ChannelEvent, ChannelState, ChannelStateChange } from "./channel_state.ts";
import { attachForSubscribe } from "./implicit_attach.ts";
import type { LiveOptions } from "./live_items.ts";
import { liveSubscription } from "./live_subscription.ts";
import { type MessageFilter, messageFilter } from "./message_filter.ts";
import { RealtimeAnnotations } from "./realtime_annotations.ts";
import { checkClientIds, publishMessages } from "./publish_messages.ts";
import { requireListener, subscribeArguments, warnOfCallback } from "./subscribe_arguments.ts";
import type { SubscriptionListener } from "./subscriptions.ts";
import { untilAttachParams } from "./until_attach.ts";
import { checkNoCallback, isIgnoredCallback } from "../../util/callbacks.ts";
import { inspect, shownAs } from "../../util/inspect.ts";

/** The positions of a channel; experimental (CP1). */
export interface ChannelProperties {
  /** The position at which the attachment began; `null` if the channel was never attached (CP2a). */
  readonly attachSerial: string | null;
  /** The position reached; `null` if the channel has none (CP2b). */
  readonly channelSerial: string | null;
}

/** The range of past messages to read (RTL10a). */
export interface RealtimeHistoryParams extends HistoryParams {
  /** Whether to read only what was published before the channel was attached. Defaults to false (RTL10b). */
  untilAttach?: boolean | null;
}

/** Receives messages. */
export type MessageListener<M = InboundMessage> = SubscriptionListener<M>;

/**
 * A channel of a realtime client (RTL1), and the emitter of its state changes.
 *
 * @typeParam Events The type of the data by event name; see {@linkcode EventMap}.
 */
export class RealtimeChannel<Events = EventMap>
  extends EventEmitter<ChannelEvent, ChannelStateChange> {
  readonly #core: ChannelCore;
  readonly #manager: ChannelManager;
  #presence: RealtimePresence | undefined;
  #annotations: RealtimeAnnotations | undefined;
  #push: PushChannel | undefined;
  /** Sends requests as the client or wrapper SDK that got the channel. All else uses `#manager.context`, the client (WP6). */
  readonly #requests: ClientContext;

  /** Made by the collection of channels. */
  constructor(core: ChannelCore, context: ClientContext) {
    super(core);
    this.#core = core;
    this.#manager = core.manager;
    this.#requests = context;
  }

  /** The name of the channel (RTL23). */
  get name(): string {
    return this.#manager.name;
  }

  /** The state of the channel (RTL2b). */
  get state(): ChannelState {
    return this.#manager.state;
  }

  /** The last error of the channel; `null` if there was none (RTL24). */
  get errorReason(): ErrorInfo | null {
    return this.#manager.errorReason;
  }

  /** The presence of the channel (RTL9a). */
  get presence(): RealtimePresence {
    return this.#presence ??= new RealtimePresence(this.#core, this.#requests);
  }

  /** The annotations of messages (RTL26). */
  get annotations(): RealtimeAnnotations {
    return this.#annotations ??= new RealtimeAnnotations(this.#core, this.#requests);
  }

  /** The push subscriptions of this client to the channel (RSH7). */
  get push(): PushChannel {
    return this.#push ??= new PushChannel(this.#requests, this.#manager);
  }

  /** The form in which a console shows it. */
  [inspect](...given: unknown[]): unknown {
    const { name, state, errorReason } = this;
    return shownAs("RealtimeChannel", { name, state, errorReason }, given);
  }

  /**
   * The objects that the clients of the channel share (RTL27a).
   *
   * @throws {ErrorInfo} 40019 without the plugin for them (RTL27b).
   */
  get object(): RealtimeObject {
    return requireObjects(this.#core.objects);
  }

  /** The params that the service granted (RTL4k1). */
  get params(): Readonly<Record<string, string>> {
    return this.#manager.params;
  }

  /** The modes that the service granted, once attached (RTL4m). */
  get modes(): readonly ResolvedChannelMode[] {
    return this.#manager.modes;
  }

  /** The positions of the channel; experimental (RTL15). */
  get properties(): ChannelProperties {
    const { attached, received } = this.#manager.position;
    return { attachSerial: attached, channelSerial: received };
  }

  /** The options of the channel as they were given. */
  get channelOptions(): ChannelOptions {
    return this.#manager.options.given;
  }

  /** The listeners of messages, for code that looks into the fields in which `ably` keeps them. */
  get subscriptions(): ListenerFields<MessageListener> {
    return listenerFields(this.#core.subscriptions.registered);
  }

  /**
   * Attaches: from now on messages are received (RTL4). Of calls that attach and detach without waiting for each other, the
   * last one decides.
   *
   * @param options A signal to stop waiting.
   * @returns The change; `null` if the channel was attached already.
   * @throws {ErrorInfo} 90007 if the service does not answer within `realtimeRequestTimeout`, 90000 if a later `detach()` came
   * before it was attached, 90001 after `release()`, 80017 if the client is closed; or the error with which the service
   * refused.
   */
  attach(options?: CallOptions | null): Promise<ChannelStateChange | null> {
    return this.#call("attach", options) as Promise<ChannelStateChange | null>;
  }

  /**
   * Detaches: from now on no messages are received (RTL5). Without a connection it is done at once.
   *
   * @param options A signal to stop waiting.
   * @throws {ErrorInfo} 90007 if the service does not answer within `realtimeRequestTimeout`, 90001 if the channel has
   * failed, 90000 if a later `attach()` came before it was detached.
   */
  detach(options?: CallOptions | null): Promise<void> {
    return this.#call("detach", options) as Promise<void>;
  }

  /**
   * Waits for a state (RTL25b).
   *
   * @param state The state to wait for.
   * @param options A signal to stop waiting.
   * @returns The change that led to it; `null` if the channel is in that state already.
   */
  whenState(
    state: ChannelState,
    options?: CallOptions | null,
  ): Promise<ChannelStateChange | null>;
  /**
   * Calls a listener once: with `null` at once if the channel is in the state already (RTL25a), else with the change that
   * leads to it, as `once()` does (RTL25b).
   */
  whenState(
    state: ChannelState,
    listener: Listener<ChannelEvent, ChannelStateChange | null>,
  ): void;
  whenState(
    state: ChannelState,
    second?: CallOptions | Listener<ChannelEvent, ChannelStateChange | null> | null,
  ): Promise<ChannelStateChange | null> | void {
    if (typeof second === "function") {
      return this.state === state ? this[call](second, state, null) : this.once(state, second);
    }
    return this.#untilState(state, second);
  }

  /**
   * Replaces the options. If they ask for other params or modes than the last ATTACH did, a channel that is attached or
   * attaching sends an ATTACH and waits for the reply; params or modes that are not given request nothing (RTL16). All other
   * options take effect at once.
   *
   * @param options The new options, as a whole.
   * @throws {ErrorInfo} 40000 or 40003 for options that cannot be used; or the error with which the service refused.
   */
  async setOptions(options: ChannelOptions): Promise<void> {
    this.#isCallback("setOptions", arguments[1]);
    await this.#manager.setOptions(
      resolveChannelOptions(options, this.#manager.context.options),
    );
  }

  /**
   * Publishes one message (RTL6). Does not attach the channel (RTL6c5). Without a connection the message waits for one, unless
   * `queueMessages` is off.
   *
   * @param name The event name.
   * @param data The payload: text, binary data, or an object or array that JSON can represent.
   * @returns The serial of the message.
   * @throws {ErrorInfo} 40009 if it is too large, 40012 for another clientId than the client's, 40013 if the payload cannot be
   * sent, 90001 if the channel is suspended or failed; or the error that the service returned.
   */
  publish<Name extends EventName<Events>>(
    name: Name | null,
    data?: Events[Name] | null,
    params?: CallParams | null,
  ): Promise<PublishResult>;
  /**
   * Publishes a message, or several in one frame (RTL6i1, RTL6i2). It has the errors of the form with a name.
   *
   * @param messages The message, or the messages. The objects are not changed.
   * @param params Parameters for the service, and the signal (RTL6k).
   */
  publish(
    messages: OutboundMessageOf<Events> | OutboundMessageOf<Events>[],
    params?: CallParams | null,
  ): Promise<PublishResult>;
  publish(...given: unknown[]): Promise<PublishResult> {
    return publishMessages(this.#manager, () => {
      const { messages, params } = publishArguments(given);
      checkClientIds(messages, this.#manager.context.credentials.clientId);
      return { messages, params, schemas: this.#manager.options.schemas };
    });
  }

  /**
   * Subscribes to all messages; attaches the channel unless the options say otherwise (RTL7a, RTL7g).
   *
   * @param listener Called with each message. It stays subscribed even if attaching fails.
   * @returns The change by which the channel was attached; `null` if nothing had to be done.
   * @throws {ErrorInfo} The error of attaching; 90009 if the channel is attached without the `subscribe` mode and `strictMode`
   * is on.
   */
  subscribe(
    listener: MessageListener<InboundMessageOf<Events>>,
  ): Promise<ChannelStateChange | null>;
  /** Subscribes to messages with one name, or with one of several (RTL7b). */
  subscribe<Name extends EventName<Events>>(
    name: Name | readonly Name[],
    listener: MessageListener<InboundMessageOf<Pick<Events, Name>>>,
  ): Promise<ChannelStateChange | null>;
  /** Subscribes to the messages that a filter matches (RTL22). */
  subscribe(
    filter: MessageFilter,
    listener: MessageListener<InboundMessageOf<Events>>,
  ): Promise<ChannelStateChange | null>;
  async subscribe(first: unknown, second?: unknown): Promise<ChannelStateChange | null> {
    const given = subscribeArguments<InboundMessage>(first, second, messageFilter);
    warnOfCallback(this.#manager, arguments);
    this.#core.subscriptions.add(given.target, requireListener(given));
    return await attachForSubscribe(this.#manager, "subscribe");
  }

  /** Removes all listeners (RTL8c). */
  unsubscribe(): void;
  /** Removes a listener from everything it was subscribed to (RTL8a). */
  unsubscribe(listener: MessageListener<InboundMessageOf<Events>>): void;
  /** Removes a listener, or all, from a name, from several names, or from a filter (RTL8b). */
  unsubscribe<Name extends EventName<Events>>(
    nameOrFilter: Name | readonly Name[] | MessageFilter | null,
    listener?: MessageListener<InboundMessageOf<Pick<Events, Name>>> | null,
  ): void;
  unsubscribe(first?: unknown, second?: unknown): void {
    const given = subscribeArguments<InboundMessage>(first, second, messageFilter);
    this.#core.subscriptions.remove(given.target, given.listener);
  }

  /**
   * Messages as they come, for `for await`. Attaches the channel unless the options say otherwise. Delivery starts with the
   * call and ends with the loop. The loop ends by itself, after the messages that wait, when the channel is detached or
   * released or the client is closed; it throws the reason when attaching fails, or the channel or the connection does. An
   * interruption, even a long one, does not end it, nor does `unsubscribe()`.
   *
   * @param filter A name, several names or a filter; all messages by default.
   * @param options The signal, the number of messages that may wait to be taken, and the action when more wait.
   *
   * @example Taking messages until a signal
   * ```ts
   * import type { RealtimeChannel } from "@ably-edge/sdk";
   *
   * export async function follow(channel: RealtimeChannel, signal: AbortSignal): Promise<void> {
   *   for await (const message of channel.messages("placed", { signal })) console.log(message.data);
   * }
   * ```
   */
  messages<Name extends EventName<Events>>(
    filter?: Name | readonly Name[] | MessageFilter | null,
    options?: LiveOptions | null,
  ): AsyncIterableIterator<InboundMessageOf<Pick<Events, Name>>> {
    const { target } = subscribeArguments<InboundMessage>(filter, null, messageFilter);
    const what = { subscriptions: this.#core.subscriptions, target, mode: "subscribe" } as const;
    // The type of the data is a promise of the user, so it cannot be checked.
    return liveSubscription(this.#manager, what, options) as AsyncIterableIterator<
      InboundMessageOf<Pick<Events, Name>>
    >;
  }

  /**
   * Reads past messages over REST (RTL10).
   *
   * @param params The range of messages, and the signal.
   * @throws {ErrorInfo} 40000 if `untilAttach` is set and the channel is not attached, 40003 if a parameter is out of its
   * range; or the error that the service returned.
   */
  async history(
    params?: RealtimeHistoryParams | null,
  ): Promise<PaginatedResult<InboundMessageOf<Events>>> {
    checkNoCallback(arguments);
    return await history(this.#requests, this.#target, untilAttachParams(this.#manager, params));
  }

  /**
   * Fetches the channel's status and occupancy over REST (RSL8).
   *
   * @param options The signal.
   * @throws {ErrorInfo} The error that the service returned.
   */
  status(options?: CallOptions | null): Promise<ChannelDetails> {
    return channelStatus(this.#requests, this.#target, options);
  }

  /**
   * Reads the latest version of a message over REST (RTL28).
   *
   * @param message The message, or its serial.
   * @param options The signal.
   * @throws {ErrorInfo} 40003 without a serial, 40400 if there is no such message; or the error that the service returned.
   */
  getMessage(
    message: MessageOrSerial,
    options?: CallOptions | null,
  ): Promise<InboundMessageOf<Events>> {
    return getMessage(this.#requests, this.#target, { message, options });
  }

  /**
   * Reads all versions of a message over REST, oldest first (RTL31).
   *
   * @param message The message, or its serial.
   * @param params Query parameters, and the signal.
   * @throws {ErrorInfo} 40003 without a serial; or the error that the service returned.
   */
  getMessageVersions(
    message: MessageOrSerial,
    params?: CallParams | null,
  ): Promise<PaginatedResult<InboundMessageOf<Events>>> {
    return getMessageVersions(this.#requests, this.#target, { message, params });
  }

  /**
   * Replaces attributes of a message (RTL32). Attributes that are null or absent keep their values.
   *
   * @param message The serial, and the attributes to replace. The object is not changed.
   * @param operation The author and the reason of the change.
   * @param params Parameters for the service, and the signal.
   * @throws {ErrorInfo} 40003 without a serial; else as {@linkcode publish}.
   */
  updateMessage(
    message: Message,
    operation?: MessageOperation | null,
    params?: CallParams | null,
  ): Promise<UpdateDeleteResult> {
    return this.#change({ action: "message.update", message, operation, params });
  }

  /** Marks a message as deleted (RTL32). It has the arguments and the errors of {@linkcode updateMessage}. */
  deleteMessage(
    message: Message,
    operation?: MessageOperation | null,
    params?: CallParams | null,
  ): Promise<UpdateDeleteResult> {
    return this.#change({ action: "message.delete", message, operation, params });
  }

  /** Appends to the data of a message (RTL32). It has the arguments and the errors of {@linkcode updateMessage}. */
  appendMessage(
    message: Message,
    operation?: MessageOperation | null,
    params?: CallParams | null,
  ): Promise<UpdateDeleteResult> {
    return this.#change({ action: "message.append", message, operation, params });
  }

  async #untilState(
    state: ChannelState,
    options?: CallOptions | null,
  ): Promise<ChannelStateChange | null> {
    const signal = signalOf(options);
    return this.state === state ? null : await this.#manager.nextState(state, signal);
  }

  /** One async function: thousands of calls may wait, and each layer would hold a promise and a suspended function more. */
  async #call(
    method: "attach" | "detach",
    options: CallOptions | null | undefined,
  ): Promise<ChannelStateChange | null | void> {
    const signal = this.#isCallback(method, options) ? null : signalOf(options);
    signal?.throwIfAborted();
    try {
      return await abortable<ChannelStateChange | null | void>(this.#manager[method](), signal);
    } catch (error) {
      throw atCaller(error);
    }
  }

  #isCallback(method: string, value: unknown): boolean {
    return isIgnoredCallback(this.#manager.context.options.logger, method, value);
  }

  get #target(): ChannelRef {
    return { name: this.name, cipher: this.#manager.options.cipher };
  }

  async #change(change: MessageChangeArguments): Promise<UpdateDeleteResult> {
    const message = changedMessage(change);
    const isWhole = change.action === "message.update" && message.data != null;
    const schemas = isWhole ? this.#manager.options.schemas : null;
    const { params } = change;
    const { serials } = await publishMessages(
      this.#manager,
      () => ({ messages: [message], params, schemas }),
    );
    return { versionSerial: serials[0] ?? null }; // RTL32d
  }
}
