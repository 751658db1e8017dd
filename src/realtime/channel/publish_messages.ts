import type { CallParams } from "../../client/call_options.ts";
import { queryOf } from "../../client/call_options.ts";
import { checkData, type DataSchemas } from "../../client/data_schemas.ts";
import type { OwnMessage } from "../../client/own_message.ts";
import * as ErrorCode from "../../error_numbers.ts";
import { atCaller, createError } from "../../errors.ts";
import type { Message, WireMessage } from "../../messages/message.ts";
import { checkPublishSize, type PublishResult } from "../../operations/publish.ts";
import * as Action from "../../protocol/action_numbers.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { toWireMessages } from "../../protocol/to_wire_message.ts";
import { abortable } from "../../util/deadline.ts";
import type { Serials } from "../connection/outbox.ts";
import type { ChannelManager } from "./channel_manager.ts";

/** Messages to publish. */
interface Publication {
  readonly messages: readonly OwnMessage[];
  readonly params: CallParams | null | undefined;
  /** The schemas to check the payloads against. */
  readonly schemas: DataSchemas | null;
}

/**
 * Publishes messages, or changes of messages, in one frame, and waits for the ACK (RTL6, RTL32).
 *
 * @param read Reads the arguments of the call. It is called here so that a call holds one promise less until the ACK: a quarter
 * of the time of a publish is garbage collection.
 */
export async function publishMessages(
  channel: ChannelManager,
  read: () => Publication,
): Promise<PublishResult> {
  // The values that the answer does not need stay in another function: otherwise thousands of waiting calls would hold them.
  const { sent, count } = send(channel, read());
  try {
    const serials = await sent;
    const { name, context: { options } } = channel;
    options.report?.({ kind: "messages", direction: "published", channel: name, count });
    return { serials }; // RTL6j
  } catch (error) {
    throw atCaller(error);
  }
}

function send(
  channel: ChannelManager,
  { messages, params, schemas }: Publication,
): { sent: Promise<Serials>; count: number } {
  checkPublishSize(messages, channel.context.limits.maxMessageSize); // RTL6a
  const { query, signal } = queryOf(params);
  signal?.throwIfAborted();
  channel.checkPublishable();
  const { format } = channel.connection.codec;
  const { cipher } = channel.options;
  const encoded = toWireMessages(messages, { format, cipher });
  const wire = schemas
    ? Promise.all([encoded, checkData(messages, schemas)]).then(([wire]) => wire)
    : encoded;
  const sent = channel.publishInOrder<WireMessage[]>(wire, (messages) => {
    const frame: ProtocolMessage = { action: Action.Message, messages };
    if (params != null && Object.keys(query).length > 0) frame.params = query; // RTL6k, RTL32e
    return frame;
  });
  return { sent: abortable(sent, signal), count: messages.length };
}

/** RTL6g3: the service would refuse it, so it is not sent. RTL6g4: a client whose identity is not known yet may send any. */
export function checkClientIds(messages: readonly Message[], own: string | null): void {
  if (own === null || own === "*") return;
  const other = messages.find(({ clientId }) => clientId != null && clientId !== own);
  if (!other) return;
  throw createError(
    ErrorCode.InvalidClientId,
    `Failed to publish as "${other.clientId}": this client is "${own}"`,
    "Leave clientId out of the message, or use a client that may act as anyone.",
  );
}
