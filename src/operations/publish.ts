import * as ErrorCode from "../error_numbers.ts";
import { createError } from "../errors.ts";
import { randomMessageIdBase } from "../util/random.ts";
import { fetchBody } from "../http/fetch_body.ts";
import { sizeOf } from "../messages/size.ts";
import { toWireMessages } from "../protocol/to_wire_message.ts";
import { invalidParameter } from "../client/checks.ts";
import { type CallParams, queryOf } from "../client/call_options.ts";
import type { ChannelRef } from "../client/channel_ref.ts";
import { channelPath } from "../client/paths.ts";
import type { ClientContext } from "../client/context.ts";
import { checkData } from "../client/data_schemas.ts";
import { type OwnMessage, ownMessages, withOwnData } from "../client/own_message.ts";
import { checkNoCallback } from "../util/callbacks.ts";

/** The result of a publish (PBR1). */
export interface PublishResult {
  /** The serials of the messages, in order; `null` for one that the service discarded by a rule (PBR2a). */
  serials: (string | null)[];
}

/**
 * Sends messages to a channel in one request (RSL1).
 *
 * @param given The arguments of a call of `publish()`. The messages are not changed.
 * @throws {ErrorInfo} 40009 if the messages are too large, 40013 if a payload cannot be sent, 40003 if an attribute is of the
 * wrong type; or the error that the service returned.
 */
export async function publish(
  context: ClientContext,
  channel: ChannelRef,
  given: readonly unknown[],
): Promise<PublishResult> {
  const { messages, params } = publishArguments(given);
  const { query, signal } = queryOf(params);
  const { maxMessageSize } = context.limits;
  checkPublishSize(messages, maxMessageSize); // RSL1i
  const { cipher, schemas } = channel;
  const encoded = toWireMessages(messages, { format: context.options.codec.format, cipher });
  const [wire] = schemas || encoded instanceof Promise
    ? await Promise.all([encoded, schemas && checkData(messages, schemas)])
    : [encoded];
  giveIds(wire, context); // RSL1k1
  const answer = await fetchBody(context.http, {
    method: "POST",
    path: `${channelPath(channel)}/messages`,
    params: query,
    body: wire,
    signal,
  }); // RSL1d
  const { name } = channel;
  context.options.report?.({
    kind: "messages",
    direction: "published",
    channel: name,
    count: messages.length,
  });
  const { serials } = (answer ?? {}) as Partial<PublishResult>;
  return { serials: serials ?? [] }; // RSL1n
}

/** The messages to publish, and the options. */
export interface PublishArguments {
  /** Copies of the messages, made when the call was made. */
  messages: readonly OwnMessage[];
  /** Query parameters, and the signal. */
  params?: CallParams | null;
}

/**
 * Reads the arguments of `publish(name, data, params)`, `publish(message, params)` and `publish(messages, params)` (RSL1a,
 * RSL1b, RSL1c).
 *
 * @throws {ErrorInfo} 40013 if they have another form or data cannot be sent (RSL4a), 40003 if an attribute is of the wrong
 * type or there is no message at all.
 */
export function publishArguments(given: readonly unknown[]): PublishArguments {
  const [first, second, third] = given;
  if (first == null || typeof first === "string") {
    const message: OwnMessage = { name: first };
    if (given.length > 3) checkNoCallback(given);
    return { messages: [withOwnData(message, second)], params: third as CallParams };
  }
  checkNoCallback([third]);
  const messages = ownMessages(Array.isArray(first) ? first : [first]);
  return { messages, params: second as CallParams };
}

/**
 * Checks the size of the items of one publish, before encryption and encoding (TM6, TO3l8).
 *
 * @throws {ErrorInfo} 40009 if it exceeds the limit, 40003 if the extras cannot be represented in JSON.
 */
export function checkPublishSize(
  items: readonly Parameters<typeof sizeOf>[0][number][],
  limit: number,
) {
  if (!mayExceed(items, limit)) return;
  const size = measured(items);
  if (size <= limit) return;
  throw createError(
    ErrorCode.MessageTooLarge,
    `The messages have ${size} bytes, more than the limit of ${limit}`,
    "Publish less at once, or keep large payloads elsewhere and publish their address.",
  );
}

/** True if items may be too large. The estimate spares most publishes the exact measurement. */
function mayExceed(items: Parameters<typeof sizeOf>[0], limit: number): boolean {
  let length = 0;
  for (const { name, data, clientId, extras } of items) {
    if (extras != null || data != null && typeof data !== "string") return true;
    length += lengthOf(name) + lengthOf(clientId) + lengthOf(data);
  }
  return 3 * length > limit; // No character takes more than three bytes.
}

function lengthOf(text: unknown): number {
  return typeof text === "string" ? text.length : 0;
}

function measured(items: Parameters<typeof sizeOf>[0]): number {
  try {
    return sizeOf(items);
  } catch (cause) {
    throw invalidParameter(
      `The extras cannot be represented in JSON: ${String(cause)}`,
      "Give extras that JSON.stringify accepts.",
    );
  }
}

/**
 * Adds ids to messages, so that a retry does not make a second message. Only if none has an id, and with the same base for
 * all (RSL1k1, RSL1k3).
 */
export function giveIds(
  messages: readonly { id?: string | null }[],
  { options }: ClientContext,
): void {
  if (!options.idempotentRestPublishing || messages.some(({ id }) => id)) return;
  const base = randomMessageIdBase(options.random);
  messages.forEach((message, index) => message.id = `${base}:${index}`);
}
