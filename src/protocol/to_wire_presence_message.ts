import { encodePayload } from "../encoding/chain.ts";
import {
  PRESENCE_ACTIONS,
  type PresenceMessage,
  type WirePresenceMessage,
} from "../messages/presence_message.ts";
import { actionNumber } from "../messages/wire_action.ts";
import { withoutNulls } from "../util/copy.ts";
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
  const { action, id, clientId, extras } = message;
  const wire = { action: actionNumber(PRESENCE_ACTIONS, action), id, clientId, extras };
  const payload = encodePayload(message.data, message.encoding, options);
  return withPayload<WirePresenceMessage>(withoutNulls(wire) as WirePresenceMessage, payload);
}
