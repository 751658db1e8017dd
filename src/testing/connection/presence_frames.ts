import type { Format } from "../../encoding/chain.ts";
import * as Action from "../../protocol/action_numbers.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import type { Channel } from "../core/channel.ts";
import { parsePublishable } from "../core/channel_name.ts";
import { alphanumeric } from "../core/identifiers.ts";
import { applyPresence } from "../core/member_changes.ts";
import { publisherOf } from "../core/publisher.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import { acknowledge } from "./acknowledge.ts";
import type { ResumableConnection } from "./resumable_connection.ts";
import { requireCapability } from "./permission.ts";

/** The number of members in one SYNC frame. */
const SYNC_PAGE = 100;

/** Handles PRESENCE. */
export function presence(
  connection: ResumableConnection,
  frame: ProtocolMessage,
  format: Format,
): void {
  acknowledge(connection, frame, () => {
    const name = parsePublishable(frame.channel ?? "");
    requireCapability(connection, name.full, "presence");
    const attachment = connection.attachments.get(name.full);
    if (attachment === undefined) {
      throw serviceError(ServiceCode.ChannelNotAttached, "Presence needs an attached channel");
    }
    if (!attachment.has("presence")) {
      throw serviceError(
        ServiceCode.ModeNotGranted,
        "The channel was attached without mode presence",
      );
    }
    const count = Array.isArray(frame.presence) ? frame.presence.length : 0;
    connection.admit(count);
    attachment.channel.admit(count);
    connection.presentOn.add(attachment.channel);
    applyPresence(attachment.channel, frame.presence, {
      publisher: { ...publisherOf(connection.grant), connectionId: connection.id },
      frameId: `${connection.id}:${frame.msgSerial ?? 0}`,
      format,
      maxMembers: connection.app.setup.maxPresenceMembers,
    });
    return [];
  });
}

/** Handles SYNC from a client, which requests all members again. */
export function resync(connection: ResumableConnection, frame: ProtocolMessage): void {
  const attachment = connection.attachments.get(frame.channel ?? "");
  if (attachment?.has("presence_subscribe")) {
    sendSync(connection, attachment.channel, attachment.name.full);
  }
}

/** Sends all members, page by page; the last page has an empty cursor (RTP18). */
export function sendSync(connection: ResumableConnection, channel: Channel, name: string): void {
  const members = channel.presence.members();
  const sequence = alphanumeric(channel.random, 10);
  for (let from = 0; from === 0 || from < members.length; from += SYNC_PAGE) {
    const next = from + SYNC_PAGE;
    const cursor = next < members.length ? String(next) : "";
    connection.send({
      action: Action.Sync,
      channel: name,
      channelSerial: `${sequence}:${cursor}`,
      timestamp: channel.clock.now(),
      presence: members.slice(from, next),
    });
  }
}
