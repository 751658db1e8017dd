import type { Format } from "../../encoding/chain.ts";
import { type Payload, readPayload } from "./payload.ts";
import { ServiceCode, serviceError } from "./service_error.ts";

/** A message from a client. Only its types are checked. */
export interface IncomingMessage extends Payload {
  id?: string;
  name?: string;
  clientId?: string;
  connectionKey?: string;
  extras?: Record<string, unknown>;
  action: number;
  serial?: string;
  version?: Record<string, unknown>;
  /** Whether a payload was given, even an empty one. */
  hasData: boolean;
}

const MAX_MESSAGES = 1000;

/**
 * Reads the messages of a frame or body.
 *
 * @throws {ErrorInfo} 40000 if they are not messages, 40034 if there are too many.
 */
export function readMessages(value: unknown, format: Format): IncomingMessage[] {
  const list = Array.isArray(value) ? value : [value];
  if (list.length === 0 || list.length > MAX_MESSAGES) {
    throw serviceError(
      list.length === 0 ? ServiceCode.BadRequest : ServiceCode.TooManyMessages,
      `A publish must have 1 to ${MAX_MESSAGES} messages, got ${list.length}`,
    );
  }
  return list.map((item) => readMessage(item, format));
}

/** Reads one message. */
export function readMessage(value: unknown, format: Format): IncomingMessage {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw malformedMessage("A message must be an object");
  }
  const given = value as Record<string, unknown>;
  // Only the service makes deltas; a client that receives one would apply it to the preceding message.
  if (typeof given.encoding === "string" && /(^|\/)vcdiff(\/|$)/.test(given.encoding)) {
    throw serviceError(
      ServiceCode.InvalidData,
      "The encoding of a message must not have a step vcdiff",
    );
  }
  const extras = given.extras ?? undefined;
  if (extras !== undefined && (typeof extras !== "object" || Array.isArray(extras))) {
    throw malformedMessage("The extras of a message must be an object");
  }
  return {
    id: optionalText(given, "id") || undefined,
    name: optionalText(given, "name"),
    clientId: optionalText(given, "clientId"),
    connectionKey: optionalText(given, "connectionKey"),
    serial: optionalText(given, "serial"),
    extras: extras as Record<string, unknown> | undefined,
    action: typeof given.action === "number" ? given.action : 0,
    version: optionalRecord(given.version),
    hasData: given.data !== undefined && given.data !== null,
    ...readPayload(given.data, given.encoding, format),
  };
}

function optionalText(given: Record<string, unknown>, name: string): string | undefined {
  const value = given[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") {
    throw malformedMessage(`The ${name} of a message must be a string`);
  }
  return value;
}

function optionalRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Record<string, unknown>
    : undefined;
}

function malformedMessage(message: string): Error {
  return serviceError(ServiceCode.BadRequest, message);
}
