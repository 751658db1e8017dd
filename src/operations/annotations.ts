import {
  ANNOTATION,
  type Annotation,
  type AnnotationAction,
  completeAnnotation,
  type OutboundAnnotation,
} from "../messages/annotation.ts";
import { fetchBody } from "../http/fetch_body.ts";
import { toWireAnnotation } from "../protocol/to_wire_annotation.ts";
import { readMembers } from "../util/read_members.ts";
import { checkText, serialOf } from "../client/checks.ts";
import { ownExtras, withOwnData } from "../client/own_message.ts";
import { type CallOptions, type CallParams, signalOf } from "../client/call_options.ts";
import type { ChannelRef } from "../client/channel_ref.ts";
import { messagePath } from "../client/paths.ts";
import type { ClientContext } from "../client/context.ts";
import type { MessageOrSerial } from "./message_changes.ts";
import { fetchDecoded } from "./paging/fetch_page.ts";
import type { PaginatedResult } from "./paging/paginated_result.ts";
import { checkPublishSize, giveIds } from "./publish.ts";
import { LIMIT } from "./range_params.ts";

/** The change to the annotations of a message. */
export interface AnnotationArguments {
  /** Whether to create or to delete it (RSAN1c1, RSAN2a). */
  action: Exclude<AnnotationAction, "unknown">;
  /** The message (RSAN1a). */
  message: MessageOrSerial;
  /** The annotation. */
  annotation: OutboundAnnotation;
  /** The signal. */
  options?: CallOptions | null;
}

/**
 * Completes an annotation. Its action and message are those of the call, not those in the caller's object (RSAN1c1, RSAN1c2).
 * That object is not changed.
 *
 * @throws {ErrorInfo} 40003 without a serial or a type, or if an attribute is of the wrong type.
 */
export function outboundAnnotation(
  { action, message, annotation }: AnnotationArguments,
): OutboundAnnotation {
  const messageSerial = serialOf(message, "annotate a message");
  const own = readMembers(annotation, ANNOTATION) as OutboundAnnotation;
  checkText(own.type, 'The attribute "type" of the annotation'); // RSAN1a3
  if (own.extras != null) own.extras = ownExtras(own.extras);
  return { ...withOwnData(own, own.data), action, messageSerial };
}

/**
 * Publishes or deletes an annotation (RSAN1, RSAN2).
 *
 * @throws {ErrorInfo} 40003 without a serial or a type, 40009 if it is too large, 40013 if the payload cannot be sent;
 * or the error that the service returned.
 */
export async function publishAnnotation(
  context: ClientContext,
  channel: ChannelRef,
  call: AnnotationArguments,
): Promise<void> {
  const { http, limits, options } = context;
  const annotation = outboundAnnotation(call);
  const wire = toWireAnnotation(annotation, { format: options.codec.format }); // RSAN1c3
  checkPublishSize([annotation], limits.maxMessageSize); // RSAN1a4
  giveIds([wire], context); // RSAN1c4
  await fetchBody(http, {
    method: "POST",
    path: `${messagePath(channel, annotation.messageSerial!)}/annotations`, // RSAN1c6
    body: [wire], // RSAN1c
    signal: signalOf(call.options),
  });
}

/** The params for reading the annotations of a message (RSAN3a). */
export interface GetAnnotationsParams extends CallParams {
  /** The number of annotations in a page, from 1 to 1000. Defaults to 100. */
  limit?: number | null;
}

/**
 * Reads the annotations of a message, oldest first (RSAN3).
 *
 * @throws {ErrorInfo} 40003 without a serial or if a parameter is out of its range; or the error that the service returned.
 */
export async function getAnnotations(
  context: ClientContext,
  channel: ChannelRef,
  { message, params }: { message: MessageOrSerial; params?: GetAnnotationsParams | null },
): Promise<PaginatedResult<Annotation>> {
  const path = `${messagePath(channel, serialOf(message, "get annotations"))}/annotations`; // RSAN3b
  return await fetchDecoded(context, channel, {
    path,
    params,
    known: { names: { limit: LIMIT } },
    complete: completeAnnotation,
  });
}
