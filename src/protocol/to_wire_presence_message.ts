import { encodePayload } from "../encoding/chain.ts";
import {
  PRESENCE_ACTIONS,
  type PresenceMessage,
  type WirePresenceMessage,
} from "../messages/presence_message.ts";
import { type WireOptions, withPayload } from "./to_wire_message.ts";

/**
 * The wire form of a presence message: payload encoded and, on an encrypted channel, encrypted; absent values left out. The
 * caller's object is not changed, and later changes to it have no effect.
 *
 * @returns The wire form; a promise of it only if a cipher has to work.
 * @throws {ErrorInfo} 40013 if the payload is of a type that cannot be sent (RSL4a).
 */
export function toWirePresenceMessage(
  message: PresenceMessage,
  options: WireOptions,
): WirePresenceMessage | Promise<WirePresenceMessage> {
  const payload = encodePayload(message.data, message.encoding, options);
  return withPayload(attributesOf(message), payload);
}

function attributesOf(message: PresenceMessage): WirePresenceMessage {
  const wire: WirePresenceMessage = {};
  const action = message.action === undefined
    ? -1
    : (PRESENCE_ACTIONS as readonly string[]).indexOf(message.action);
  if (action >= 0) wire.action = action;
  if (message.id != null) wire.id = message.id;
  if (message.clientId != null) wire.clientId = message.clientId;
  if (message.extras != null) wire.extras = message.extras;
  return wire;
}
