import * as ErrorCode from "../error_numbers.ts";
import { createError } from "../errors.ts";
import { utf8 } from "../util/bytes.ts";

/**
 * The limits on the size of a publish and of a frame, in bytes: those of the options, until a connection sets others (RTN21).
 */
export interface Limits {
  /** The largest size of one publish (TO3l8, CD2c). */
  maxMessageSize: number;
  /** The largest size of one request body or frame (TO3l9, CD2d). */
  maxFrameSize: number;
}

/**
 * Checks that a request body or a frame is not too large.
 *
 * @throws {ErrorInfo} 40009 if it is.
 */
export function checkFrameSize(
  frame: string | Uint8Array,
  limit: number,
  what: "request body" | "frame",
): void {
  // No character takes more than three bytes, so a string of this length is never too long.
  if (frame.length * 3 <= limit) return;
  const size = typeof frame === "string" ? utf8(frame).length : frame.length;
  if (size <= limit) return;
  throw createError(
    ErrorCode.MessageTooLarge,
    `The ${what} has ${size} bytes, more than the limit of ${limit}`,
    "Send less at once; the limit is maxFrameSize.",
  );
}
