import type { Format } from "../../encoding/chain.ts";
import { Action } from "../../protocol/actions.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { permits } from "../auth/capability_rules.ts";
import { parseChannelName } from "../core/channel_name.ts";
import { readMessages } from "../core/incoming_message.ts";
import { publishMessages } from "../core/publish.ts";
import { publisherOf } from "../core/publisher.ts";
import { refusal, ServiceCode, toErrorInfo, toWireError } from "../core/service_error.ts";
import type { Connection } from "./connection.ts";

/** Answers a message that wants an acknowledgement: with ACK, with NACK, or as the first time (RTN7). */
export function acknowledge(
  connection: Connection,
  message: ProtocolMessage,
  work: () => readonly (string | null)[],
): void {
  const msgSerial = message.msgSerial ?? 0;
  const earlier = message.msgSerial === undefined ? undefined : connection.outcome(msgSerial);
  if (earlier !== undefined) return connection.send(earlier);
  connection.settle(msgSerial, outcomeOf(msgSerial, work));
}

function outcomeOf(msgSerial: number, work: () => readonly (string | null)[]): ProtocolMessage {
  try {
    return { action: Action.Ack, msgSerial, count: 1, res: [{ serials: [...work()] }] };
  } catch (thrown) {
    const error = toWireError(toErrorInfo(thrown));
    return { action: Action.Nack, msgSerial, count: 1, error };
  }
}

/** Handles MESSAGE. */
export function publish(connection: Connection, message: ProtocolMessage, format: Format): void {
  acknowledge(connection, message, () => {
    const name = parseChannelName(message.channel ?? "");
    if (!permits(connection.grant.grants, name.full, "publish")) {
      throw refusal(
        ServiceCode.CapabilityDenied,
        `The credentials do not permit to publish on the channel ${JSON.stringify(name.full)}`,
      );
    }
    const attachment = connection.attachments.get(name.full);
    if (attachment !== undefined && !attachment.has("publish")) {
      throw refusal(ServiceCode.ModeNotGranted, "The channel was attached without mode publish");
    }
    const messages = readMessages(message.messages, format);
    const { serials } = publishMessages(connection.app.channel(name.base), messages, {
      publisher: publisherOf(connection.grant, connection.id),
      frameId: `${connection.id}:${message.msgSerial ?? 0}`,
    });
    return serials;
  });
}
