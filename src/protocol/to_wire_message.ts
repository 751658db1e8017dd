import { actionNumber } from "../messages/wire_action.ts";
import { type EncodeOptions, encodePayload } from "../encoding/chain.ts";
import { type Message, MESSAGE_ACTIONS, type WireMessage } from "../messages/message.ts";

/**
 * The wire form of a message: payload encoded, absent values left out (RSL1e, RTL6i3), all other attributes as the caller gave
 * them (RSL1j, RSL1m). The message must be our own copy, because its extras are not copied again.
 *
 * @returns The wire form; a promise of it only if a cipher has to work.
 * @throws {ErrorInfo} 40013 if the payload is of a type that cannot be sent (RSL4a).
 * @throws {ErrorInfo} 40003 if the extras or the version contain themselves.
 */
export function toWireMessage(
  message: Message,
  options: EncodeOptions,
): WireMessage | Promise<WireMessage> {
  return encodePayload(attributesOf(message), message, options);
}

/** The wire form of several messages, in order; a promise only if a cipher has to work. */
export function toWireMessages(
  messages: readonly Message[],
  options: EncodeOptions,
): WireMessage[] | Promise<WireMessage[]> {
  const wire = messages.map((message) => toWireMessage(message, options));
  return options.cipher ? Promise.all(wire) : wire as WireMessage[];
}

function attributesOf(message: Message): WireMessage {
  const wire: WireMessage = {};
  if (message.id != null) wire.id = message.id;
  if (message.name != null) wire.name = message.name;
  if (message.clientId != null) wire.clientId = message.clientId;
  if (message.connectionId != null) wire.connectionId = message.connectionId;
  if (message.connectionKey != null) wire.connectionKey = message.connectionKey;
  if (message.extras != null) wire.extras = message.extras;
  if (message.timestamp != null) wire.timestamp = message.timestamp;
  if (message.serial != null) wire.serial = message.serial;
  if (message.version != null) wire.version = message.version;
  if (message.annotations != null) wire.annotations = message.annotations;
  const action = actionNumber(MESSAGE_ACTIONS, message.action);
  if (action !== undefined) wire.action = action;
  return wire;
}
