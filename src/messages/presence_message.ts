import type { DecodeContext } from "../encoding/chain.ts";
import type { DecodeOptions } from "./decode_options.ts";
import { itemFactories, withDecodedPayload } from "./from_encoded.ts";
import * as ErrorCode from "../error_numbers.ts";
import type { Shape } from "../util/read_members.ts";
import type { MessageExtras } from "./message.ts";
import { actionOf } from "./wire_action.ts";

/** The actions of presence messages, in the order of their numbers on the wire (TP2). */
export const PRESENCE_ACTIONS = [
  "absent",
  "present",
  "enter",
  "leave",
  "update",
] as const satisfies PresenceAction[];

/** The action of a presence message (TP2); `"unknown"` for actions this module does not know (RSF1). */
export type PresenceAction =
  | "absent"
  | "present"
  | "enter"
  | "leave"
  | "update"
  | "unknown";

/**
 * An event in a channel's presence set, or a member of it (TP1).
 *
 * @typeParam Data The payload.
 */
export interface PresenceMessage<Data = unknown> {
  /** Unique id (TP3a). */
  id?: string;
  /** The presence action (TP3b). */
  action?: PresenceAction;
  /** The clientId of the member (TP3c). */
  clientId?: string;
  /** The connection the member is on (TP3d). */
  connectionId?: string;
  /** The payload (TP3e). Binary data arrives as `Uint8Array`. */
  data?: Data | null;
  /** The encoding steps that could not be undone; `null` if the payload is fully decoded (TP3f). */
  encoding?: string | null;
  /** Headers and other metadata (TP3i). */
  extras?: Record<string, unknown> | null;
  /** When the service received it, in milliseconds since the Unix epoch (TP3g). */
  timestamp?: number;
  /** Identifies the member: the same clientId on two connections makes two members (TP3h). */
  memberKey?: string;
}

const PRESENCE_MESSAGE: Shape<PresenceMessage> = {
  what: "The presence message",
  code: ErrorCode.InvalidMessageData,
  names: {
    id: true,
    action: true,
    clientId: true,
    connectionId: true,
    data: true,
    encoding: true,
    extras: true,
    timestamp: true,
    memberKey: true,
  },
};

/**
 * A received presence message. Attributes that the service always fills in are present.
 *
 * @typeParam Data The payload.
 */
export interface InboundPresenceMessage<Data = unknown> extends PresenceMessage<Data> {
  /** Unique id (TP3a). */
  id: string;
  /** Headers and other metadata (TP3i). */
  extras?: MessageExtras;
  /** The presence action (TP3b). */
  action: PresenceAction;
  /** The clientId of the member (TP3c). */
  clientId: string;
  /** The connection the member is on (TP3d). */
  connectionId: string;
  /** When the service received it, in milliseconds since the Unix epoch (TP3g). */
  timestamp: number;
  /** Identifies the member: the same clientId on two connections makes two members (TP3h). */
  memberKey: string;
}

/** A presence message as it is on the wire: payload encoded, action a number. */
export interface WirePresenceMessage {
  /** Its unique id. */
  id?: string;
  /** Its action, by number. */
  action?: number;
  /** The clientId of the member. */
  clientId?: string;
  /** The connection the member is on. */
  connectionId?: string;
  /** The payload, encoded. */
  data?: unknown;
  /** The steps that were applied to the payload. */
  encoding?: string | null;
  /** Headers and other metadata. */
  extras?: unknown;
  /** When the service received it, in milliseconds since the Unix epoch. */
  timestamp?: number;
}

/** The memberKey: connectionId and clientId combined (TP3h). */
export function memberKeyOf(member: { connectionId?: string; clientId?: string }): string {
  return `${member.connectionId}:${member.clientId}`;
}

/** Turns a wire presence message into the public form, in place. The payload stays encoded. */
export function completePresenceMessage(wire: WirePresenceMessage): InboundPresenceMessage {
  const message = wire as unknown as InboundPresenceMessage;
  message.action = actionOf(PRESENCE_ACTIONS, wire.action);
  message.memberKey = memberKeyOf(message);
  return message;
}

/**
 * Completes a wire presence message and decodes its payload (TP4).
 *
 * @returns The message; a promise of it only if a cipher has to work.
 */
export function decodePresenceMessage(
  wire: WirePresenceMessage,
  context: DecodeContext,
): InboundPresenceMessage | Promise<InboundPresenceMessage> {
  return withDecodedPayload(completePresenceMessage(wire), context);
}

/** The presence messages that `enter()` and similar calls accept in place of data. */
const markedMessages = new WeakSet<object>();

/** Marks a presence message, so that it is not taken as data (RTP8a). */
export function markPresenceMessage<M extends PresenceMessage>(message: M): M {
  markedMessages.add(message);
  return message;
}

/** Whether a value is a marked presence message. Other objects with the same members are data. */
export function isPresenceMessage(value: unknown): value is PresenceMessage {
  return markedMessages.has(value as object);
}

/** Creates presence messages from encoded data or from their attributes. */
export interface PresenceMessageStatic {
  /**
   * Decodes a presence message that was not received on a channel (TP4). The object is not changed.
   *
   * @param encoded The presence message as Ably encodes it, parsed from JSON or MessagePack.
   * @param options The cipher, if the payload is encrypted. Steps that cannot be undone stay in `encoding`.
   * @throws {ErrorInfo} 40013 if it is not an object, 40003 if the cipher options are not valid.
   */
  fromEncoded(encoded: object, options?: DecodeOptions | null): Promise<InboundPresenceMessage>;
  /**
   * Decodes several presence messages, in order (TP4).
   *
   * @param encoded The presence messages as Ably encodes them.
   * @param options The cipher, if the payloads are encrypted.
   * @throws {ErrorInfo} 40013 if they are not an array of objects, 40003 if the cipher options are not valid.
   */
  fromEncodedArray(
    encoded: readonly object[],
    options?: DecodeOptions | null,
  ): Promise<InboundPresenceMessage[]>;
  /** Creates a presence message from its attributes, for example to enter with data and extras. */
  fromValues<Data = unknown>(values: PresenceMessage<Data>): PresenceMessage<Data>;
}

/** Creates presence messages from encoded data or from their attributes (TP4). */
export const PresenceMessage: PresenceMessageStatic = /* @__PURE__ */ itemFactories({
  shape: PRESENCE_MESSAGE,
  complete: (wire: WirePresenceMessage) => markPresenceMessage(completePresenceMessage(wire)),
  finish: (values) => {
    const { clientId, connectionId } = values;
    if (clientId != null && connectionId != null) values.memberKey = memberKeyOf(values);
    return markPresenceMessage(values);
  },
});
