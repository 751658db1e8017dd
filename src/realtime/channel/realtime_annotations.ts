import type { Annotation, OutboundAnnotation } from "../../messages/annotation.ts";
import * as Action from "../../protocol/action_numbers.ts";
import { toWireAnnotation } from "../../protocol/to_wire_annotation.ts";
import { type CallOptions, signalOf } from "../../client/call_options.ts";
import type { ClientContext } from "../../client/context.ts";
import type { MessageOrSerial } from "../../operations/message_changes.ts";
import type { PaginatedResult } from "../../operations/paging/paginated_result.ts";
import {
  type AnnotationArguments,
  getAnnotations,
  type GetAnnotationsParams,
  outboundAnnotation,
} from "../../operations/annotations.ts";
import { checkPublishSize } from "../../operations/publish.ts";
import { untilAborted } from "../../util/deadline.ts";
import { inspect, shownAs } from "../../util/inspect.ts";
import type { ChannelManager } from "./channel_manager.ts";
import type { ChannelCore } from "./channel_core.ts";
import type { ChannelStateChange } from "./channel_state.ts";
import { attachForSubscribe } from "./implicit_attach.ts";
import type { LiveOptions } from "./live_items.ts";
import { liveSubscription } from "./live_subscription.ts";
import { requireListener, subscribeArguments, warnOfCallback } from "./subscribe_arguments.ts";
import type { SubscriptionListener, Subscriptions } from "./subscriptions.ts";

/** Receives annotations. */
export type AnnotationListener = SubscriptionListener<Annotation>;

/** The annotations of a channel's messages (RTL26). */
export class RealtimeAnnotations {
  readonly #channel: ChannelManager;
  readonly #subscriptions: Subscriptions<Annotation>;
  readonly #requests: ClientContext;

  /** Made by its channel. */
  constructor({ manager, annotations }: ChannelCore, context: ClientContext) {
    this.#channel = manager;
    this.#subscriptions = annotations.subscriptions;
    this.#requests = context;
  }

  /** The form in which a console shows it. */
  [inspect](...given: unknown[]): unknown {
    return shownAs("RealtimeAnnotations", { channel: this.#channel.name }, given);
  }

  /**
   * Annotates a message (RTAN1).
   *
   * @param message The message, or its serial.
   * @param annotation Its type, and any other attributes. The object is not changed.
   * @param options The signal.
   * @throws {ErrorInfo} 40003 without a serial or a type, 40009 if it is too large, 40013 if the payload cannot be sent; or the
   * error that the service returned.
   */
  publish(
    message: MessageOrSerial,
    annotation: OutboundAnnotation,
    options?: CallOptions | null,
  ): Promise<void> {
    return this.#send({ action: "annotation.create", message, annotation, options });
  }

  /**
   * Deletes an annotation (RTAN2a). The type determines which annotations count as the same. It has the arguments and the
   * errors of {@linkcode publish}.
   */
  delete(
    message: MessageOrSerial,
    annotation: OutboundAnnotation,
    options?: CallOptions | null,
  ): Promise<void> {
    return this.#send({ action: "annotation.delete", message, annotation, options });
  }

  /**
   * Reads the annotations of a message over REST, oldest first (RTAN3a).
   *
   * @param message The message, or its serial.
   * @param params The size of a page, and the signal.
   * @throws {ErrorInfo} 40003 without a serial or if a parameter is out of its range; or the error that the service returned.
   */
  get(
    message: MessageOrSerial,
    params?: GetAnnotationsParams | null,
  ): Promise<PaginatedResult<Annotation>> {
    const { name, options } = this.#channel;
    return getAnnotations(this.#requests, { name, cipher: options.cipher }, { message, params });
  }

  /**
   * Subscribes to all annotations (RTAN4a). It requires the `annotation_subscribe` mode in the channel options, and attaches
   * the channel unless they set `attachOnSubscribe` to false.
   */
  subscribe(listener: AnnotationListener): Promise<ChannelStateChange | null>;
  /** Subscribes to the annotations of one type, or of one of several (RTAN4c). */
  subscribe(
    type: string | readonly string[],
    listener: AnnotationListener,
  ): Promise<ChannelStateChange | null>;
  async subscribe(
    type: string | readonly string[] | AnnotationListener,
    listener?: AnnotationListener,
  ): Promise<ChannelStateChange | null> {
    const given = subscribeArguments<Annotation>(type, listener);
    warnOfCallback(this.#channel, arguments);
    this.#subscriptions.add(given.target, requireListener(given));
    return await attachForSubscribe(this.#channel, "annotation_subscribe"); // RTAN4d, RTAN4e
  }

  /** Removes all listeners (RTAN5a). */
  unsubscribe(): void;
  /** Removes a listener (RTAN5a). */
  unsubscribe(listener: AnnotationListener): void;
  /** Removes a listener, or all, from the annotations of one type, or of one of several (RTAN5a). */
  unsubscribe(type: string | readonly string[] | null, listener?: AnnotationListener | null): void;
  unsubscribe(
    type?: string | readonly string[] | AnnotationListener | null,
    listener?: AnnotationListener | null,
  ): void {
    const given = subscribeArguments<Annotation>(type, listener);
    this.#subscriptions.remove(given.target, given.listener);
  }

  /**
   * Annotations as they come, for `for await`. Begins and ends as `messages()` of the channel does.
   *
   * @param type The types; all by default.
   * @param options The signal, and the number of annotations that may wait to be taken.
   */
  events(
    type?: string | readonly string[] | null,
    options?: LiveOptions | null,
  ): AsyncIterableIterator<Annotation> {
    const { target } = subscribeArguments<Annotation>(type, null);
    const what = {
      subscriptions: this.#subscriptions,
      target,
      mode: "annotation_subscribe",
    } as const;
    return liveSubscription(this.#channel, what, options);
  }

  async #send(call: AnnotationArguments): Promise<void> {
    const channel = this.#channel;
    const annotation = outboundAnnotation(call); // RTAN1a
    const wire = toWireAnnotation(annotation, { format: channel.connection.codec.format });
    checkPublishSize([annotation], channel.context.limits.maxMessageSize);
    const signal = signalOf(call.options);
    signal?.throwIfAborted();
    channel.checkPublishable(); // RTAN1b
    const sent = channel.publishInOrder(
      wire,
      (wire) => ({ action: Action.Annotation, annotations: [wire] }), // RTAN1c
    );
    await untilAborted(sent, signal); // RTAN1d
  }
}
