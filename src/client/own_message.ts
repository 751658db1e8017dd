import { ownPayload } from "../encoding/chain.ts";
import * as ErrorCode from "../error_numbers.ts";
import { createError, type ErrorInfo } from "../errors.ts";
import { MESSAGE, type Message } from "../messages/message.ts";
import { copyEntries, copyOf } from "../util/copy.ts";
import { isLiteral, kindOf, reading } from "../util/read_members.ts";
import { invalidParameter } from "./checks.ts";

/**
 * A copy of a caller's message, read once when the call was made, so that the checked and measured values are the ones that are
 * sent. Data that is an object is in its JSON form.
 */
export interface OwnMessage extends Message {
  /** Whether the data is JSON made from an object. */
  isJson?: boolean;
}

/**
 * Reads messages to publish. The caller's objects are not changed.
 *
 * @throws {ErrorInfo} 40013 if one is not a message or its data cannot be sent (RSL4a), 40003 if an attribute is of the wrong
 * type or there is no message at all.
 */
export function ownMessages(given: readonly unknown[]): OwnMessage[] {
  const own: OwnMessage[] = [];
  // A loop, because map() skips the gaps of an array, which must be refused.
  for (let index = 0; index < given.length; index++) own.push(ownMessage(given[index]));
  if (own.length > 0) return own;
  throw invalidParameter("There is no message to publish", "Give at least one message.");
}

/**
 * Reads a message to publish.
 *
 * @throws {ErrorInfo} As {@linkcode ownMessages}.
 */
export function ownMessage(given: unknown): OwnMessage {
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw notMessage(given);
  const message = reading(given, MESSAGE, () => readMessage(given));
  for (const name of TEXTS) {
    if (message[name] == null || typeof message[name] === "string") continue;
    throw invalidParameter(
      `The attribute "${name}" of a message is not a string: ${kindOf(message[name])}`,
      "Give a string, or leave it out.",
    );
  }
  if (message.extras != null) message.extras = ownExtras(message.extras);
  if (message.version != null) message.version = copyOf(message.version);
  if (message.annotations != null) message.annotations = copyOf(message.annotations);
  return withOwnData(message, message.data);
}

/** The same as `readMembers`, but several times as fast. */
function readMessage(given: Message): OwnMessage | undefined {
  const { id, name, data, clientId, connectionId, connectionKey, encoding } = given;
  const { extras, timestamp, action, serial, version, annotations } = given;
  // An empty message may be sent, but an object with only unknown members is not a message.
  if (name == null && data == null && !hasMember(given)) {
    if (!isLiteral(given) || Object.keys(given).length > 0) return undefined;
  }
  return {
    id,
    name,
    data,
    clientId,
    connectionId,
    connectionKey,
    encoding,
    extras,
    timestamp,
    action,
    serial,
    version,
    annotations,
  };
}

function hasMember(given: Message): boolean {
  return Object.keys(MESSAGE.names).some((name) => name in given);
}

const TEXTS = ["name", "id", "clientId", "connectionId", "connectionKey", "encoding"] as const;

/**
 * Adds a copy of the data to an item with a payload.
 *
 * @throws {ErrorInfo} 40013 if the data cannot be sent (RSL4a).
 */
export function withOwnData<Carrier extends Pick<OwnMessage, "data" | "encoding" | "isJson">>(
  carrier: Carrier,
  data: unknown,
): Carrier {
  const payload = ownPayload(data, carrier.encoding);
  carrier.data = payload.data;
  carrier.encoding = payload.encoding;
  if (payload.isJson) carrier.isJson = true;
  return carrier;
}

/**
 * A copy of extras.
 *
 * @throws {ErrorInfo} 40003 if they are not a plain object, or JSON cannot represent them.
 */
export function ownExtras(extras: unknown): Record<string, unknown> {
  return copyEntries(extras, { what: 'The attribute "extras"' });
}

/** The error for a value that is not a message. */
export function notMessage(value: unknown): ErrorInfo {
  return createError(
    ErrorCode.InvalidMessageData,
    `Failed to publish: expected a message, got ${kindOf(value)}`,
    "Call publish(name, data), publish(message) or publish([message, …]).",
  );
}
