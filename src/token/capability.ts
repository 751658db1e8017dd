import { createError, ErrorInfo } from "../errors.ts";
import { isPlainObject } from "../util/read_members.ts";
import * as ErrorCode from "../error_numbers.ts";

/** An operation that a key or token may permit on a channel. */
export type CapabilityOp =
  | "*"
  | "subscribe"
  | "publish"
  | "presence"
  | "presence-subscribe"
  | "history"
  | "stats"
  | "channel-metadata"
  | "push-subscribe"
  | "push-admin"
  | "privileged-headers"
  | "object-subscribe"
  | "object-publish"
  | "annotation-subscribe"
  | "annotation-publish"
  | "message-update-any"
  | "message-update-own"
  | "message-delete-any"
  | "message-delete-own";

/** All operations. The type checker refuses a table with a missing one. */
const OPERATIONS: Readonly<Record<CapabilityOp, 1>> = {
  "*": 1,
  "subscribe": 1,
  "publish": 1,
  "presence": 1,
  "presence-subscribe": 1,
  "history": 1,
  "stats": 1,
  "channel-metadata": 1,
  "push-subscribe": 1,
  "push-admin": 1,
  "privileged-headers": 1,
  "object-subscribe": 1,
  "object-publish": 1,
  "annotation-subscribe": 1,
  "annotation-publish": 1,
  "message-update-any": 1,
  "message-update-own": 1,
  "message-delete-any": 1,
  "message-delete-own": 1,
};

/** The rights of a token: operations by channel name or pattern (TC1). */
export type Capability = Record<string, readonly CapabilityOp[]>;

/**
 * A capability as the text that is signed and sent: compact JSON with sorted resources and operations, so that equal
 * capabilities have equal texts. A text is kept, except for white space around it: with a leading line feed, the signature
 * would also be valid for a request without a capability (RSA9g). The caller's object is not changed (RSA9f, TK2b).
 *
 * @throws {ErrorInfo} 40000 if it is neither a plain object of arrays of known operations nor JSON text of one.
 */
export function capabilityText(capability: Capability | string): string {
  if (typeof capability === "string") {
    readRights(parseJson(capability));
    return capability.trim();
  }
  const members = readRights(capability).sort(([one], [other]) => one < other ? -1 : 1)
    .map(([name, ops]) => `${JSON.stringify(name)}:${JSON.stringify(ops.sort())}`);
  return `{${members.join()}}`;
}

/**
 * The text of a capability for signing. An empty one is refused: it permits nothing, but a token without a capability has all
 * rights of the key.
 *
 * @throws {ErrorInfo} 40000 as {@linkcode capabilityText}, and for one without channels.
 */
export function signedCapability(capability: Capability | string): string {
  const text = capabilityText(capability);
  if (!/^{\s*}$/.test(text)) return text;
  throw createError(
    ErrorCode.BadRequest,
    "The capability names no channel, so the token would permit nothing",
    'List the rights of the token; { "*": ["*"] } is all rights of the key.',
  );
}

/**
 * Reads a capability. Each of its members is read once.
 *
 * @throws {ErrorInfo} 40000 if it is not a plain object of arrays of operations.
 */
function readRights(given: unknown): [name: string, ops: CapabilityOp[]][] {
  try {
    if (!isPlainObject(given)) throw invalidCapability();
    return Object.entries(given).map(([name, ops]) => [name, readOperations(ops)]);
  } catch (error) {
    throw error instanceof ErrorInfo ? error : invalidCapability(); // An accessor of the caller may throw any value.
  }
}

function readOperations(given: unknown): CapabilityOp[] {
  if (!Array.isArray(given)) throw invalidCapability();
  const ops: unknown[] = [...given];
  if (ops.length === 0) throw invalidCapability();
  return ops.map(readOperation);
}

function readOperation(given: unknown): CapabilityOp {
  if (typeof given !== "string") throw invalidCapability();
  if (Object.hasOwn(OPERATIONS, given)) return given as CapabilityOp;
  throw createError(
    ErrorCode.BadRequest,
    `A capability has the unknown operation ${JSON.stringify(given.slice(0, 50))}`,
    `The operations are ${Object.keys(OPERATIONS).join(", ")}.`,
  );
}

/** Parses JSON; returns undefined if the text is not valid JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalidCapability(): ErrorInfo {
  return createError(
    ErrorCode.BadRequest,
    "The capability is not a plain object of channel names with arrays of operations",
    'Give an object such as { "orders:*": ["subscribe", "publish"] }.',
  );
}
