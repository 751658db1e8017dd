import type { DecodeContext } from "../encoding/chain.ts";
import type { DecodeOptions } from "./decode_options.ts";
import { itemFactories, withDecodedPayload } from "./from_encoded.ts";
import * as ErrorCode from "../error_numbers.ts";
import type { Shape } from "../util/read_members.ts";
import { actionOf } from "./wire_action.ts";
import { isRecord } from "../util/wire_fields.ts";

/** The actions of messages, in the order of their numbers on the wire (TM5). */
export const MESSAGE_ACTIONS = [
  "message.create",
  "message.update",
  "message.delete",
  "meta",
  "message.summary",
  "message.append",
] as const satisfies MessageAction[];

/**
 * The action of a message: a new message, or a change to an earlier one (TM5); `"unknown"` for actions this module does not
 * know (RSF1).
 */
export type MessageAction =
  | "message.create"
  | "message.update"
  | "message.delete"
  | "meta"
  | "message.summary"
  | "message.append"
  | "unknown";

/** The version of a message and its author (TM2s). */
export interface MessageVersion {
  /** The identifier of the version; versions of a message sort by it (TM2s1). */
  serial?: string;
  /** When the version was made, in milliseconds since the Unix epoch (TM2s2). */
  timestamp?: number;
  /** The clientId of its author (TM2s3). */
  clientId?: string;
  /** The reason that its author gave (TM2s4). */
  description?: string;
  /** Further data from its author (TM2s5). */
  metadata?: Record<string, string>;
}

/** The annotations of a message (TM8). */
export interface MessageAnnotations {
  /** Aggregated annotations by annotation type (TM8a). Read them with `Summary.distinct()` and its siblings. */
  summary: Record<string, unknown>;
}

/**
 * A message, as published or as received (TM1).
 *
 * @typeParam Data The payload: text, binary data, or anything that JSON can represent.
 */
export interface Message<Data = unknown> {
  /** Unique id. An id given by the publisher makes the publish idempotent (TM2a, RSL1k2). */
  id?: string;
  /** The event name (TM2g). */
  name?: string | null;
  /** The payload (TM2d). Binary data arrives as `Uint8Array`. */
  data?: Data | null;
  /** The clientId of the publisher (TM2b). */
  clientId?: string | null;
  /** The connection it was published on (TM2c). */
  connectionId?: string;
  /** The key of the connection on whose behalf to publish; never received (TM2h). */
  connectionKey?: string;
  /** The encoding steps that could not be undone; `null` if the payload is fully decoded (TM2e, RSL6b). */
  encoding?: string | null;
  /** Headers, push payload, reference to another message (TM2i). */
  extras?: Record<string, unknown> | null;
  /** When the service received it, in milliseconds since the Unix epoch (TM2f). */
  timestamp?: number;
  /** The action of the message (TM2j). */
  action?: MessageAction;
  /** The identifier of the message through all its versions (TM2r). */
  serial?: string;
  /** The version (TM2s). */
  version?: MessageVersion;
  /** The annotations made to it (TM2u). */
  annotations?: MessageAnnotations;
}

/** The members of a message. */
export const MESSAGE: Shape<Message> = {
  what: "The message",
  code: ErrorCode.InvalidMessageData,
  names: {
    id: true,
    name: true,
    data: true,
    clientId: true,
    connectionId: true,
    connectionKey: true,
    encoding: true,
    extras: true,
    timestamp: true,
    action: true,
    serial: true,
    version: true,
    annotations: true,
  },
};

/**
 * A received message. Attributes that the service always fills in are present.
 *
 * @typeParam Data The payload.
 */
export interface InboundMessage<Data = unknown> extends Message<Data> {
  /** Unique id (TM2a). */
  id: string;
  /** The event name (TM2g). */
  name?: string;
  /** The clientId of the publisher (TM2b). */
  clientId?: string;
  /** Headers, push payload, reference to another message (TM2i). */
  extras?: MessageExtras;
  /** When the service received it, in milliseconds since the Unix epoch (TM2f). */
  timestamp: number;
  /** The action of the message (TM2j). */
  action: MessageAction;
  /** The version (TM2s). */
  version: MessageVersion;
  /** The annotations made to it (TM2u). */
  annotations: MessageAnnotations;
}

/** A reference to another message (REX1). */
export interface ReferenceExtras {
  /** The serial of the message it refers to (REX2a). */
  timeserial: string;
  /** The type of the reference (REX2b). */
  type: string;
}

/** Describes the delta in a message's payload (DE1). The message is delivered with its payload restored. */
export interface DeltaExtras {
  /** The id of the message that it was made against (DE2a). */
  from: string;
  /** The format of the delta (DE2b). */
  format: string;
}

/** The extras of a received message. Publishers can put anything there: check before you use it (TM2i). */
export interface MessageExtras {
  /** Metadata by name. */
  headers?: Record<string, unknown>;
  /** The message that this one refers to (REX1). */
  ref?: ReferenceExtras;
  /** Describes the delta in the payload (DE1). */
  delta?: DeltaExtras;
  /** Any other values. */
  [name: string]: unknown;
}

/**
 * A message as it is on the wire: payload encoded, action a number.
 *
 * A received wire message is not copied into a {@linkcode Message}: `completeMessage` fills in the missing attributes
 * of the same object and casts it. The compiler cannot check this cast, so attributes with the same name must mean the same in
 * both types. `decodePayload` then replaces `data` and `encoding`.
 */
export interface WireMessage {
  /** Its unique id. */
  id?: string;
  /** Its name. */
  name?: string;
  /** The payload, encoded. */
  data?: unknown;
  /** The steps that were applied to the payload. */
  encoding?: string | null;
  /** The clientId of its author. */
  clientId?: string;
  /** The connection it was published on. */
  connectionId?: string;
  /** The connection on whose behalf it is published. */
  connectionKey?: string;
  /** Headers and other metadata. */
  extras?: unknown;
  /** When the service received it, in milliseconds since the Unix epoch. */
  timestamp?: number;
  /** Its action, by number. */
  action?: number;
  /** The identifier through all its versions. */
  serial?: string;
  /** The version. */
  version?: MessageVersion;
  /** The summary of its annotations. */
  annotations?: { summary?: Record<string, unknown> };
}

/**
 * Turns a wire message into the public form, in place: the action becomes a name, version and annotations are filled in (TM2s,
 * TM2u), and unknown attributes are kept (RSF1). The payload stays encoded.
 */
export function completeMessage(wire: WireMessage): InboundMessage {
  const message = wire as unknown as InboundMessage;
  message.action = actionOf(MESSAGE_ACTIONS, wire.action ?? 0);
  const version = message.version ??= {};
  if (version.serial == null && message.serial != null) version.serial = message.serial;
  if (version.timestamp == null && message.timestamp != null) version.timestamp = message.timestamp;
  const annotations = message.annotations;
  if (annotations == null) message.annotations = { summary: {} };
  else if (!isRecord(annotations.summary)) annotations.summary = {};
  return message;
}

/**
 * Completes a wire message and decodes its payload (TM3).
 *
 * @returns The message; a promise of it only if a cipher has to work.
 */
export function decodeMessage(
  wire: WireMessage,
  context: DecodeContext,
): InboundMessage | Promise<InboundMessage> {
  return withDecodedPayload(completeMessage(wire), context);
}

/** Creates messages from encoded data, from their attributes or from arguments. */
export interface MessageStatic {
  /** Creates a message from its name, its data and the clientId of its publisher (TM4). */
  new <Data = unknown>(
    name?: string | null,
    data?: Data | null,
    clientId?: string | null,
  ): Message<Data>;
  /**
   * Decodes a message that was not received on a channel, but for example from a queue or a webhook (TM3). The object is not
   * changed.
   *
   * @param encoded The message as Ably encodes it, parsed from JSON or MessagePack.
   * @param options The cipher, if the payload is encrypted. Steps that cannot be undone stay in `encoding`.
   * @throws {ErrorInfo} 40013 if it is not an object, 40003 if the cipher options are not valid.
   */
  fromEncoded(encoded: object, options?: DecodeOptions | null): Promise<InboundMessage>;
  /**
   * Decodes several messages, in order (TM3).
   *
   * @param encoded The messages as Ably encodes them.
   * @param options The cipher, if the payloads are encrypted.
   * @throws {ErrorInfo} 40013 if they are not an array of objects, 40003 if the cipher options are not valid.
   */
  fromEncodedArray(
    encoded: readonly object[],
    options?: DecodeOptions | null,
  ): Promise<InboundMessage[]>;
  /** Creates a message from its attributes (TM4). */
  fromValues<Data = unknown>(values: Message<Data>): Message<Data>;
}

/** Creates messages from encoded data, from their attributes or from arguments (TM3, TM4). */
export const Message: MessageStatic = /* @__PURE__ */ Object.assign(
  class<Data> implements Message<Data> {
    name?: string | null;
    data?: Data | null;
    clientId?: string | null;

    constructor(name?: string | null, data?: Data | null, clientId?: string | null) {
      this.name = name;
      this.data = data;
      this.clientId = clientId;
    }
  },
  /* @__PURE__ */ itemFactories({ shape: MESSAGE, complete: completeMessage }),
);
