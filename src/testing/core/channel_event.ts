import type { WireAnnotation } from "../../messages/annotation.ts";
import type { WireMessage } from "../../messages/message.ts";
import type { WirePresenceMessage } from "../../messages/presence_message.ts";
import type { Action } from "../action.ts";

/** An accepted message. Binary payloads are stored as bytes. */
export interface StoredMessage extends WireMessage {
  id: string;
  serial: string;
  timestamp: number;
  action: number;
}

/** Whether a message is sent only to the connections that are attached when it is published. */
export function isEphemeral({ extras }: StoredMessage): boolean {
  return (extras as { ephemeral?: unknown } | undefined)?.ephemeral === true;
}

/** An accepted presence message. */
export interface StoredPresence extends WirePresenceMessage {
  id: string;
  action: number;
  clientId: string;
  connectionId: string;
  timestamp: number;
}

/** An accepted annotation. */
export interface StoredAnnotation extends WireAnnotation {
  id: string;
  action: number;
  serial: string;
  messageSerial: string;
  type: string;
  timestamp: number;
}

/** An event on a channel, in the form that is sent and replayed. */
export interface ChannelEvent {
  readonly action: Action;
  readonly channelSerial: string;
  readonly id: string;
  readonly timestamp: number;
  /** The connection that caused it; absent for REST. */
  readonly connectionId?: string;
  readonly messages?: readonly StoredMessage[];
  readonly presence?: readonly StoredPresence[];
  readonly annotations?: readonly StoredAnnotation[];
  readonly state?: readonly object[];
  /** The size of the messages in bytes, for statistics. */
  readonly size?: number;
  /** For an append: the complete message, for clients that have not received the earlier parts. */
  readonly whole?: StoredMessage;
}

/** The event for replay, without ephemeral messages; undefined if it has no others. */
export function lastingPart(event: ChannelEvent): ChannelEvent | undefined {
  if (event.messages?.some(isEphemeral) !== true) return event;
  const messages = event.messages.filter((message) => !isEphemeral(message));
  return messages.length === 0 ? undefined : { ...event, messages };
}
