import * as ErrorCode from "../error_numbers.ts";
import { createError, type ErrorInfo } from "../errors.ts";
import { readMembers, shown } from "../util/read_members.ts";

/** The error for an argument that cannot be used, by default 40003. No request has been sent. */
export function invalidParameter(
  message: string,
  remediation: string,
  code: number = ErrorCode.InvalidParameter,
): ErrorInfo {
  return createError(code, message, remediation);
}

/**
 * Checks the name of a channel.
 *
 * @throws {ErrorInfo} 40010 if it is not a non-empty text.
 */
export function checkChannelName(name: unknown): asserts name is string {
  if (typeof name === "string" && name !== "") return;
  throw invalidParameter(
    `The channel name is not a non-empty string: ${shown(name)}`,
    'Name the channel, for example channels.get("orders").',
    ErrorCode.InvalidChannelName,
  );
}

/**
 * The serial of a message, given directly or as a member of an object (RSL11a1, RSL15a, RSAN1a1).
 *
 * @param action The action of the call, for the error.
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
 * One of the members of an object; any other value is returned unchanged.
 *
 * @throws {ErrorInfo} 40003 if the member can't be read.
 */
export function memberOf(source: unknown, name: string, action: string): unknown {
  if (typeof source !== "object" || source === null) return source;
  const what = `Failed to ${action}: the argument`;
  return readMembers(source as Record<string, unknown>, { what, names: { [name]: true } })[name];
}

/**
 * Checks that a value is a non-empty text.
 *
 * @throws {ErrorInfo} 40003 if it is not.
 */
export function checkText(value: unknown, what: string): asserts value is string {
  if (typeof value === "string" && value !== "") return;
  throw invalidParameter(
    `${what} is not a non-empty string: ${shown(value)}`,
    "Give a string that is not empty.",
  );
}
