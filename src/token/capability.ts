import { type ErrorInfo, fault } from "../errors.ts";
import { isPlainObject } from "../util/read_members.ts";
import { BAD_REQUEST } from "./faults.ts";

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

/** What a token permits: operations by channel name or pattern (TC1). */
export type Capability = Record<string, readonly CapabilityOp[]>;

/**
 * A capability as the text that is signed and sent: compact JSON with sorted resources and operations, so that equal
 * capabilities have equal text. Text is taken as it is, without white space around it: a line feed before it would sign
 * for a request without a capability as well (RSA9g). The caller's object is left alone (RSA9f, TK2b).
 *
 * @throws {ErrorInfo} 40000 if it is neither a plain object of arrays nor JSON text of one.
 */
export function capabilityText(capability: Capability | string): string {
  if (typeof capability === "string") {
    readCapability(parseJson(capability));
    return capability.trim();
  }
  const read = readCapability(capability);
  const members = Object.keys(read).sort().map((name) =>
    `${JSON.stringify(name)}:${JSON.stringify([...read[name]!].sort())}`
  );
  return `{${members.join()}}`;
}

/**
 * The text of a capability that something is to be signed for. An empty one is refused: it permits nothing, and what is
 * signed without a capability permits all that the key does.
 *
 * @throws {ErrorInfo} 40000 as {@linkcode capabilityText}, and for one without channels.
 */
export function signedCapability(capability: Capability | string): string {
  const text = capabilityText(capability);
  if (!/^{\s*}$/.test(text)) return text;
  throw fault(
    BAD_REQUEST,
    "The capability names no channel, so that the token would permit nothing",
    'Say what the token permits; { "*": ["*"] } is all that the key permits.',
  );
}

/**
 * A copy of a capability, read once.
 *
 * @throws {ErrorInfo} 40000 if it is not a plain object of arrays of operations.
 */
export function readCapability(given: unknown): Capability {
  try {
    if (!isPlainObject(given)) throw invalid();
    return Object.fromEntries(
      Object.entries(given).map(([name, ops]) => [name, readOperations(ops)]),
    );
  } catch {
    throw invalid(); // An accessor of the caller's may throw anything.
  }
}

function readOperations(given: unknown): CapabilityOp[] {
  if (!Array.isArray(given)) throw invalid();
  const ops: unknown[] = [...given];
  if (ops.length === 0 || !ops.every((op) => typeof op === "string" && op !== "")) throw invalid();
  return ops as CapabilityOp[];
}

/** Parses JSON; what is none is undefined. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalid(): ErrorInfo {
  return fault(
    BAD_REQUEST,
    "The capability is not a plain object of channel names with arrays of operations",
    'Give for example { "orders:*": ["subscribe", "publish"] }.',
  );
}
