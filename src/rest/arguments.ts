import { ErrorCode } from "../error_codes.ts";
import { ErrorInfo, fault } from "../errors.ts";
import { readMembers } from "../util/read_members.ts";

/** An argument that cannot be used (40003 unless told otherwise): nothing has been sent. */
export function invalidParameter(
  message: string,
  remediation: string,
  code: number = ErrorCode.InvalidParameter,
): ErrorInfo {
  return fault(code, message, remediation, { statusCode: 400 });
}

/** An answer that is not what the protocol says it should be. */
export function unexpectedAnswer(action: string, cause?: unknown): ErrorInfo {
  return fault(
    ErrorCode.InternalError,
    `Failed to ${action}: the answer has an unexpected form`,
    "Check that the endpoint is Ably's and that no proxy alters its answers.",
    { cause },
  );
}

/**
 * Makes what is wanted of an answer. RSF1: an answer of another form than expected is an error of the call, not of the
 * runtime.
 *
 * @param action What the answer is for, for the error.
 * @param read Makes what is wanted.
 * @throws {ErrorInfo} 50000 if that is not possible.
 */
export async function readAnswer<T>(action: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw cause instanceof ErrorInfo ? cause : unexpectedAnswer(action, cause);
  }
}

/**
 * Checks the name of a channel.
 *
 * @throws {ErrorInfo} 40010 if it is not a text, or empty.
 */
export function checkChannelName(name: unknown): asserts name is string {
  if (typeof name === "string" && name !== "") return;
  throw invalidParameter(
    `The channel name is not a non-empty string: ${name === "" ? '""' : typeof name}`,
    'Name the channel, for example channels.get("orders").',
    ErrorCode.InvalidChannelName,
  );
}

/**
 * A text as one segment of a path, percent-encoded.
 *
 * @param what What the text is, for the error.
 * @throws {ErrorInfo} 40003 unless told otherwise if no URL can hold it. For URLs `.` and `..` are steps to another path,
 * however they are written: a channel of that name would be another resource.
 */
export function pathSegment(
  text: string,
  what: string,
  code: number = ErrorCode.InvalidParameter,
): string {
  if (text !== "." && text !== ".." && !LONE_SURROGATE.test(text)) return encodeURIComponent(text);
  throw invalidParameter(
    `${what} cannot be part of a URL: ${JSON.stringify(text)}`,
    'Give another one than "." and "..", without halves of surrogate pairs.',
    code,
  );
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * The serial in a serial or in something that has one (RSL11a1, RSL15a, RSAN1a1).
 *
 * @param action What needs it, for the error.
 * @throws {ErrorInfo} 40003 if there is none.
 */
export function serialOf(source: unknown, action: string): string {
  const serial = memberOf(source, "serial", action);
  if (typeof serial === "string" && serial !== "") return serial;
  throw invalidParameter(
    `Failed to ${action}: the message has no serial`,
    "Pass the serial as a non-empty string, or a message that came from publish, history or a subscription.",
  );
}

/**
 * What something is, or, if it is an object, its member of a name.
 *
 * @throws {ErrorInfo} 40003 if the member can't be read.
 */
export function memberOf(source: unknown, name: string, action: string): unknown {
  if (typeof source !== "object" || source === null) return source;
  const what = `Failed to ${action}: what was given`;
  return readMembers(source as Record<string, unknown>, { what, names: { [name]: true } })[name];
}

/**
 * Checks that something is a plain object.
 *
 * @throws {ErrorInfo} 40003 if it is not.
 */
export function checkObject(
  value: unknown,
  what: string,
): asserts value is Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return;
  const found = value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
  throw invalidParameter(`${what} must be an object, got ${found}`, "Give an object.");
}

/**
 * Checks that something is a text that is not empty.
 *
 * @throws {ErrorInfo} 40003 if it is not.
 */
export function checkText(value: unknown, what: string): asserts value is string {
  if (typeof value === "string" && value !== "") return;
  throw invalidParameter(
    `${what} is not a non-empty string: ${value === "" ? '""' : typeof value}`,
    "Give a string that is not empty.",
  );
}
