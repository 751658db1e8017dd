import { ErrorCode } from "../error_codes.ts";
import { createError } from "../errors.ts";
import { utf8 } from "../util/bytes.ts";

/** The limits on what is sent at once, in bytes: those of the options, until a connection sets others (RTN21). */
export interface Limits {
  /** The most that one publish may carry (TO3l8, CD2c). */
  maxMessageSize: number;
  /** The most that one request body or frame may hold (TO3l9, CD2d). */
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
  // A string of this length can't be too long, however many bytes its characters take.
  if (frame.length * 3 <= limit) return;
  const size = typeof frame === "string" ? utf8(frame).length : frame.length;
  if (size <= limit) return;
  throw createError(
    ErrorCode.MessageTooLarge,
    `The ${what} has ${size} bytes, more than the limit of ${limit}`,
    "Send less at once; the limit is maxFrameSize.",
  );
}
