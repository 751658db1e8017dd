import type { Format } from "../../encoding/chain.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { permits } from "../auth/capability_rules.ts";
import { parseChannelName } from "../core/channel_name.ts";
import { readMessages } from "../core/incoming_message.ts";
import { publishMessages } from "../core/publish.ts";
import { publisherOf } from "../core/publisher.ts";
import { refusal, ServiceCode } from "../core/service_error.ts";
import { acknowledge } from "./acknowledging.ts";
import type { Connection } from "./connection.ts";

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
