import type { RestObject } from "../liveobjects/core/api_rest.ts";
import type {
  EventMap,
  EventName,
  InboundMessageOf,
  OutboundMessageOf,
} from "../messages/typed_events.ts";
import type { Message } from "../messages/message.ts";
import type { CallOptions, CallParams } from "../client/call_options.ts";
import { type ChannelDetails, channelStatus } from "../operations/channel_details.ts";
import type { ChannelOptions } from "../client/channel_options.ts";
import type { RestChannelCore } from "./rest_channel_core.ts";
import type { ClientContext } from "../client/context.ts";
import { history, type HistoryParams } from "../operations/history.ts";
import {
  changeMessage,
  getMessage,
  getMessageVersions,
  type MessageOperation,
  type MessageOrSerial,
  type UpdateDeleteResult,
} from "../operations/message_changes.ts";
import type { PaginatedResult } from "../operations/paging/paginated_result.ts";
import { publish, type PublishResult } from "../operations/publish.ts";
import { PushChannel } from "../operations/push/push_channel.ts";
import { requireObjects } from "../client/objects_plugin.ts";
import { RestAnnotations } from "./rest_annotations.ts";
import { RestPresence } from "./rest_presence.ts";
import { callbackRefused } from "../util/callbacks.ts";
import { inspect, shownAs } from "../util/inspect.ts";

/** The parts of a channel that other entries of this package use. */
export interface ChannelParts {
  readonly context: ClientContext;
  readonly core: RestChannelCore;
}

/** The parts of a channel; undefined for any other value. */
export let partsOf: (channel: unknown) => ChannelParts | undefined;

/**
 * A channel over HTTP, to publish messages and to read them. Made by `rest.channels.get()`.
 *
 * @typeParam Events The types of the data by event name. By default, names and data may have any type.
 */
export class RestChannel<Events extends object = EventMap> {
  /** The presence set (RSL3). */
  readonly presence: RestPresence;
  /** The annotations of messages (RSL10). */
  readonly annotations: RestAnnotations;
  /** This client's push subscriptions to the channel (RSH7). */
  readonly push: PushChannel;
  readonly #context: ClientContext;
  readonly #core: RestChannelCore;
  #object: RestObject | undefined;

  static {
    partsOf = (channel) =>
      typeof channel === "object" && channel !== null && #context in channel
        ? { context: channel.#context, core: channel.#core }
        : undefined;
  }

  /** Made by `rest.channels`. */
  constructor(context: ClientContext, core: RestChannelCore) {
    this.#context = context;
    this.#core = core;
    this.presence = new RestPresence(context, core);
    this.annotations = new RestAnnotations(context, core);
    this.push = new PushChannel(context, core);
  }

  /**
   * The objects that the clients of the channel share.
   *
   * @throws {ErrorInfo} 40019 without the plugin for them.
   */
  get object(): RestObject {
    this.#object ??= this.#context.options.liveObjects?.rest(this.#context, this.#core);
    return requireObjects(this.#object);
  }

  /** The channel's name (RSL9). */
  get name(): string {
    return this.#core.name;
  }

  /** The form in which a console shows it. */
  [inspect](...given: unknown[]): unknown {
    return shownAs("RestChannel", { name: this.name }, given);
  }

  /** The options of the channel as they were given. */
  get channelOptions(): ChannelOptions {
    return this.#core.given;
  }

  /**
   * Publishes a message (RSL1).
   *
   * @param name The event name.
   * @param data The payload: text, binary data, or an object or array that JSON can represent.
   * @param params Query parameters, and a signal under the name `signal`.
   * @returns The serial of the message.
   * @throws {ErrorInfo} 40009 if it is too large, 40013 if the payload cannot be sent, 40003 if another argument is not valid;
   * or the error that the service returned.
   */
  publish<Name extends EventName<Events>>(
    name: Name,
    data: Events[Name],
    params?: CallParams | null,
  ): Promise<PublishResult>;
  /**
   * Publishes a message without a name (RSL1e).
   *
   * @param name Nothing.
   * @param data The payload.
   * @param params Query parameters, and the signal under the name `signal`.
   */
  publish(
    name: string extends keyof Events ? null | undefined : never,
    data: unknown,
    params?: CallParams | null,
  ): Promise<PublishResult>;
  /**
   * Publishes a message, or several in one request (RSL1c). The objects are not changed: ids from the client (RSL1k1) are not
   * written into them.
   *
   * @param messages The message, or the messages.
   * @param params Query parameters (RSL1l), and the signal under the name `signal`.
   * @returns The serials of the messages, in order.
   * @throws {ErrorInfo} 40009 if they are too large together, 40013 if a payload cannot be sent, 40003 if another argument is
   * not valid; or the error that the service returned.
   */
  publish(
    messages: OutboundMessageOf<Events> | readonly OutboundMessageOf<Events>[],
    params?: CallParams | null,
  ): Promise<PublishResult>;
  publish(...given: unknown[]): Promise<PublishResult> {
    return publish(this.#context, this.#core, given);
  }

  /**
   * Reads the channel's history, newest first by default (RSL2).
   *
   * @param params The range of messages, and the signal.
   * @throws {ErrorInfo} 40003 if a parameter is out of its range; or the error that the service returned.
   */
  history(params?: HistoryParams | null): Promise<PaginatedResult<InboundMessageOf<Events>>> {
    return callbackRefused(arguments) ?? history(this.#context, this.#core, params);
  }

  /**
   * Fetches the channel's status and occupancy (RSL8).
   *
   * @param options The signal.
   * @throws {ErrorInfo} The error that the service returned.
   */
  status(options?: CallOptions | null): Promise<ChannelDetails> {
    return channelStatus(this.#context, this.#core, options);
  }

  /**
   * Reads the latest version of a message (RSL11).
   *
   * @param message The message, or its serial.
   * @param options The signal.
   * @throws {ErrorInfo} 40003 without a serial, 40400 if there is no such message; or the error that the service returned.
   */
  getMessage(
    message: MessageOrSerial,
    options?: CallOptions | null,
  ): Promise<InboundMessageOf<Events>> {
    return getMessage(this.#context, this.#core, { message, options });
  }

  /**
   * Reads all versions of a message, oldest first (RSL14).
   *
   * @param message The message, or its serial.
   * @param params Query parameters, and the signal under the name `signal`.
   * @throws {ErrorInfo} 40003 without a serial; or the error that the service returned.
   */
  getMessageVersions(
    message: MessageOrSerial,
    params?: CallParams | null,
  ): Promise<PaginatedResult<InboundMessageOf<Events>>> {
    return getMessageVersions(this.#context, this.#core, { message, params });
  }

  /**
   * Replaces attributes of a message (RSL15). Attributes that are null or absent keep their values; `data: ""` empties the
   * data.
   *
   * @param message The serial, and the attributes to replace. The object is not changed.
   * @param operation The author and the reason of the change.
   * @param params Query parameters, and the signal under the name `signal`.
   * @throws {ErrorInfo} 40003 without a serial, 40009 if it is too large, 40013 if the payload cannot be sent; or the error
   * that the service returned.
   */
  updateMessage(
    message: Message,
    operation?: MessageOperation | null,
    params?: CallParams | null,
  ): Promise<UpdateDeleteResult> {
    const change = { action: "message.update" as const, message, operation, params };
    return changeMessage(this.#context, this.#core, change);
  }

  /**
   * Marks a message as deleted (RSL15).
   *
   * @param message The serial, and any attributes to replace.
   * @param operation The author and the reason.
   * @param params Query parameters, and the signal under the name `signal`.
   * @throws {ErrorInfo} As `updateMessage`.
   */
  deleteMessage(
    message: Message,
    operation?: MessageOperation | null,
    params?: CallParams | null,
  ): Promise<UpdateDeleteResult> {
    const change = { action: "message.delete" as const, message, operation, params };
    return changeMessage(this.#context, this.#core, change);
  }

  /**
   * Appends to the data of a message (RSL15).
   *
   * @param message The serial, and the data to append.
   * @param operation The author and the reason.
   * @param params Query parameters, and the signal under the name `signal`.
   * @throws {ErrorInfo} As `updateMessage`.
   */
  appendMessage(
    message: Message,
    operation?: MessageOperation | null,
    params?: CallParams | null,
  ): Promise<UpdateDeleteResult> {
    const change = { action: "message.append" as const, message, operation, params };
    return changeMessage(this.#context, this.#core, change);
  }

  /**
   * Replaces the options of the channel (RSL7).
   *
   * @param options The new options.
   * @throws {ErrorInfo} 40003 if they are not valid; the earlier ones stay in force.
   */
  async setOptions(options: ChannelOptions): Promise<void> {
    this.#core.setOptions(options);
  }
}
