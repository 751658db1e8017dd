import { actionNumber } from "../messages/wire_action.ts";
import type { AesCbcCipher } from "../crypto/aes_cbc.ts";
import { type EncodedPayload, encodePayload, type Format } from "../encoding/chain.ts";
import { type Message, MESSAGE_ACTIONS, type WireMessage } from "../messages/message.ts";

/** The options for encoding a channel's payloads. */
export interface WireOptions {
  /** The format of the frame or body. */
  format: Format;
  /** The cipher of the channel, if it has one. */
  cipher?: AesCbcCipher | null;
}

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
  options: WireOptions,
): WireMessage | Promise<WireMessage> {
  const payload = encodePayload(message.data, message.encoding, options);
  return withPayload(attributesOf(message), payload);
}

/**
 * Adds the payload to a wire form.
 *
 * @returns The same wire form; a promise of it only if a cipher has to work.
 */
export function withPayload<Wire extends { data?: unknown; encoding?: string | null }>(
  wire: Wire,
  payload: EncodedPayload | Promise<EncodedPayload>,
): Wire | Promise<Wire> {
  if (payload instanceof Promise) return payload.then((encoded) => withPayload(wire, encoded));
  if (payload.data !== undefined) wire.data = payload.data;
  if (payload.encoding !== undefined) wire.encoding = payload.encoding;
  return wire;
}

/** The wire form of several messages, in order; a promise only if a cipher has to work. */
export function toWireMessages(
  messages: readonly Message[],
  options: WireOptions,
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
