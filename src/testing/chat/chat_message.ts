import type { StoredMessage } from "../core/channel_event.ts";
import type { IncomingMessage } from "../core/incoming_message.ts";
import { MESSAGE_DELETE, MESSAGE_UPDATE } from "../core/mutate.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";

/** The name of channel messages that contain chat messages (CHA-M4l). */
export const CHAT_MESSAGE = "chat.message";

/** The kinds of reactions, which annotation types and summaries name (CHA-MR2). */
export const REACTION_TYPES = ["unique", "distinct", "multiple"] as const;

/** A kind of reactions. */
export type ReactionType = typeof REACTION_TYPES[number];

/** The summaries of a message's reactions, by type and then by name (CHA-MR3). */
export type ChatReactions = Record<ReactionType, Record<string, ReactionSummary>>;

/** The summary of the reactions with one name. */
export interface ReactionSummary {
  total: number;
  clientIds: string[] | Record<string, number>;
  clipped?: boolean;
}

/** A chat message in the HTTP API. */
export interface ChatMessage {
  serial: string;
  clientId: string;
  text: string;
  metadata: object;
  headers: object;
  userClaim?: string;
  action: "message.create" | "message.update" | "message.delete";
  version: object;
  timestamp: number;
  reactions: ChatReactions;
}

type Body = Readonly<Record<string, unknown>>;

/**
 * Reads the content of a chat message, and returns the message for the room's channel.
 *
 * @throws {ErrorInfo} 40001 if there is no text, or if headers or metadata are not objects.
 */
export function readContent({ text, metadata, headers }: Body): IncomingMessage {
  if (typeof text !== "string" || text === "") {
    throw serviceError(ServiceCode.InvalidBody, "The text of a chat message must not be empty");
  }
  const data = { text, ...optionalObject("metadata", metadata) };
  return {
    name: CHAT_MESSAGE,
    action: 0,
    data: JSON.stringify(data),
    encoding: "json",
    hasData: true,
    extras: optionalObject("headers", headers),
  };
}

/**
 * Reads the description and metadata of a change.
 *
 * @throws {ErrorInfo} 40001 if they have the wrong form.
 */
export function readChange({ description, metadata }: Body): Record<string, unknown> {
  if (description != null && typeof description !== "string") {
    throw serviceError(ServiceCode.InvalidBody, "The description of a change must be text");
  }
  return {
    ...(description != null && { description }),
    ...optionalObject("metadata", metadata),
  };
}

/** Turns a message of the channel into a chat message. */
export function writeChatMessage(message: StoredMessage): ChatMessage {
  const { serial, clientId = "", action, timestamp, version } = message;
  const { text, metadata } = contentOf(message);
  const { headers, userClaim } = (message.extras ?? {}) as { headers?: object; userClaim?: string };
  return {
    serial,
    clientId,
    text: typeof text === "string" ? text : "",
    metadata: isObject(metadata) ? metadata : {},
    headers: isObject(headers) ? headers : {},
    ...(userClaim !== undefined && { userClaim }),
    action: action === MESSAGE_DELETE
      ? "message.delete"
      : action === MESSAGE_UPDATE
      ? "message.update"
      : "message.create",
    version: { ...version },
    timestamp,
    reactions: reactionsOf(message),
  };
}

/** The summaries of a message's reactions. */
export function reactionsOf({ annotations }: StoredMessage): ChatReactions {
  const summary = (annotations?.summary ?? {}) as Record<string, Record<string, ReactionSummary>>;
  const [unique, distinct, multiple] = REACTION_TYPES.map((type) =>
    summary[annotationType(type)] ?? {}
  );
  return { unique: unique!, distinct: distinct!, multiple: multiple! };
}

/** The type of the annotations for reactions of a type (CHA-MR1). */
export function annotationType(type: ReactionType): string {
  return `reaction:${type}.v1`;
}

function contentOf({ data, encoding }: StoredMessage): Body {
  if (typeof data !== "string" || encoding !== "json") return {};
  try {
    const content: unknown = JSON.parse(data);
    return isObject(content) ? content : {};
  } catch {
    return {};
  }
}

function optionalObject(name: string, value: unknown): Record<string, unknown> | undefined {
  if (value === undefined || value === null) return undefined;
  if (isObject(value)) return { [name]: value };
  throw serviceError(ServiceCode.InvalidBody, `The ${name} of a chat message must be an object`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
