import { ownPayload } from "../encoding/chain.ts";
import { ErrorCode } from "../error_codes.ts";
import { type ErrorInfo, fault } from "../errors.ts";
import { MESSAGE, type Message } from "../messages/message.ts";
import { copyEntries, copyOf } from "../util/copy.ts";
import { kindOf, readMembers } from "../util/read_members.ts";
import { invalidParameter } from "./arguments.ts";

/**
 * A message of our own, read once when the call was made: what is checked and measured is what is sent. Data that is an
 * object is there as JSON.
 */
export interface OwnMessage extends Message {
  /** Whether the data is an object as JSON. */
  isJson?: boolean;
}

/**
 * Reads messages to publish. The caller's objects are left as they are.
 *
 * @throws {ErrorInfo} 40013 if one is no message or its data cannot be sent (RSL4a), 40003 if an attribute is of the
 * wrong type or there is no message at all.
 */
export function ownMessages(given: readonly unknown[]): OwnMessage[] {
  if (given.length > 0) return Array.from(given, ownMessage);
  throw invalidParameter("There is no message to publish", "Give at least one message.");
}

/**
 * Reads a message to publish.
 *
 * @throws {ErrorInfo} As {@linkcode ownMessages}.
 */
export function ownMessage(given: unknown): OwnMessage {
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw notMessage(given);
  const message: OwnMessage = readMembers(given as Message, MESSAGE);
  for (const name of TEXTS) {
    if (message[name] === undefined || typeof message[name] === "string") continue;
    throw invalidParameter(
      `The attribute "${name}" of a message is of the wrong type: ${kindOf(message[name])}`,
      "Give a string, or leave it out.",
    );
  }
  if (message.extras) message.extras = ownExtras(message.extras);
  if (message.version) message.version = copyOf(message.version);
  if (message.annotations) message.annotations = copyOf(message.annotations);
  return withOwnData(message, message.data);
}

const TEXTS = ["name", "id", "clientId", "connectionId", "connectionKey", "encoding"] as const;

/**
 * Gives something that carries a payload its data, as it is now.
 *
 * @throws {ErrorInfo} 40013 if the data cannot be sent (RSL4a).
 */
export function withOwnData<Carrier extends Pick<OwnMessage, "data" | "encoding" | "isJson">>(
  carrier: Carrier,
  data: unknown,
): Carrier {
  return Object.assign(carrier, ownPayload(data, carrier.encoding));
}

/**
 * A copy of extras.
 *
 * @throws {ErrorInfo} 40003 if they are no plain object, or JSON cannot represent them.
 */
export function ownExtras(extras: unknown): Record<string, unknown> {
  return copyEntries(extras, { what: 'The attribute "extras"' });
}

/** The error for what cannot be published. */
export function notMessage(value: unknown): ErrorInfo {
  return fault(
    ErrorCode.InvalidMessageData,
    `Failed to publish: expected a message, got ${kindOf(value)}`,
    "Call publish(name, data), publish(message) or publish([message, …]).",
  );
}
