import { type ErrorInfo, fault } from "../errors.ts";
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
 * @throws {ErrorInfo} 40000 if it is neither an object of arrays nor JSON text.
 */
export function capabilityText(capability: Capability | string): string {
  const parsed = typeof capability === "string" ? parseJson(capability) : capability;
  if (!isCapability(parsed)) throw invalid();
  if (typeof capability === "string") return capability.trim();
  const members = Object.keys(parsed).sort().map((name) =>
    `${JSON.stringify(name)}:${JSON.stringify([...parsed[name]!].sort())}`
  );
  return `{${members.join()}}`;
}

function isCapability(value: unknown): value is Capability {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.values(value).every((ops) =>
      Array.isArray(ops) && ops.length > 0 && ops.every((op) => typeof op === "string" && op !== "")
    );
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
    "The capability is not an object of channel names with arrays of operations",
    'Give for example { "orders:*": ["subscribe", "publish"] }.',
  );
}
