import type { Format } from "../../encoding/chain.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { parsePublishable } from "../core/channel_name.ts";
import { type IncomingMessage, readMessages } from "../core/incoming_message.ts";
import { isMutation, mutateMessage } from "../core/mutate.ts";
import { publishMessages } from "../core/accept_messages.ts";
import { publisherOf } from "../core/publisher.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import { acknowledge } from "./acknowledge.ts";
import type { ResumableConnection } from "./resumable_connection.ts";
import { requireOperation } from "./permission.ts";

/** Handles MESSAGE: new messages, or changes to earlier ones. */
export function publish(
  connection: ResumableConnection,
  frame: ProtocolMessage,
  format: Format,
): void {
  acknowledge(connection, frame, () => {
    const name = parsePublishable(frame.channel ?? "");
    const messages = readMessages(frame.messages, format);
    connection.admit(messages.length);
    const frameId = `${connection.id}:${frame.msgSerial ?? 0}`;
    const channel = connection.app.channel(name.base);
    if (messages.some(isMutation)) {
      const { grant, id: connectionId } = connection;
      const mutator = { grant, connectionId, frameId, channelName: name.full };
      return messages.map((change) => mutateMessage(channel, onlyMutation(change), mutator));
    }
    requireOperation(connection, name.full, "publish");
    const publisher = publisherOf(connection.grant, connection.id);
    return publishMessages(channel, messages, { publisher, frameId }).serials;
  });
}

function onlyMutation(message: IncomingMessage): IncomingMessage {
  if (isMutation(message)) return message;
  throw serviceError(
    ServiceCode.BadRequest,
    "New messages and changes cannot be published together",
  );
}
