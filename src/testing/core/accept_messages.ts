import { sizeOf } from "../../messages/size.ts";
import * as Action from "../../protocol/action_numbers.ts";
import type { Channel, PushPayload } from "./channel.ts";
import { isEphemeral, type StoredMessage } from "./channel_event.ts";
import { alphanumeric } from "./identifiers.ts";
import type { IncomingMessage } from "./incoming_message.ts";
import { type Publisher, resolveClientId } from "./publisher.ts";
import { indexedSerial } from "./serials.ts";
import { userClaimOn, withUserClaim } from "./user_claims.ts";
import { ServiceCode, serviceError } from "./service_error.ts";

/** The result of publishing. */
export interface PublishOutcome {
  /** The common beginning of the messages' ids. */
  messageId: string;
  /** The serials of the messages, in order. */
  serials: string[];
  /** The stored messages; empty if the same ids were published before. */
  stored: readonly StoredMessage[];
}

/**
 * Publishes new messages: all of them, or none.
 *
 * @param frameId The beginning of ids, if the publisher gave none: `connectionId:msgSerial`, or a random text.
 * @throws {ErrorInfo} 40009, 40012, 40031, 42913, 42914 or 42917 if they cannot be published.
 */
export function publishMessages(
  channel: Channel,
  messages: readonly IncomingMessage[],
  { publisher, frameId }: { publisher: Publisher; frameId?: string },
): PublishOutcome {
  const size = checkMessagesSize(messages, channel.maxMessageSize);
  const clientIds = messages.map((message) => resolveClientId(publisher, message.clientId));
  checkIds(messages);
  // The service itself publishes to metachannels.
  if (!channel.name.startsWith("[meta]")) channel.admit(messages.length, size);
  const base = frameId ?? alphanumeric(channel.random, 12);
  const givenId = messages[0]!.id;
  const earlier = givenId === undefined ? undefined : channel.messages.serialOfId(givenId);
  if (earlier !== undefined) return republished(channel, messages, earlier);

  const timestamp = channel.clock.stamp();
  const channelSerial = channel.nextSerial(timestamp);
  const userClaim = userClaimOn(channel, publisher.claims);
  const stored = messages.map((message, index): StoredMessage => {
    const serial = indexedSerial(channelSerial, index);
    return storedMessage(message, {
      id: message.id ?? `${base}:${index}`,
      clientId: clientIds[index],
      connectionId: publisher.connectionId,
      timestamp,
      serial,
      extras: withUserClaim(message.extras, userClaim),
    });
  });
  for (const message of stored) {
    if (!isEphemeral(message)) channel.messages.add(message);
    channel.messages.rememberId(message.id, message.serial, timestamp);
  }
  const id = givenId === undefined ? base : givenId.replace(/:0$/, "");
  const { connectionId } = publisher;
  channel.emit({
    action: Action.Message,
    channelSerial,
    id,
    connectionId,
    timestamp,
    messages: stored,
    size,
  });
  const transport = connectionId === undefined ? "rest" : "realtime";
  channel.countInbound(transport, { count: stored.length, data: size });
  for (const { extras } of messages) {
    const push = extras?.push;
    if (typeof push === "object" && push !== null) channel.push(push as PushPayload);
  }
  return { messageId: id, serials: stored.map((message) => message.serial), stored };
}

/**
 * The size of a publish in bytes.
 *
 * @throws {ErrorInfo} 40009 if it is too large.
 */
export function checkMessagesSize(messages: readonly IncomingMessage[], limit: number): number {
  const size = sizeOf(messages);
  if (size <= limit) return size;
  throw serviceError(
    ServiceCode.MessageTooLarge,
    `The message size is ${size} bytes, the maximum is ${limit} bytes`,
  );
}

function storedMessage(
  message: IncomingMessage,
  given: Pick<
    StoredMessage,
    "id" | "clientId" | "connectionId" | "timestamp" | "serial" | "extras"
  >,
): StoredMessage {
  const { id, clientId, connectionId, timestamp, serial, extras } = given;
  const stored: StoredMessage = {
    id,
    timestamp,
    serial,
    action: 0,
    version: { serial, timestamp },
  };
  if (message.name !== undefined) stored.name = message.name;
  if (message.data !== undefined) stored.data = message.data;
  if (message.encoding !== undefined) stored.encoding = message.encoding;
  if (clientId !== undefined) stored.clientId = clientId;
  if (connectionId !== undefined) stored.connectionId = connectionId;
  if (extras !== undefined) stored.extras = extras;
  return stored;
}

/** RSL1k3: several messages with ids must be `<base>:<index>`, counted from 0. */
function checkIds(messages: readonly IncomingMessage[]): void {
  if (messages.length === 1 || messages.every(({ id }) => id === undefined)) return;
  const base = messages[0]!.id?.replace(/:0$/, "");
  const wellFormed = base !== undefined &&
    messages.every(({ id }, index) => id === `${base}:${index}`);
  if (wellFormed) return;
  throw serviceError(
    ServiceCode.InvalidMessageIds,
    "The ids of messages published together must be <base>:<index>, counted from 0",
  );
}

function republished(
  channel: Channel,
  messages: readonly IncomingMessage[],
  first: string,
): PublishOutcome {
  const serials = messages.map(({ id }) => channel.messages.serialOfId(id!) ?? first);
  return { messageId: messages[0]!.id!.replace(/:0$/, ""), serials, stored: [] };
}
