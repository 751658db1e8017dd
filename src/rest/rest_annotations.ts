import type { Annotation, OutboundAnnotation } from "../messages/annotation.ts";
import type { CallOptions } from "../client/call_options.ts";
import type { ChannelRef } from "../client/channel_ref.ts";
import type { ClientContext } from "../client/context.ts";
import type { MessageOrSerial } from "../operations/message_changes.ts";
import { inspect, shownAs } from "../util/inspect.ts";
import type { PaginatedResult } from "../operations/paging/paginated_result.ts";
import {
  getAnnotations,
  type GetAnnotationsParams,
  publishAnnotation,
} from "../operations/annotations.ts";

/** The annotations of a channel's messages, such as reactions (RSL10). */
export class RestAnnotations {
  readonly #context: ClientContext;
  readonly #channel: ChannelRef;

  /** Made by its channel. */
  constructor(context: ClientContext, channel: ChannelRef) {
    this.#context = context;
    this.#channel = channel;
  }

  /** The form in which a console shows it. */
  [inspect](...given: unknown[]): unknown {
    return shownAs("RestAnnotations", { channel: this.#channel.name }, given);
  }

  /**
   * Annotates a message (RSAN1).
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
    const action = "annotation.create";
    return publishAnnotation(this.#context, this.#channel, {
      action,
      message,
      annotation,
      options,
    });
  }

  /**
   * Deletes an annotation (RSAN2). The type determines which annotations count as the same.
   *
   * @param message The message, or its serial.
   * @param annotation Its type, and its name if the type takes one. The object is not changed.
   * @param options The signal.
   * @throws {ErrorInfo} As `publish`.
   */
  delete(
    message: MessageOrSerial,
    annotation: OutboundAnnotation,
    options?: CallOptions | null,
  ): Promise<void> {
    const action = "annotation.delete";
    return publishAnnotation(this.#context, this.#channel, {
      action,
      message,
      annotation,
      options,
    });
  }

  /**
   * Reads the annotations of a message, oldest first (RSAN3).
   *
   * @param message The message, or its serial.
   * @param params The size of a page, and the signal.
   * @throws {ErrorInfo} 40003 without a serial or if a parameter is out of its range; or the error that the service returned.
   */
  get(
    message: MessageOrSerial,
    params?: GetAnnotationsParams | null,
  ): Promise<PaginatedResult<Annotation>> {
    return getAnnotations(this.#context, this.#channel, { message, params });
  }
}
