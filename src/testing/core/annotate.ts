import type { Format } from "../../encoding/chain.ts";
import * as Action from "../../protocol/action_numbers.ts";
import type { Channel } from "./channel.ts";
import type { StoredAnnotation, StoredMessage } from "./channel_event.ts";
import { alphanumeric } from "./identifiers.ts";
import { readMessage } from "./incoming_message.ts";
import { findMessage, MESSAGE_SUMMARY, requireMutable } from "./mutate.ts";
import { type Publisher, resolveClientId } from "./publisher.ts";
import { indexedSerial } from "./serials.ts";
import { userClaimOn, withUserClaim } from "./user_claims.ts";
import { ServiceCode, serviceError } from "./service_error.ts";
import { ANNOTATION_DELETE, needsClientId, summarise } from "./summaries.ts";

/** The details that come with annotations. */
export interface AnnotationFrame {
  readonly publisher: Publisher;
  readonly format: Format;
  /** The beginning of the ids of annotations that have no id of their own. */
  readonly frameId?: string;
  /** The message that they belong to, if they do not name one themselves. */
  readonly messageSerial?: string;
}

const MAX_ANNOTATIONS = 100;

/**
 * Adds annotations to messages, or deletes them (RSAN1, RSAN2), and updates the summaries.
 *
 * @returns The annotations' serials.
 * @throws {ErrorInfo} 40000, 40012, 40400 or 93002 if they are refused.
 */
export function annotate(channel: Channel, given: unknown, frame: AnnotationFrame): string[] {
  requireMutable(channel);
  const list = Array.isArray(given) ? given : [given];
  if (list.length === 0 || list.length > MAX_ANNOTATIONS) {
    throw serviceError(ServiceCode.BadRequest, `There must be 1 to ${MAX_ANNOTATIONS} annotations`);
  }
  channel.admit(list.length);
  const timestamp = channel.clock.stamp();
  const channelSerial = channel.nextSerial(timestamp);
  const id = frame.frameId ?? alphanumeric(channel.random, 12);
  const annotations = list.map((item: unknown, index) =>
    readAnnotation(channel, item, {
      frame,
      base: { id: `${id}:${index}`, serial: indexedSerial(channelSerial, index), timestamp },
    })
  );
  for (const annotation of annotations) channel.annotations.add(annotation);
  const { connectionId } = frame.publisher;
  const action = Action.Annotation;
  channel.emit({ action, channelSerial, id, connectionId, timestamp, annotations });
  for (const serial of new Set(annotations.map(({ messageSerial }) => messageSerial))) {
    refreshSummary(channel, serial);
  }
  return annotations.map(({ serial }) => serial);
}

function readAnnotation(
  channel: Channel,
  item: unknown,
  { frame, base }: {
    frame: AnnotationFrame;
    base: Pick<StoredAnnotation, "id" | "serial" | "timestamp">;
  },
): StoredAnnotation {
  const { id, action, name, clientId: named, data, encoding, ...more } = readMessage(
    item,
    frame.format,
  );
  const extras = withUserClaim(more.extras, userClaimOn(channel, frame.publisher.claims));
  const { type, count, messageSerial = frame.messageSerial } = item as Record<string, unknown>;
  if (typeof type !== "string" || type === "") {
    throw serviceError(ServiceCode.BadRequest, "An annotation needs a type");
  }
  const message = findMessage(channel, messageSerial as string | undefined);
  const clientId = resolveClientId(frame.publisher, named);
  if (clientId === undefined && needsClientId(type)) {
    throw serviceError(
      ServiceCode.InvalidClientId,
      `An annotation of type ${type} needs a clientId`,
    );
  }
  return {
    ...base,
    ...(id !== undefined && { id }),
    action: action === ANNOTATION_DELETE ? ANNOTATION_DELETE : 0,
    messageSerial: message.serial,
    type,
    ...(name !== undefined && { name }),
    ...(clientId !== undefined && { clientId }),
    ...(typeof count === "number" && { count }),
    ...(data !== undefined && { data }),
    ...(encoding !== undefined && { encoding }),
    ...(extras !== undefined && { extras }),
  };
}

/** Makes a new summary of a message's annotations, and sends it to all subscribers (TM5, summary). */
function refreshSummary(channel: Channel, messageSerial: string): void {
  const message = channel.messages.latest(messageSerial)!;
  const byType = channel.annotations.byType(messageSerial);
  const summary = Object.fromEntries(
    [...byType].map(([type, events]) => [type, summarise(type, events)])
      .filter(([, value]) => value !== undefined),
  );
  if (Object.keys(summary).length === 0) return;
  channel.messages.replaceLatest({ ...message, annotations: { summary } });
  const timestamp = channel.clock.stamp();
  const id = alphanumeric(channel.random, 12);
  const event: StoredMessage = {
    id: `${id}:0`,
    action: MESSAGE_SUMMARY,
    serial: messageSerial,
    timestamp: message.timestamp,
    version: message.version,
    ...(message.name !== undefined && { name: message.name }),
    ...(message.clientId !== undefined && { clientId: message.clientId }),
    annotations: { summary },
  };
  channel.emit({
    action: Action.Message,
    channelSerial: channel.nextSerial(timestamp),
    id,
    timestamp,
    messages: [event],
  });
}
