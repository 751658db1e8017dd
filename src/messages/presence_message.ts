import { type DecodeContext, decodePayload } from "../encoding/chain.ts";

/** What happened to a member, in the order of their numbers on the wire (TP2). */
export const PRESENCE_ACTIONS = ["absent", "present", "enter", "leave", "update"] as const;

/** What happened to a member of the presence set (TP2); `"unknown"` comes from the future (RSF1). */
export type PresenceAction = typeof PRESENCE_ACTIONS[number] | "unknown";

/**
 * An event in a channel's presence set, or a member of it (TP1).
 *
 * @typeParam Data The payload.
 */
export interface PresenceMessage<Data = unknown> {
  /** Unique id (TP3a). */
  id?: string;
  /** What happened (TP3b). */
  action?: PresenceAction;
  /** Who the member is (TP3c). */
  clientId?: string;
  /** The connection the member is on (TP3d). */
  connectionId?: string;
  /** The payload (TP3e). Binary data arrives as `Uint8Array`. */
  data?: Data | null;
  /** What could not be decoded of the payload; `null` if it was all decoded (TP3f). */
  encoding?: string | null;
  /** Headers and other metadata (TP3i). */
  extras?: Record<string, unknown> | null;
  /** When the service received it, in milliseconds since the Unix epoch (TP3g). */
  timestamp?: number;
  /** Tells members with the same clientId on different connections apart (TP3h). */
  memberKey?: string;
}

/**
 * A presence message that was received: what the service always fills in is there.
 *
 * @typeParam Data The payload.
 */
export interface InboundPresenceMessage<Data = unknown> extends PresenceMessage<Data> {
  id: string;
  action: PresenceAction;
  clientId: string;
  connectionId: string;
  timestamp: number;
  memberKey: string;
}

/** A presence message as it is on the wire: payload encoded, action a number. */
export interface WirePresenceMessage {
  id?: string;
  action?: number;
  clientId?: string;
  connectionId?: string;
  data?: unknown;
  encoding?: string | null;
  extras?: unknown;
  timestamp?: number;
}

/** Combines connectionId and clientId (TP3h). */
export function memberKeyOf(member: { connectionId?: string; clientId?: string }): string {
  return `${member.connectionId}:${member.clientId}`;
}

/** Turns a wire presence message into the public form, in place; the payload stays as it is. */
export function completePresenceMessage(wire: WirePresenceMessage): InboundPresenceMessage {
  const message = wire as unknown as InboundPresenceMessage;
  const action: unknown = wire.action;
  if (typeof action !== "string") message.action = PRESENCE_ACTIONS[action as number] ?? "unknown";
  message.memberKey = memberKeyOf(message);
  return message;
}

/**
 * Completes a wire presence message and decodes its payload (TP4).
 *
 * @returns The message; a promise of it only where a cipher has to work.
 */
export function decodePresenceMessage(
  wire: WirePresenceMessage,
  context: DecodeContext,
): InboundPresenceMessage | Promise<InboundPresenceMessage> {
  const message = completePresenceMessage(wire);
  const pending = decodePayload(message, context);
  return pending === undefined ? message : pending.then(() => message);
}
