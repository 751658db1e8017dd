import { type EncodeOptions, encodePayload } from "../encoding/chain.ts";
import {
  PRESENCE_ACTIONS,
  type PresenceMessage,
  type WirePresenceMessage,
} from "../messages/presence_message.ts";
import { actionNumber } from "../messages/wire_action.ts";
import { withoutNulls } from "../util/copy.ts";

/**
 * The wire form of a presence message: payload encoded and, on an encrypted channel, encrypted; absent values left out. The
 * caller's object is not changed, and later changes to it have no effect.
 *
 * @returns The wire form; a promise of it only if a cipher has to work.
 * @throws {ErrorInfo} 40013 if the payload is of a type that cannot be sent (RSL4a).
 */
export function toWirePresenceMessage(
  message: PresenceMessage,
  options: EncodeOptions,
): WirePresenceMessage | Promise<WirePresenceMessage> {
  const { action, id, clientId, extras } = message;
  const wire = { action: actionNumber(PRESENCE_ACTIONS, action), id, clientId, extras };
  return encodePayload(withoutNulls(wire) as WirePresenceMessage, message, options);
}
